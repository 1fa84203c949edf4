import sharp from "sharp";
import { describe, expect, test } from "vitest";
import {
  each,
  IcodecEncoder,
  OutOfMemory,
  type IcodecModule,
} from "../../../engine/codecs/icodec.ts";
import {
  libwebp,
  type WebpOption,
  type WebpOptions,
} from "../../../engine/codecs/webp/libwebp-encoder.ts";
import { compile } from "../../../engine/modules-node.ts";
import { noise, scene } from "../pixels/fixtures.ts";

const compiled = await compile("icodec/webp-enc.wasm");
const plain = Object.fromEntries(libwebp.options.map((name) => [name, 0])) as WebpOptions;
const lossless: WebpOptions = {
  ...plain,
  lossless: 1,
  quality: 50,
  method: 1,
  segments: 1,
  pass: 1,
  exact: 1,
};
const size = { width: 20, height: 15 };
const rgba = noise(size.width, size.height, true);
const pageBytes = 65_536;

const newEncoder = (about: Partial<IcodecModule<WebpOption>> = {}) =>
  new IcodecEncoder(compiled, { ...libwebp, ...about });
const withImports = (imports: Partial<IcodecModule<WebpOption>["imports"]>) =>
  newEncoder({ imports: { ...libwebp.imports, ...imports } });

const encoded = (encoder: IcodecEncoder<WebpOption>, options = lossless, bytesMax = Infinity) =>
  encoder.encode(size, options, bytesMax, (into) => into.set(rgba));

describe("an encoder of icodec", () => {
  test("writes a file of the pixels that it is given", async () => {
    let length = 0;
    const file = newEncoder().encode(size, lossless, Infinity, (into) => {
      length = into.length;
      into.set(rgba);
    });
    expect(length).toBe(rgba.length);
    expect(new Uint8Array(await sharp(file).raw().toBuffer())).toEqual(rgba);
  });

  test("goes by every option", async () => {
    const lossy: WebpOptions = {
      ...plain,
      quality: 80,
      method: 4,
      segments: 4,
      snsStrength: 50,
      filterStrength: 60,
      filterType: 1,
      alphaCompression: 1,
      alphaFiltering: 1,
      alphaQuality: 100,
      pass: 1,
    };
    const picture = scene(20, 15);
    const file = newEncoder().encode(size, lossy, Infinity, (into) => into.set(picture));
    const raw = { width: 20, height: 15, channels: 4 } as const;
    const theirs = await sharp(picture, { raw }).removeAlpha().webp({ quality: 80 }).toBuffer();
    expect(Buffer.compare(file, theirs)).toBe(0);
  });

  test("writes the same file again and again, in the memory that one takes", () => {
    const encoder = newEncoder();
    const large = { width: 400, height: 300 };
    const encode = () => encoder.encode(large, lossless, Infinity, (into) => into.fill(99));
    const first = encode();
    const held = encoder.memory.buffer.byteLength;
    // What the pixels alone would take, were they never freed.
    for (let round = 0; round < 60; round++) encode();
    expect(60 * 4 * 400 * 300).toBeGreaterThan(held);
    expect(encode()).toEqual(first);
    expect(encoder.memory.buffer.byteLength).toBe(held);
  });

  test("frees the options of each file in the end", () => {
    let tableOf = (): WebAssembly.Table | undefined => undefined;
    const encoder = newEncoder({
      more: ({ exported }) => {
        tableOf = () => exported(libwebp.exports.table) as unknown as WebAssembly.Table;
        return {};
      },
    });
    const calls: { readonly values: readonly number[]; readonly result: unknown }[] = [];
    const table = tableOf();
    if (!table) throw new Error("no table");
    const get = table.get.bind(table);
    table.get =
      (index) =>
      (...values: readonly number[]) => {
        const call = get(index) as (...values: readonly number[]) => unknown;
        const result = call(...values);
        calls.push({ values, result });
        return result;
      };
    encoded(encoder);
    expect(calls[0]?.values).toEqual([]);
    expect(calls.at(-1)?.values).toEqual([calls[0]?.result]);
  });

  test("takes as much memory as it may, and not a byte more", () => {
    const large = { width: 1500, height: 1500 };
    const encode = (encoder: IcodecEncoder<WebpOption>, bytesMax: number) =>
      encoder.encode(large, lossless, bytesMax, () => {}).length;
    let most = 0;
    const asking = newEncoder({
      more: ({ exported }) => ({
        [libwebp.imports.grow]: (wanted: number) => {
          most = Math.max(most, wanted);
          const memory = exported(libwebp.exports.memory) as unknown as WebAssembly.Memory;
          memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / pageBytes));
          return 1;
        },
      }),
    });
    encode(asking, Infinity);
    const encoder = newEncoder();
    expect(encode(encoder, most)).toBeGreaterThan(0);
    expect(encoder.memory.buffer.byteLength).toBe(Math.ceil(most / pageBytes) * pageBytes);
    expect(() => encode(newEncoder(), most - 1)).toThrow(OutOfMemory);
  });

  test("says so where there is no memory for the pixels", () => {
    // As many bytes as 32 bits can say, less a few.
    const huge = { width: 2 ** 30 - 14, height: 1 };
    const run = () => newEncoder().encode(huge, lossless, Infinity, () => {});
    expect(run).toThrow("no memory for the pixels");
    expect(run).toThrow(WebAssembly.RuntimeError);
  });

  test("says what is wrong with its options, and works on", () => {
    const encoder = newEncoder();
    expect(() => encoded(encoder, { ...lossless, method: 99 })).toThrow();
    expect(encoded(encoder).length).toBeGreaterThan(100);
  });
});

describe("a module that is not the one whose names are known", () => {
  const isAnother = "webp-enc.wasm is not the version whose names are known";

  test("has its memory elsewhere", () => {
    expect(() => newEncoder({ exports: { ...libwebp.exports, memory: "none" } })).toThrow(
      isAnother,
    );
  });

  test("has other options, be they more or fewer", () => {
    expect(() => newEncoder({ options: libwebp.options.slice(1) })).toThrow(isAnother);
    const more = [...libwebp.options, "another" as WebpOption];
    expect(() => newEncoder({ options: more })).toThrow(isAnother);
    const renamed = [...libwebp.options.slice(1), "another" as WebpOption];
    expect(() => newEncoder({ options: renamed })).toThrow(isAnother);
  });

  test("declares no encoder, or no structure of options", () => {
    const { function: encode, structure, ignored } = libwebp.imports;
    for (const other of [
      withImports({ function: "unused", ignored: ignored + encode }),
      withImports({ structure: "unused", ignored: ignored + structure }),
    ]) {
      expect(() => encoded(other)).toThrow("webp-enc.wasm declares no encoder");
    }
  });

  test("answers nothing", () => {
    const { construct, ignored } = libwebp.imports;
    const mute = withImports({ construct: "unused", ignored: ignored + construct });
    expect(() => encoded(mute)).toThrow("webp-enc.wasm answers nothing");
  });

  test("gives up", () => {
    const { ignored, givesUp } = libwebp.imports;
    const run = () => withImports({ ignored: "", givesUp: givesUp + ignored });
    expect(run).toThrow("webp-enc.wasm gave up");
    expect(run).toThrow(WebAssembly.RuntimeError);
  });
});

test("a module may have imports of its own, which may call it", () => {
  const seen: string[] = [];
  newEncoder({
    more: ({ call, exported }) => {
      seen.push(typeof call, typeof exported);
      return {};
    },
  });
  expect(seen).toEqual(["function", "function"]);
});

test("every letter is given the value", () => {
  const value = () => 7;
  expect(each("ab", value)).toEqual({ a: value, b: value });
});

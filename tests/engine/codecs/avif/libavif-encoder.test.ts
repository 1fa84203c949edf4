import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { libavif, LibavifEncoder } from "../../../../engine/codecs/avif/libavif-encoder.ts";
import type { Call } from "../../../../engine/codecs/icodec.ts";
import { compile } from "../../../../engine/modules-node.ts";
import { scene } from "../../pixels/fixtures.ts";
import { encode, newAvifEncoder } from "../codecs.ts";
import { plainOptions } from "./plain-options.ts";

const module = await compile("icodec/avif-enc.wasm");
const MiB = 1024 * 1024;

test("a picture's file is the same whatever was encoded before", () => {
  const used = new LibavifEncoder(module);
  const encodeScene = (encoder: LibavifEncoder, width: number, height: number) =>
    encoder.encode({ width, height }, plainOptions, 64 * MiB, (rgba) =>
      rgba.set(scene(width, height)),
    );
  const first = encodeScene(used, 40, 30);
  encodeScene(used, 65, 17);
  expect(encodeScene(used, 40, 30)).toStrictEqual(first);
  expect(encodeScene(new LibavifEncoder(module), 40, 30)).toStrictEqual(first);
});

test("what libavif refuses is said in its words", () => {
  const encoder = new LibavifEncoder(module);
  const run = () =>
    encoder.encode({ width: 8, height: 8 }, { ...plainOptions, bitDepth: 9 }, 64 * MiB, () => {});
  expect(run).toThrow(/\w+ \w+/u);
});

test("another module is not taken for it", async () => {
  const other = await compile("@jsquash/avif/codec/enc/avif_enc.wasm");
  expect(() => new LibavifEncoder(other)).toThrow("is not the version");
});

// libyuv's chroma is 63/64 of what a decoder expects; without a counterweight 200 of blue comes back as 197.
test.each([
  [50, 100, 200],
  [200, 100, 50],
  [128, 128, 128],
  [255, 255, 255],
])("the colour %i, %i, %i comes back", async (...colour) => {
  const [width, height] = [16, 16];
  const rgba = Uint8Array.from({ length: 4 * width * height }, (_, at) => colour[at % 4] ?? 255);
  const file = encode(newAvifEncoder(), { width, height, rgba }, { quality: 100 });
  if (!file.ok) throw new Error(file.error.reason);
  const shown = await sharp(file.value).removeAlpha().raw().toBuffer();
  const middle = 3 * (8 * width + 8);
  const differences = colour.map((value, at) => Math.abs((shown[middle + at] ?? 0) - value));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
});

describe("an import of libavif's own", () => {
  /** Its imports, and what they called: functions of the table by their index, exports by their letters. */
  function imports(answer: (own: WebAssembly.ModuleImports) => number = () => 7) {
    const calls: (readonly (string | number)[])[] = [];
    const called =
      (name: string | number, result: () => number): Call =>
      (...values) => {
        calls.push([name, ...values]);
        return result();
      };
    const results = new Map<string, () => number>([
      ["ia", () => 500],
      ["na", () => answer(own)],
      ["oa", () => answer(own)],
    ]);
    const own: WebAssembly.ModuleImports =
      libavif.more?.({
        call: (index, ...values) => called(index, () => answer(own))(...values),
        exported: (letters) => called(letters, results.get(letters) ?? (() => 0)),
      }) ?? {};
    const run = (letter: string, ...values: readonly number[]) => (own[letter] as Call)(...values);
    return { run, calls };
  }

  test("that wants a file finds none", () => {
    const { run, calls } = imports();
    expect(["J", "K", "r", "z"].map((letter) => run(letter))).toEqual([52, 52, 52, 52]);
    expect(calls).toEqual([]);
  });

  test.each("QRSUVWXbcfghjlmn".split(""))("calls through the table: %s", (letter) => {
    const { run, calls } = imports();
    expect(run(letter, 31, 1, 2)).toBe(7);
    expect(calls).toEqual([["ia"], [31, 1, 2]]);
  });

  test.each([
    ["A", "oa"],
    ["B", "na"],
  ])("calls with 64-bit arguments: %s", (letter, name) => {
    const { run, calls } = imports();
    expect(run(letter, 31, 1, 2)).toBe(7);
    expect(calls).toEqual([["ia"], [name, 31, 1, 2]]);
  });

  test.each(["Q", "A", "B"])("may end in a long jump: %s", (letter) => {
    const { run, calls } = imports((own) => (own["G"] as Call)());
    expect(run(letter, 31)).toBe(0);
    // After the call itself: the stack as it was, and a note of the jump.
    expect(calls.slice(2)).toEqual([
      ["ha", 500],
      ["ga", 1, 0],
    ]);
  });

  test("passes a trap on", () => {
    const trap = new WebAssembly.RuntimeError("trapped");
    const { run, calls } = imports(() => {
      throw trap;
    });
    expect(() => run("Q", 31)).toThrow(trap);
    expect(calls).toHaveLength(2);
  });
});

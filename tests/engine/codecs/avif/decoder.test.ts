import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { DamagedSource } from "../../../../engine/codecs/codec.ts";
import { bytes } from "../../../core/image/made-headers.ts";
import { decode, newAvifDecoder, outcome } from "../codecs.ts";
import { scene } from "../../pixels/fixtures.ts";
import { fakeDav1d, frameFields } from "./fake-dav1d.ts";
import { halvedChroma, headerOf } from "./halved-chroma.ts";
import { trapOnAllocation } from "./trapping-libavif.ts";

const [width, height] = [16, 12];
const file = await halvedChroma(width, height);
const info = headerOf(file);

/** A box behind the picture, of which the end is missing. */
const cut = bytes(file, 0, 0, 1, 0, "free");

describe("a decoder", () => {
  test("gives planes where the picture has them and pixels are not asked for", () => {
    for (const [about, asPixels, samples] of [
      [info, false, "planes"],
      [info, true, "pixels"],
      [{ ...info, hasAlpha: true }, false, "pixels"],
    ] as const) {
      const result = decode(newAvifDecoder(), file, { info: about, asPixels });
      expect(result).toMatchObject({ ok: true, value: { samples } });
    }
  });

  test("holds the memory of its last picture", () => {
    const decoder = newAvifDecoder();
    expect(decoder.wasmBytes).toBe(0);
    decode(decoder, file, { info, asPixels: true });
    expect(decoder.wasmBytes).toBe(2 ** 24);
    decode(decoder, file, { info, asPixels: false });
    expect(decoder.wasmBytes).toBeGreaterThan(2 ** 24);
  });

  test.each([true, false])(
    "hands a profile on, if there is one; as pixels: %s",
    async (asPixels) => {
      const plain = decode(newAvifDecoder(), file, { info, asPixels });
      expect(plain.ok && "icc" in plain.value).toBe(false);
      const raw = { width, height, channels: 4 } as const;
      const options = { effort: 0, chromaSubsampling: "4:2:0" };
      const picture = sharp(scene(width, height), { raw }).removeAlpha().withIccProfile("p3");
      const withIcc = new Uint8Array(await picture.avif(options).toBuffer());
      const { icc } = await sharp(withIcc).metadata();
      const result = decode(newAvifDecoder(), withIcc, { info: headerOf(withIcc), asPixels });
      expect(icc?.length).toBeGreaterThan(100);
      expect(result.ok && Buffer.compare(result.value.icc ?? bytes(), icc ?? bytes())).toBe(0);
    },
  );
});

describe("a file that is cut off", () => {
  test("is called that where its data look damaged, and not where its memory does not suffice", () => {
    fakeDav1d();
    expect(outcome(newAvifDecoder(), file, info, false)).toBe("corrupt_image");
    expect(decode(newAvifDecoder(), cut, { info, asPixels: false })).toEqual({
      ok: false,
      error: { reason: "truncated_image", detail: "the file ends inside its picture data" },
    });
    fakeDav1d({ pointer: 0 });
    expect(outcome(newAvifDecoder(), cut, info, false)).toBe("over_memory_plan");
  });

  test("behind its picture is decoded", () => {
    fakeDav1d({ decode: ({ call }) => void call("g", ...frameFields(width, height)) });
    expect(outcome(newAvifDecoder(), cut, info, false)).toBe("decoded");
  });
});

describe("a picture that makes its decoder trap", () => {
  test("is asked for again, as pixels, where that was dav1d", () => {
    fakeDav1d({
      decode: () => {
        throw new WebAssembly.RuntimeError("trapped");
      },
    });
    let thrown: unknown;
    try {
      decode(newAvifDecoder(), file, { info, asPixels: false });
    } catch (cause) {
      thrown = cause;
    }
    expect(thrown).toBeInstanceOf(DamagedSource);
    expect((thrown as DamagedSource).refusal).toBeUndefined();
  });

  test("is refused where that was libavif", () => {
    trapOnAllocation({ isFull: false });
    expect(decode(newAvifDecoder(), file, { info, asPixels: true })).toEqual({
      ok: false,
      error: { reason: "render_crashed", stage: "avif decode" },
    });
  });
});

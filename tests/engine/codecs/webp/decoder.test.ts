import sharp, { type WebpOptions } from "sharp";
import { describe, expect, test, vi } from "vitest";
import { formats } from "../../../../core/image/formats.ts";
import { riff, riffChunk } from "../../../../engine/codecs/webp/riff.ts";
import { noise, scene } from "../../pixels/fixtures.ts";
import { decode, decoded, newWebpDecoder, outcome } from "../codecs.ts";
import { height, infoOfFile, reference, webpOf, width } from "./libwebp.ts";

describe("the pixels are libwebp's, bit for bit", () => {
  const picture = scene(width, height);
  const palette = (colours: number) =>
    picture.map((_, at) => (at % 4 === 3 ? 255 : ((picture[at - (at % 4)] ?? 0) % colours) * 9));
  test.each<[string, WebpOptions, { alpha?: boolean; rgba?: Uint8Array }?]>([
    ["lossy", {}],
    ["lossy at quality 1", { quality: 1 }],
    ["lossy at quality 100", { quality: 100 }],
    ["lossy with the simple filter", { effort: 0, quality: 30 }],
    ["lossy in segments", { quality: 20, preset: "drawing" }],
    ["lossy noise", { quality: 90 }, { rgba: noise(width, height) }],
    ["lossy with alpha", { quality: 60 }, { alpha: true }],
    ["lossy with reduced alpha", { alphaQuality: 40 }, { alpha: true }],
    ["lossy with noise for alpha", {}, { alpha: true, rgba: noise(width, height, true) }],
    ["lossless", { lossless: true }],
    ["lossless at most effort", { lossless: true, effort: 6, quality: 100 }],
    ["lossless with alpha", { lossless: true }, { alpha: true }],
    ["lossless noise", { lossless: true }, { alpha: true, rgba: noise(width, height, true) }],
    ["near lossless", { nearLossless: true, quality: 30 }],
    ["2 colours", { lossless: true }, { rgba: palette(2) }],
    ["4 colours", { lossless: true }, { rgba: palette(4) }],
    ["16 colours", { lossless: true }, { rgba: palette(16) }],
    ["150 colours", { lossless: true }, { rgba: palette(150) }],
  ])("%s", async (_, options, source = {}) => {
    const file = await webpOf(options, source);
    const ours = decoded(newWebpDecoder(), file, { info: infoOfFile(file) });
    expect(ours).toMatchObject({ width, height });
    expect(Buffer.compare(ours.rgba, await reference(file))).toBe(0);
  });

  test("of every small size", async () => {
    const decoder = newWebpDecoder();
    const sides = [1, 2, 3, 15, 16, 17, 33];
    for (const size of sides.flatMap((a) => sides.map((b) => ({ width: a, height: b })))) {
      for (const options of [{ quality: 40 }, { lossless: true }]) {
        const file = await webpOf(options, { alpha: true, size });
        const { rgba } = decoded(decoder, file, { info: infoOfFile(file) });
        const name = `${size.width} × ${size.height}`;
        expect(Buffer.compare(rgba, await reference(file)), name).toBe(0);
      }
    }
  });
});

test("a shrunk picture is the mean of its pixels", async () => {
  const flat = noise(6, 6).map((_, at) => [40, 90, 200, 255][at % 4] as number);
  const file = await webpOf({ lossless: true }, { size: { width: 6, height: 6 }, rgba: flat });
  const picture = decoded(newWebpDecoder(), file, { shrink: 4, info: infoOfFile(file) });
  expect(picture).toMatchObject({ width: 2, height: 2 });
  expect([...picture.rgba]).toEqual([...flat.subarray(0, 16)]);
});

describe("an animation's first frame", () => {
  const [left, top] = [20, 10];
  const frame = { left, top, canvas: { width: 120, height: 80 } };
  const around = { left, top, right: 120 - left - width, bottom: 80 - top - height };

  test.each([{ lossless: true }, { quality: 50 }])("lies on its canvas (%o)", async (options) => {
    const still = await webpOf(options);
    const animation = animate(still, frame);
    const picture = decoded(newWebpDecoder(), animation, { info: infoOfFile(animation) });
    expect(picture).toMatchObject({ width: 120, height: 80, hasAlpha: true });
    const canvas = sharp(still)
      .ensureAlpha()
      .extend({ ...around, background: "#0000" });
    expect(Buffer.compare(picture.rgba, await canvas.raw().toBuffer())).toBe(0);
  });

  test("has the size of its picture, whatever the frame says", async () => {
    const animation = animate(await webpOf({ lossless: true }), frame);
    const wrong = animation.slice();
    // Behind the two positions: the sides less one.
    wrong.set([1, 0, 0, 255, 255, 1], Buffer.from(animation).indexOf("ANMF") + 8 + 6);
    const pixels = (file: Uint8Array) =>
      decoded(newWebpDecoder(), file, { info: infoOfFile(file) });
    expect(pixels(wrong).rgba).toEqual(pixels(animation).rgba);
    expect(await sharp(wrong).raw().toBuffer()).toEqual(await sharp(animation).raw().toBuffer());
  });

  test("is shrunk with its canvas", async () => {
    const animation = animate(await webpOf({ lossless: true }), frame);
    const info = infoOfFile(animation);
    const whole = decoded(newWebpDecoder(), animation, { info });
    const half = decoded(newWebpDecoder(), animation, { shrink: 2, info });
    expect(half).toMatchObject({ width: 60, height: 40 });
    const at = (y: number, x: number) =>
      whole.rgba.subarray((y * 120 + x) * 4, (y * 120 + x) * 4 + 4);
    const four = [at(30, 60), at(30, 61), at(31, 60), at(31, 61)];
    const mean = [0, 1, 2, 3].map((channel) =>
      Math.round(four.reduce((sum, pixel) => sum + (pixel[channel] ?? 0), 0) / 4),
    );
    const pixel = (15 * 60 + 30) * 4;
    expect([...half.rgba.subarray(pixel, pixel + 4)]).toEqual(mean);
    expect([...half.rgba.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });
});

test("alpha that the header does not announce is not shown", async () => {
  const file = await webpOf({}, { alpha: true });
  file[20] = (file[20] ?? 0) & ~0x10;
  const picture = decoded(newWebpDecoder(), file, { info: infoOfFile(file) });
  expect(picture.hasAlpha).toBe(false);
  expect(Buffer.compare(picture.rgba, await reference(file))).toBe(0);
});

describe("hostile files", () => {
  test("cut anywhere are refused as truncated", async () => {
    const decoder = newWebpDecoder();
    for (const options of [{}, { lossless: true }]) {
      const file = await webpOf(options, { alpha: true });
      for (let length = 12; length < file.length; length += 29) {
        const cut = file.slice(0, length);
        expect(outcome(decoder, cut), `${length}`).toBe("truncated_image");
      }
    }
  });

  test("whose last chunk ends early are refused unless the picture is whole", async () => {
    for (const options of [{}, { lossless: true }]) {
      const file = await webpOf(options);
      for (const missing of [2, 4, 40, file.length >> 1]) {
        const cut = file.slice(0, (file.length - missing) & ~1);
        new DataView(cut.buffer).setUint32(4, cut.length - 8, true);
        new DataView(cut.buffer).setUint32(16, cut.length - 20, true);
        const theirs = await reference(cut).catch(() => undefined);
        const ours = decode(newWebpDecoder(), cut, { info: infoOfFile(cut) });
        expect(ours.ok, `${missing} bytes`).toBe(theirs !== undefined);
      }
    }
  });

  test("no instance decodes two pictures, whether they are accepted or refused", async () => {
    const file = await webpOf({ lossless: true });
    const made = vi.spyOn(WebAssembly, "Instance");
    const decoder = newWebpDecoder();
    const damaged = new Uint8Array(file).fill(0xff, 25, 29);
    expect(outcome(decoder, file)).toBe("decoded");
    expect(outcome(decoder, damaged)).toBe("corrupt_image");
    expect(outcome(decoder, file)).toBe("decoded");
    // One decoder each, and the kernels of the workspace that the picture goes to.
    expect(made).toHaveBeenCalledTimes(3 * 2);
    made.mockRestore();
  });
});

test.each([true, false])(
  "a file longer than its pixels is decoded in its own place (alpha %s)",
  async (alpha) => {
    const size = { width: 500, height: 400 };
    const rgba = noise(size.width, size.height, alpha);
    const file = await webpOf({ lossless: true, exact: true }, { alpha, size, rgba });
    const wanted = await sharp(file).ensureAlpha().raw().toBuffer();
    const picture = decoded(newWebpDecoder(), file, { info: infoOfFile(file) });
    expect(Buffer.compare(picture.rgba, wanted)).toBe(0);
  },
);

describe("memory", () => {
  test.each([
    ["lossy", { quality: 99 }, false],
    ["lossy with alpha", { quality: 99 }, true],
    ["lossless", { lossless: true }, true],
  ] as const)("of a %s picture is predicted, not exceeded", async (_, options, alpha) => {
    const size = { width: 400, height: 300 };
    for (const rgba of [noise(400, 300, alpha), scene(400, 300, alpha)]) {
      const file = await webpOf(options, { alpha, size, rgba });
      const decoder = newWebpDecoder();
      const info = infoOfFile(file);
      decoded(decoder, file, { info });
      const planned = formats.webp.source.memory(info, 1, file.length).wasm;
      expect(decoder.wasmBytes).toBeLessThanOrEqual(planned);
    }
  });

  test("beyond the plan is refused by name", async () => {
    const size = { width: 600, height: 500 };
    const file = await webpOf({ lossless: true, effort: 0 }, { size });
    vi.spyOn(formats.webp.source, "memory").mockReturnValueOnce({
      wasm: 1 << 20,
      heap: 0,
      reusable: 0,
    });
    expect(outcome(newWebpDecoder(), file)).toBe("over_memory_plan");
  });
});

/** A one-frame animation of a still file without extended header (RFC 9649, 2.7.1). */
function animate(
  still: Uint8Array,
  frame: { left: number; top: number; canvas: { width: number; height: number } },
): Uint8Array {
  const { left, top, canvas } = frame;
  const uint24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16];
  const extended = [2, 0, 0, 0, ...uint24(canvas.width - 1), ...uint24(canvas.height - 1)];
  const place = [left / 2, top / 2, width - 1, height - 1, 100].flatMap(uint24);
  return riff([
    riffChunk("VP8X", Uint8Array.from(extended)),
    riffChunk("ANIM", new Uint8Array(6)),
    riffChunk("ANMF", Uint8Array.from([...place, 0, ...still.subarray(12)])),
  ]);
}

import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import { riff, riffChunk } from "../../../../engine/codecs/webp/container.ts";
import { formats } from "../../../../core/image/formats.ts";
import { psnr, scene } from "../../pixels/fixtures.ts";
import { decoded, encode, infoOf, newWebpDecoder, newWebpEncoder, outcome } from "../codecs.ts";

const decoder = newWebpDecoder();
const encoder = newWebpEncoder();
const [width, height] = [320, 240];
const raw = { width, height, channels: 4 } as const;

function encoded(rgba: Uint8Array, options: { quality: number; icc?: Uint8Array }) {
  const result = encode(encoder, { width, height, rgba }, options);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

describe("decode", () => {
  test.each([
    ["lossy", { quality: 80 }, false],
    ["lossy with alpha", { quality: 80 }, true],
    ["lossless", { lossless: true }, false],
    ["lossless with alpha", { lossless: true }, true],
  ] as const)("%s agrees with libvips", async (_, options, alpha) => {
    const webp = await sharp(scene(width, height, alpha), { raw })
      .webp(options)
      .toBuffer();
    const theirs = await sharp(webp).ensureAlpha().raw().toBuffer();
    const ours = decoded(decoder, webp);
    expect(ours).toMatchObject({ width, height, hasAlpha: alpha });
    expect(psnr(ours.rgba, theirs)).toBeGreaterThan(50);
  });

  test("an animation's first frame lies on its canvas", async () => {
    const still = await sharp(scene(width, height), { raw }).webp({ lossless: true }).toBuffer();
    const [left, top] = [20, 10];
    const animation = animate(still, { left, top, canvas: [400, 300] });
    const picture = decoded(decoder, animation);
    expect(picture).toMatchObject({ width: 400, height: 300, hasAlpha: true });
    const extended = { left, top, right: 60, bottom: 50, background: "#0000" } as const;
    const expected = await sharp(still).ensureAlpha().extend(extended).raw().toBuffer();
    expect(Buffer.compare(picture.rgba, expected)).toBe(0);
  });

  test("no instance decodes two pictures, whether they are accepted or refused", async () => {
    const webp = await sharp(scene(48, 36), { raw: { ...raw, width: 48, height: 36 } })
      .webp({ lossless: true })
      .toBuffer();
    const made = vi.spyOn(WebAssembly, "Instance");
    const fresh = newWebpDecoder();
    const damaged = new Uint8Array(webp).fill(0xff, 25, 29);
    expect(outcome(fresh, webp)).toBe("decoded");
    expect(outcome(fresh, damaged)).toBe("corrupt_image");
    expect(outcome(fresh, webp)).toBe("decoded");
    expect(outcome(fresh, webp)).toBe("decoded");
    // One decoder each, and the kernels of the workspace that the picture goes to.
    expect(made).toHaveBeenCalledTimes(4 * 2);
    made.mockRestore();
  });

  test("cut anywhere is refused as truncated", async () => {
    const webp = await sharp(scene(64, 64), { raw: { ...raw, width: 64, height: 64 } })
      .webp()
      .toBuffer();
    for (let length = 12; length < webp.length; length += 7) {
      expect(outcome(decoder, webp.subarray(0, length)), `${length}`).toBe("truncated_image");
    }
  });

  test("whatever the bytes, answers, and the next picture is unharmed", async () => {
    const small = { raw: { ...raw, width: 48, height: 36 } };
    const sources = await Promise.all([
      sharp(scene(48, 36, true), small)
        .webp({ quality: 60 })
        .toBuffer(),
      sharp(scene(48, 36, true), small)
        .webp({ lossless: true })
        .toBuffer(),
    ]);
    const intact = decoded(decoder, sources[0]).rgba;
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...sources), edits, (source, changes) => {
        const damaged = new Uint8Array(source);
        for (const [at, value] of changes) damaged[20 + (at % (source.length - 20))] = value;
        expect(outcome(decoder, damaged)).not.toBe("render_crashed");
        expect(Buffer.compare(decoded(decoder, sources[0]).rgba, intact)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("encode", () => {
  test.each([30, 80, 95])("at quality %d is as good and as small as libvips", async (quality) => {
    const rgba = scene(width, height);
    const ours = encoded(rgba, { quality });
    const theirs = await sharp(rgba, { raw }).webp({ quality }).toBuffer();
    const quality1 = psnr(await sharp(ours).ensureAlpha().raw().toBuffer(), rgba);
    const quality2 = psnr(await sharp(theirs).ensureAlpha().raw().toBuffer(), rgba);
    expect(Math.abs(ours.length / theirs.length - 1)).toBeLessThan(0.03);
    expect(Math.abs(quality1 - quality2)).toBeLessThan(0.2);
  });

  test("lossless gives every visible pixel back", () => {
    const rgba = scene(width, height);
    const file = encoded(rgba, { quality: 100 });
    expect(Buffer.compare(decoded(decoder, file).rgba, rgba)).toBe(0);
  });

  test.each([false, true])("carries a profile along (alpha %s)", (alpha) => {
    const icc = Uint8Array.from({ length: 301 }, (_, index) => index);
    const rgba = scene(width, height, alpha);
    const plain = decoded(decoder, encoded(rgba, { quality: 80 }));
    const picture = decoded(decoder, encoded(rgba, { quality: 80, icc }));
    expect(picture.icc).toEqual(icc);
    expect(Buffer.compare(picture.rgba, plain.rgba)).toBe(0);
  });
});

test.each([
  [1000, 800, false, false],
  [1000, 800, true, false],
  [700, 500, true, true],
] as const)(
  "memory for %d × %d (alpha %s, lossless %s) is predicted, not exceeded",
  (w, h, hasAlpha, lossless) => {
    const fresh = { encoder: newWebpEncoder(), decoder: newWebpDecoder() };
    let noise = 1;
    const rgba = Uint8Array.from({ length: w * h * 4 }, (_, index) => {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (index & 3) === 3 && !hasAlpha ? 255 : noise >> 16;
    });
    const file = encode(
      fresh.encoder,
      { width: w, height: h, rgba },
      { quality: lossless ? 100 : 99 },
    );
    if (!file.ok) throw new Error(file.error.reason);
    decoded(fresh.decoder, file.value);
    const encoding = formats.webp.output.memory({ width: w, height: h, hasAlpha, lossless });
    expect(fresh.encoder.wasmBytes).toBeLessThanOrEqual(encoding.wasm);
    const info = { ...infoOf("webp", w, h), hasAlpha, lossless };
    const decoding = formats.webp.source.memory(info, 1, file.value.length);
    expect(fresh.decoder.wasmBytes).toBeLessThanOrEqual(decoding.wasm);
  },
);

/** A one-frame animation of a still file without extended header (RFC 9649, 2.7.1). */
function animate(
  still: Uint8Array,
  { left, top, canvas }: { left: number; top: number; canvas: readonly [number, number] },
): Uint8Array {
  const uint24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16];
  const extended = [2, 0, 0, 0, ...uint24(canvas[0] - 1), ...uint24(canvas[1] - 1)];
  const place = [left / 2, top / 2, width - 1, height - 1, 100].flatMap(uint24);
  return riff([
    riffChunk("VP8X", Uint8Array.from(extended)),
    riffChunk("ANIM", new Uint8Array(6)),
    riffChunk("ANMF", Uint8Array.from([...place, 0, ...still.subarray(12)])),
  ]);
}

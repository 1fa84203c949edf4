import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { DamagedSource } from "../../../../engine/codecs/codec.ts";
import { jpegIccSegments } from "../../../../engine/codecs/jpeg/syntax/icc.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { bytes, frameHeader, jpeg, repeated } from "../../../core/image/made-headers.ts";
import { decodeRequest, newJpegDecoder, read, scene } from "../../pixels/fixtures.ts";
import { infoOf } from "../codecs.ts";

const size = { width: 48, height: 40 };
const picture = () => sharp(scene(48, 40), { raw: { ...size, channels: 4 } }).removeAlpha();
const file = new Uint8Array(await picture().jpeg().toBuffer());
const progressive = new Uint8Array(await picture().jpeg({ progressive: true }).toBuffer());
const info = infoOf("jpeg", 48, 40);
const [asPlanes, asPixels] = [false, true].map(
  (pixels) => () => decodeRequest(size, { asPixels: pixels }),
) as [() => ReturnType<typeof decodeRequest>, () => ReturnType<typeof decodeRequest>];
const endOfImage = bytes(0xff, 0xd9);

test("a progressive picture of more scans than any encoder makes is refused before any is read", () => {
  const of = (scans: number) =>
    bytes(progressive.subarray(0, 30), repeated(bytes(0xff, 0xda), scans), endOfImage);
  const decode = (scans: number, isProgressive: boolean) =>
    newJpegDecoder().decode(of(scans), asPlanes(), { ...info, progressive: isProgressive });
  const most = limits.jpegScansMax;
  expect(decode(most + 1, true)).toMatchObject({ error: { reason: "corrupt_image" } });
  expect(() => decode(most, true)).toThrow(DamagedSource);
  expect(() => decode(most + 1, false)).toThrow(DamagedSource);
});

describe("a profile", () => {
  const icc = bytes("a profile");
  const withIcc = (source: Uint8Array, profile = icc) =>
    bytes(source.subarray(0, 2), jpegIccSegments(profile), source.subarray(2));

  test("is handed on with planes and with pixels, where the header announces one", () => {
    for (const request of [asPlanes, asPixels]) {
      const decode = (hasIcc: boolean) => {
        const decoded = newJpegDecoder().decode(withIcc(file), request(), { ...info, hasIcc });
        if (!decoded.ok) throw new Error("refused");
        return decoded.value;
      };
      expect(decode(true).icc).toEqual(icc);
      expect(decode(false)).not.toHaveProperty("icc");
    }
  });

  test("of inks says what they look like, and is spent on that", async () => {
    const cmyk = new Uint8Array(
      await picture().toColourspace("cmyk").withIccProfile("cmyk").jpeg({ quality: 95 }).toBuffer(),
    );
    const theirs = await sharp(cmyk).toColourspace("srgb").ensureAlpha().raw().toBuffer();
    const decode = (source: Uint8Array, hasIcc: boolean) => {
      const own = { ...info, colour: "cmyk", hasIcc } as const;
      const decoded = newJpegDecoder().decode(source, asPixels(), own);
      if (!decoded.ok || decoded.value.samples !== "pixels") throw new Error("refused");
      expect(decoded.value).not.toHaveProperty("icc");
      return read(decoded.value.workspace, decoded.value.bitmap);
    };
    expect(samplePsnr(decode(cmyk, true), theirs)).toBeGreaterThan(35);
    // One that cannot be read says nothing.
    const inks = new Uint8Array(await picture().toColourspace("cmyk").jpeg().toBuffer());
    expect(decode(withIcc(inks), true)).toEqual(decode(inks, false));
  });
});

describe("in part, where that is asked for", () => {
  const decode = (source: Uint8Array, partial: boolean) =>
    newJpegDecoder().decode(source, { ...asPixels(), partial }, info);
  const cut = file.subarray(0, -200);

  test("a picture that is cut off or damaged is shown as far as it goes", () => {
    const truncated = { reason: "truncated_image", detail: "The file ends inside its picture" };
    const corrupt = { reason: "corrupt_image", detail: "The picture's data is damaged" };
    expect(decode(cut, false)).toEqual({ ok: false, error: truncated });
    expect(decode(bytes(cut, endOfImage), false)).toEqual({ ok: false, error: corrupt });
    for (const source of [cut, bytes(cut, endOfImage)])
      expect(decode(source, true)).toMatchObject({ value: { samples: "pixels", partial: true } });
  });

  test("a whole one is not said to be", () => {
    for (const partial of [false, true]) {
      const decoded = decode(file, partial);
      expect(decoded.ok && decoded.value).not.toHaveProperty("partial");
    }
  });

  test("one without a frame, or that libjpeg gives up on, is refused", () => {
    const noFrame = { reason: "corrupt_image", detail: "the JPEG has no frame header" };
    const gaveUp = { reason: "corrupt_image", detail: "the JPEG decoder gave up on it" };
    expect(decode(jpeg(endOfImage), true)).toEqual({ ok: false, error: noFrame });
    const tables = Buffer.from(file).indexOf(Buffer.of(0xff, 0xdb));
    expect(decode(file.with(tables + 1, 0xfe), true)).toEqual({ ok: false, error: gaveUp });
  });
});

describe("an instance of libjpeg", () => {
  const decodeWith = (decoder: ReturnType<typeof newJpegDecoder>, source: Uint8Array) =>
    decoder.decode(source, asPixels(), info);

  test("is made when pixels are wanted, and kept as long as none is refused", () => {
    const decoder = newJpegDecoder();
    expect(decoder.wasmBytes).toBe(0);
    decoder.decode(file, asPlanes(), info);
    expect(decoder.wasmBytes).toBe(0);
    const first = decodeWith(decoder, file);
    const second = decodeWith(decoder, file);
    expect(first.ok && second.ok && first.value.workspace === second.value.workspace).toBe(true);
    expect(decoder.wasmBytes).toBeGreaterThan(0);
  });

  test("is given up with the picture that it refuses, or that does not fit its memory", () => {
    const tables = Buffer.from(file).indexOf(Buffer.of(0xff, 0xdb));
    const huge = jpeg(frameHeader({ width: 50_000, height: 20_000 }), endOfImage);
    const crashed = { reason: "render_crashed", stage: "jpeg decode" };
    const decoder = newJpegDecoder();
    for (const source of [file.subarray(0, -200), file.with(tables + 1, 0xfe), huge]) {
      expect(decodeWith(decoder, file).ok).toBe(true);
      expect(decodeWith(decoder, source).ok).toBe(false);
      expect(decoder.wasmBytes).toBe(0);
    }
    expect(decodeWith(decoder, huge)).toEqual({ ok: false, error: crashed });
  });
});

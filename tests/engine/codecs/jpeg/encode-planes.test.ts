import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { DecodedPlanes } from "../../../../engine/codecs/codec.ts";
import { jpegEncoder } from "../../../../engine/codecs/jpeg/encoder.ts";
import { jpegIccSegments } from "../../../../engine/codecs/jpeg/syntax/icc.ts";
import { samplePsnr } from "../../../../bench/rgba-picture.ts";
import { bytes, exifBlock, segment, u16, u32 } from "../../../core/image/made-headers.ts";
import { decodeRequest, load, newJpegDecoder, newWorkspace, scene } from "../../pixels/fixtures.ts";
import { infoOf } from "../codecs.ts";

const [width, height] = [85, 70];
const raw = { width, height, channels: 4 } as const;
const picture = (grey: boolean) => {
  const whole = sharp(scene(width, height), { raw }).removeAlpha();
  return (grey ? whole.greyscale() : whole).jpeg({ quality: 98 }).toBuffer();
};
const everything = { x: 0, y: 0, width: 1, height: 1 };

/** The planes of a file, in a workspace whose blocks in use are counted. */
function open(file: Uint8Array) {
  const request = decodeRequest(raw);
  let inUse = 0;
  const workspace = {
    ...request.workspace,
    allocate: (length: number) => (inUse++, request.workspace.allocate(length)),
    free: (pointer: number) => (inUse--, request.workspace.free(pointer)),
  };
  const decoded = newJpegDecoder().decode(
    file,
    { ...request, workspace },
    infoOf("jpeg", width, height),
  );
  if (!decoded.ok || decoded.value.samples !== "planes") throw new Error("no planes");
  return { planes: decoded.value, inUse: () => inUse };
}
const pixels = (file: Uint8Array) => sharp(file).toColourspace("srgb").raw().toBuffer();
const encode = (source: DecodedPlanes, size = { width, height }, part = everything, quality = 95) =>
  jpegEncoder.encodePlanes?.({ source, part, size }, { quality });

describe("a picture that comes as planes is encoded row by row", () => {
  test.each([false, true])(
    "at its own size (grey: %s), and its memory is given back",
    async (grey) => {
      const file = await picture(grey);
      const { planes, inUse } = open(file);
      const before = inUse();
      const encoded = encode(planes);
      expect(inUse()).toBe(before);
      if (!encoded) throw new Error("not encoded");
      expect(await sharp(encoded).metadata()).toMatchObject({
        width,
        height,
        chromaSubsampling: "4:2:0",
      });
      expect(samplePsnr(await pixels(encoded), await pixels(file))).toBeGreaterThan(36);
    },
  );

  test("in part and smaller, as its pixels would be", async () => {
    const file = await picture(false);
    const part = { x: 16 / width, y: 8 / height, width: 64 / width, height: 48 / height };
    const encoded = encode(open(file).planes, { width: 32, height: 24 }, part);
    if (!encoded) throw new Error("not encoded");
    const cut = { left: 16, top: 8, width: 64, height: 48 };
    const theirs = await sharp(file).extract(cut).resize(32, 24).raw().toBuffer();
    expect(samplePsnr(await pixels(encoded), theirs)).toBeGreaterThan(27);
  });

  test("unless its coefficients have to be made twice", async () => {
    const { planes, inUse } = open(await picture(false));
    const before = inUse();
    expect(encode(planes, { width: 2500, height: 1800 })).toBeUndefined();
    expect(inUse()).toBe(before);
  });
});

describe("a file", () => {
  const encodeWith = (options: object) => {
    const workspace = newWorkspace();
    const bitmap = load(workspace, scene(24, 16), 24, 16);
    const file = jpegEncoder.encode({ workspace, bitmap }, { quality: 80, ...options });
    if (!file.ok) throw new Error("refused");
    return file.value;
  };
  /** Behind SOI and JFIF's segment. */
  const behindHead = (file: Uint8Array, length: number) => file.subarray(20, 20 + length);

  test("holds what is kept of EXIF, then the profile", () => {
    const tiff = bytes(
      "MM",
      u16(42),
      u32(8),
      u16(1),
      u16(0x8298),
      u16(2),
      u32(3),
      "Me\0",
      0,
      u32(0),
    );
    const plain = encodeWith({});
    const icc = bytes("profile");
    const withIcc = encodeWith({ icc });
    const segments = jpegIccSegments(icc);
    expect(behindHead(withIcc, segments.length)).toEqual(segments);
    expect(withIcc.length).toBe(plain.length + segments.length);
    const both = encodeWith({ icc, exif: { tiff, keep: "copyright" } });
    const exifBytes = both.length - withIcc.length;
    expect(exifBytes).toBeGreaterThan(20);
    expect(behindHead(both, 10)).toEqual(bytes(0xff, 0xe1, u16(exifBytes - 2), "Exif\0\0"));
    expect(both.subarray(20 + exifBytes, 20 + exifBytes + segments.length)).toEqual(segments);
    // Of a block with nothing to keep nothing is.
    expect(encodeWith({ exif: { tiff: exifBlock({ value: 1 }), keep: "copyright" } })).toEqual(
      plain,
    );
  });

  test("has halved chroma, and needs no codec of its own", () => {
    expect(jpegEncoder.halvesChroma?.(100, raw)).toBe(true);
    expect(jpegEncoder.wasmBytes).toBe(0);
    expect(Buffer.from(encodeWith({})).includes(segment(0xe1, bytes()).subarray(0, 2))).toBe(false);
  });
});

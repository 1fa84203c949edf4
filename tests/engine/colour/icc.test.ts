import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { convertToSrgb, readColourProfile } from "../../../engine/colour/icc.ts";
import { jpegIccSegments, readJpegIcc } from "../../../engine/codecs/jpeg/syntax/icc.ts";
import { samplePsnr } from "../../../bench/rgba-picture.ts";
import { scene } from "../pixels/fixtures.ts";
import { decoded, newPngDecoder } from "../codecs/codecs.ts";

const raw = { width: 120, height: 90, channels: 4 } as const;
const source = sharp(scene(120, 90), { raw });

/** A picture in that space, its profile inside. */
const tagged = async (space: "srgb" | "p3") =>
  decoded(
    newPngDecoder(),
    await source.clone().removeAlpha().withIccProfile(space).png().toBuffer(),
  );

describe("profiles of matrix and curves", () => {
  test("Display P3 becomes sRGB as colour management has it", async () => {
    const picture = await tagged("p3");
    const profile = readColourProfile(picture.icc ?? new Uint8Array(0));
    if (profile.kind !== "convertible") throw new Error(profile.kind);
    const before = samplePsnr(picture.rgba, scene(120, 90));
    convertToSrgb(picture.rgba, profile);
    expect(samplePsnr(picture.rgba, scene(120, 90))).toBeGreaterThan(Math.max(40, before + 10));
  });

  test("sRGB is recognised", async () => {
    const { icc } = await tagged("srgb");
    expect(readColourProfile(icc ?? new Uint8Array(0)).kind).toBe("srgb");
  });

  test.each([
    ["a gamma", "curv", [0, 1, 0x0233]],
    ["a parametric power", "para", [0, 0, 0x0002, 0x3333]],
  ] as const)("with %s", (_, type, words) => {
    const profile = readColourProfile(writeProfile({ curve: [type, words] }));
    if (profile.kind !== "convertible") throw new Error(profile.kind);
    const pixel = Uint8Array.of(128, 128, 128, 77);
    convertToSrgb(pixel, profile);
    // (128/255)^2.2 = 0.2195 linear, which sRGB writes as 129.
    expect([...pixel]).toEqual([129, 129, 129, 77]);
  });
});

describe("what is not converted is told apart", () => {
  test.each([
    ["CMYK", { space: "CMYK" }, "foreign"],
    ["no profile at all", { signature: "nope" }, "foreign"],
    ["tables", { extra: "A2B0" }, "opaque"],
    ["a curve of unknown kind", { curve: ["xxxx", [0, 0, 0]] }, "opaque"],
    ["a connection space of Lab", { connection: "Lab " }, "opaque"],
  ] as const)("%s", (_, shape, kind) => {
    expect(readColourProfile(writeProfile(shape)).kind).toBe(kind);
  });

  test("and no bytes make it throw", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 });
    const profile = writeProfile({});
    fc.assert(
      fc.property(edits, fc.nat(profile.length), (changes, length) => {
        const damaged = profile.slice(0, length);
        for (const [at, value] of changes) if (at < length) damaged[at] = value;
        const read = readColourProfile(damaged);
        if (read.kind === "convertible") convertToSrgb(new Uint8Array(64), read);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a profile in a JPEG", () => {
  const icc = Uint8Array.from({ length: 150_000 }, (_, index) => index * 7);
  const around = (segments: Uint8Array) =>
    new Uint8Array(
      Buffer.concat([Uint8Array.of(0xff, 0xd8), segments, Uint8Array.of(0xff, 0xda, 0, 2)]),
    );

  test("goes into as many segments as it needs, and comes back", () => {
    expect(readJpegIcc(around(jpegIccSegments(icc)))).toEqual(icc);
  });

  test("is found by libvips", async () => {
    const jpeg = await source.clone().removeAlpha().jpeg().toBuffer();
    const p3 = (await tagged("p3")).icc ?? new Uint8Array(0);
    const whole = Buffer.concat([jpeg.subarray(0, 2), jpegIccSegments(p3), jpeg.subarray(2)]);
    expect(new Uint8Array((await sharp(whole).metadata()).icc ?? [])).toEqual(p3);
  });

  test("with a part missing, or over its cap, is none", () => {
    const segments = jpegIccSegments(icc);
    expect(readJpegIcc(around(segments.subarray(65_537)))).toBeUndefined();
    expect(readJpegIcc(around(jpegIccSegments(new Uint8Array(2_000_000))))).toBeUndefined();
  });
});

interface ProfileShape {
  readonly space?: string;
  readonly connection?: string;
  readonly signature?: string;
  readonly curve?: readonly [string, readonly number[]];
  readonly extra?: string;
}

/** sRGB's primaries, and one curve for all channels: by default a gamma of 2.2. */
function writeProfile({
  space = "RGB ",
  connection = "XYZ ",
  signature = "acsp",
  curve = ["curv", [0, 1, 0x0233]],
  extra,
}: ProfileShape): Uint8Array {
  const curveTag = Buffer.concat([
    Buffer.from(curve[0], "latin1"),
    Buffer.alloc(4),
    ...curve[1].map((word) => Buffer.of(word >> 8, word & 255)),
    Buffer.alloc(2),
  ]);
  const columns = [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ];
  const tags: [string, Buffer][] = [
    ...columns.map((column, index): [string, Buffer] => ["rgb"[index]! + "XYZ", xyzTag(column)]),
    ...["rTRC", "gTRC", "bTRC"].map((name): [string, Buffer] => [name, curveTag]),
    ...(extra === undefined ? [] : [[extra, Buffer.alloc(16)] as [string, Buffer]]),
  ];
  const header = Buffer.alloc(128 + 4 + tags.length * 12);
  header.write(space, 16, "latin1");
  header.write(connection, 20, "latin1");
  header.write(signature, 36, "latin1");
  header.writeUInt32BE(tags.length, 128);
  let offset = header.length;
  tags.forEach(([name, data], index) => {
    header.write(name, 132 + index * 12, "latin1");
    header.writeUInt32BE(offset, 136 + index * 12);
    header.writeUInt32BE(data.length, 140 + index * 12);
    offset += data.length;
  });
  return new Uint8Array(Buffer.concat([header, ...tags.map(([, data]) => data)]));
}

function xyzTag(column: readonly number[]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write("XYZ ", "latin1");
  column.forEach((value, index) => tag.writeInt32BE(Math.round(value * 65_536), 8 + index * 4));
  return tag;
}

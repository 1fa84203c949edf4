import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { convertToSrgb, readColourProfile, xyzToSrgb } from "../../../engine/colour/icc.ts";
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
        expect(() => {
          const read = readColourProfile(damaged);
          if (read.kind === "convertible") convertToSrgb(new Uint8Array(64), read);
        }).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

/** What sRGB means by a level, and the levels of light (IEC 61966-2-1). */
const toLinear = (level: number) => {
  const value = Math.max(level, 0) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const toWords = (values: readonly number[]) => values.map((value) => Math.round(value * 65_535));
/** A table that gives each level the light of another. */
const moved = (level: (level: number) => number): readonly [string, readonly number[]] => {
  const lights = Array.from({ length: 256 }, (_, each) => toLinear(level(each)));
  return ["curv", [0, 256, ...toWords(lights)]];
};

describe("a profile of grey", () => {
  const grey = { space: "GRAY", primaries: false, curveNames: ["kTRC"] } as const;

  test("has one curve for all channels, whatever its connection space", () => {
    const shape = { ...grey, curve: ["curv", [0, 1, 0x0100]], connection: "Lab " } as const;
    const profile = readColourProfile(writeProfile(shape));
    if (profile.kind !== "convertible") throw new Error(profile.kind);
    const pixels = Uint8Array.of(0, 55, 255, 7, 128, 128, 128, 9);
    convertToSrgb(pixels, profile);
    // Linear light of 55/255 and 128/255.
    expect([...pixels]).toEqual([0, 128, 255, 7, 188, 188, 188, 9]);
  });

  test("without its curve says nothing", () => {
    expect(readColourProfile(writeProfile({ ...grey, curveNames: [] })).kind).toBe("foreign");
  });

  test.each([
    ["as sRGB has it is sRGB", 0, "srgb"],
    ["that is two levels off is sRGB", 2, "srgb"],
    ["that is three levels off is converted", 3, "convertible"],
  ])("%s", (_, levels, kind) => {
    const at = (level: number) => (level === 96 ? level - levels : level);
    expect(readColourProfile(writeProfile({ ...grey, curve: moved(at) })).kind).toBe(kind);
  });
});

describe("a profile of matrix and curves", () => {
  test("mixes the light of each channel by its own curve and column", () => {
    // Red shows as green, green as blue, and blue as red and half of green.
    const profile = readColourProfile(
      writeProfile({
        curve: ["curv", [0, 1, 0x0100]],
        channels: "gbr",
        greenCurve: ["curv", [0, 1, 0x0200]],
      }),
    );
    if (profile.kind !== "convertible") throw new Error(profile.kind);
    const pixels = Uint8Array.of(255, 0, 0, 1, 0, 255, 0, 2, 0, 0, 255, 3, 0, 128, 0, 4);
    convertToSrgb(pixels, profile);
    // The last is (128/255)² of light.
    const expected = [0, 255, 0, 1, 0, 0, 255, 2, 255, 0, 0, 3, 0, 0, 137, 4];
    const differences = expected.map((value, at) => Math.abs(value - (pixels[at] ?? 0)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  /** Light as it is, through a matrix. */
  const throughMatrix = (matrix: readonly number[], ...colour: readonly number[]) => {
    const curves = Float32Array.from({ length: 768 }, (_, at) => (at % 256) / 255);
    const pixel = Uint8Array.from([...colour, 7]);
    convertToSrgb(pixel, { kind: "convertible", curves, matrix });
    return [...pixel];
  };

  test("adds to each channel its part of every other", () => {
    const matrix = [0.5, 0.25, 0.125, 0.0625, 0.5, 0.375, 0.25, 0.0625, 0.5];
    const light = (rows: readonly number[]) =>
      rows.map((value) => Math.round(255 * (1.055 * value ** (1 / 2.4) - 0.055)));
    expect(throughMatrix(matrix, 255, 255, 255)).toEqual([...light([0.875, 0.9375, 0.8125]), 7]);
    expect(throughMatrix(matrix, 0, 0, 255)).toEqual([...light([0.125, 0.375, 0.5]), 7]);
  });

  test("clips what sRGB cannot show, however far outside", () => {
    // An index of 32 bits would come round to the middle of the table.
    const far = (2 ** 32 - 8000) / 16_383;
    expect(throughMatrix([far, 0, 0, -far, 0, 0, -1, 0, 0], 255, 0, 0)).toEqual([255, 0, 0, 7]);
  });

  test.each(["rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"])(
    "without %s is carried along",
    (missing) => {
      expect(readColourProfile(writeProfile({ missing })).kind).toBe("opaque");
    },
  );

  test("with a primary that cannot be read, or a curve that is endless, is carried along", () => {
    expect(readColourProfile(writeProfile({ xyzType: "XYZ_" })).kind).toBe("opaque");
    expect(readColourProfile(writeProfile({ xyzBytes: 19 })).kind).toBe("opaque");
    const endless = ["para", [0, 0, 0xffff, 0]] as const;
    expect(readColourProfile(writeProfile({ curve: endless })).kind).toBe("opaque");
  });
});

test("light is rounded to the nearest level", () => {
  for (let level = 1; level < 40; level++) {
    const grey = (nearby: number) =>
      xyzToSrgb([0.9642, 1, 0.8249].map((part) => part * toLinear(nearby)));
    expect([grey(level - 0.35)[1], grey(level + 0.35)[1]]).toEqual([level, level]);
  }
});

test("colours of the connection space become bytes of sRGB, clipped", () => {
  expect(xyzToSrgb([0.9642, 1, 0.8249])).toEqual([255, 255, 255]);
  expect(xyzToSrgb([0, 0, 0])).toEqual([0, 0, 0]);
  expect(xyzToSrgb([0.4361, 0.2225, 0.0139])).toEqual([255, 0, 0]);
  expect(xyzToSrgb([0.3851, 0.7169, 0.0971])).toEqual([0, 255, 0]);
  expect(xyzToSrgb([0.1431, 0.0606, 0.7142])).toEqual([0, 0, 255]);
  // A fifth of white, and a thousandth, which lies on sRGB's straight foot.
  expect(xyzToSrgb([0.9642 / 5, 0.2, 0.8249 / 5])).toEqual([124, 124, 124]);
  expect(xyzToSrgb([0.0009642, 0.001, 0.0008249])).toEqual([3, 3, 3]);
  expect(xyzToSrgb([2, 2, 2])).toEqual([255, 255, 255]);
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
  readonly greenCurve?: readonly [string, readonly number[]];
  readonly extra?: string;
  readonly primaries?: boolean;
  readonly curveNames?: readonly string[];
  /** The channel whose light each of red, green and blue shows as. */
  readonly channels?: string;
  readonly missing?: string;
  readonly xyzType?: string;
  readonly xyzBytes?: number;
}

/** sRGB's primaries, and one curve for all channels: by default a gamma of 2.2. */
function writeProfile({
  space = "RGB ",
  connection = "XYZ ",
  signature = "acsp",
  curve = ["curv", [0, 1, 0x0233]],
  greenCurve = curve,
  extra,
  primaries = true,
  curveNames = ["rTRC", "gTRC", "bTRC"],
  channels = "rgb",
  missing,
  xyzType = "XYZ ",
  xyzBytes = 20,
}: ProfileShape): Uint8Array {
  const columns: Readonly<Record<string, readonly number[]>> = {
    r: [0.43607, 0.22249, 0.01392],
    g: [0.38515, 0.71687, 0.09708],
    b: [0.14307, 0.06061, 0.7141],
  };
  const tags = [
    ...(primaries ? ["rXYZ", "gXYZ", "bXYZ"] : []).map((name, index): [string, Buffer] => [
      name,
      xyzTag(columns[channels[index] ?? ""] ?? [], xyzType).subarray(0, xyzBytes),
    ]),
    ...curveNames.map((name): [string, Buffer] => [
      name,
      curveTag(name === "gTRC" ? greenCurve : curve),
    ]),
    ...(extra === undefined ? [] : [[extra, Buffer.alloc(16)] as [string, Buffer]]),
  ].filter(([name]) => name !== missing);
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

function curveTag([type, words]: readonly [string, readonly number[]]): Buffer {
  return Buffer.concat([
    Buffer.from(type, "latin1"),
    Buffer.alloc(4),
    ...words.map((word) => Buffer.of(word >> 8, word & 255)),
    Buffer.alloc(2),
  ]);
}

function xyzTag(column: readonly number[], type: string): Buffer {
  const tag = Buffer.alloc(20);
  tag.write(type, "latin1");
  column.forEach((value, index) => tag.writeInt32BE(Math.round(value * 65_536), 8 + index * 4));
  return tag;
}

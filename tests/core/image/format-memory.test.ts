import { describe, expect, test } from "vitest";
import type { EncodedPicture } from "../../../core/image/format-record.ts";
import { formats, outputFormats, type OutputFormat } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { pictureInfo } from "./picture-info.ts";

/**
 * Bytes that plans reckon with. They were measured on the codecs, and the engine's own tests hold them to real memory;
 * here they are held to themselves: another figure lets pictures in or refuses them, so it is changed on purpose.
 */
const large = { width: 4000, height: 3000 };
const kB = 1000;

interface Decoding {
  readonly shrink?: number;
  readonly bytes?: number;
  /** Absent: all rows at once. */
  readonly rows?: number;
}

/** Linear memory, JavaScript, what is free again, and the same as planes; rounded to the byte. */
function decoder(about: Partial<ImageInfo>, { shrink = 1, bytes = kB, rows }: Decoding) {
  const info = pictureInfo({ ...large, ...about });
  const { memory, planesMemory } = formats[info.format].source;
  const { wasm, heap, reusable } = memory(info, shrink, bytes);
  const planes = planesMemory?.(info, { shrink, rowsAtOnce: rows ?? Infinity }, bytes);
  const rounded = [wasm, heap, reusable].map(Math.round);
  return [...rounded, planes === undefined ? "no planes" : Math.round(planes)];
}

type Row = readonly [string, Partial<ImageInfo>, Decoding, readonly (number | string)[]];
const progressive = { progressive: true } as const;

describe("a decoder holds:", () => {
  test.each<Row>([
    ["of a JPEG rows, or planes", {}, {}, [669_288, 0, 0, 37_208_003]],
    ["or some of their rows", {}, { shrink: 4, rows: 100 }, [561_288, 0, 0, 453_418]],
    [
      "of a progressive one its coefficients, or those that the scale shows",
      progressive,
      { shrink: 4 },
      [37_215_171, 0, 36_653_883, 9_499_359],
    ],
    ["all of them", progressive, { rows: 100 }, [37_323_171, 0, 36_653_883, 41_743_207]],
    ["a quarter", progressive, { shrink: 4, rows: 100 }, [37_215_171, 0, 36_653_883, 9_015_067]],
    ["an eighth", progressive, { shrink: 8, rows: 100 }, [37_197_171, 0, 36_653_883, 2_230_879]],
    [
      "a quarter of one with all its colours",
      { ...progressive, samplesPerPixel: 3 },
      { shrink: 4, rows: 100 },
      [73_869_054, 0, 73_307_766, 11_305_934],
    ],
    [
      "a quarter of one with colours halved across",
      { ...progressive, samplesPerPixel: 2 },
      { shrink: 4, rows: 100 },
      [49_433_132, 0, 48_871_844, 11_305_934],
    ],
    [
      "of a grey one a plane",
      { ...progressive, colour: "grey", samplesPerPixel: 1 },
      { shrink: 8, rows: 100 },
      [24_979_210, 0, 24_435_922, 664_515],
    ],
    ["of inks no planes", { colour: "cmyk", samplesPerPixel: 4 }, {}, [669_288, 0, 0, "no planes"]],
    ["nor of a small one", { width: 64, height: 63 }, {}, [527_592, 0, 0, "no planes"]],
    ["from 64 pixels on", { width: 64, height: 64 }, {}, [527_592, 0, 0, 299_339]],
    ["of a PNG rows", { format: "png" }, {}, [813_574, 0, 0, "no planes"]],
    [
      "of one of 16 bits with alpha and profile as well",
      { format: "png", hasAlpha: true, bitDepth: 16, hasIcc: true },
      { shrink: 4 },
      [2_910_726, 0, 0, "no planes"],
    ],
    [
      "of an interlaced palette all of it",
      { format: "png", colour: "palette", hasAlpha: true, progressive: true },
      {},
      [48_511_430, 0, 0, "no planes"],
    ],
    [
      "or the sums of what is made smaller",
      { format: "png", colour: "grey", bitDepth: 1, progressive: true },
      { shrink: 3 },
      [21_802_274, 0, 0, "no planes"],
    ],
    ["of a WebP planes", { format: "webp" }, {}, [1_549_288, 0, 0, 19_933_288]],
    ["or some of their rows", { format: "webp" }, { rows: 100 }, [1_549_288, 0, 0, 2_407_464]],
    ["or shrunk pixels", { format: "webp" }, { shrink: 2 }, [1_549_288, 0, 0, "no planes"]],
    [
      "with alpha another picture",
      { format: "webp", hasAlpha: true },
      {},
      [57_937_896, 0, 0, "no planes"],
    ],
    ["lossless, all", { format: "webp", lossless: true }, {}, [58_752_432, 0, 0, "no planes"]],
    [
      "lossless, its file if that is larger",
      { format: "webp", lossless: true, width: 400, height: 300 },
      { bytes: 1000 * kB },
      [5_954_028, 0, 0, "no planes"],
    ],
    [
      "of a small one pixels",
      { format: "webp", width: 200, height: 199 },
      {},
      [576_488, 0, 0, "no planes"],
    ],
    ["or planes", { format: "webp", width: 200, height: 200 }, {}, [576_488, 0, 0, 662_088]],
    ["of a GIF indexes", { format: "gif" }, {}, [0, 12_000_000, 0, "no planes"]],
    [
      "of an AVIF planes",
      { format: "avif", samplesPerPixel: 1.5 },
      {},
      [327_738_106, 48_000_000, 0, 45_769_442],
    ],
    [
      "of a grid parts",
      { format: "avif", samplesPerPixel: 1.5, partPixels: 1_000_000, partHeight: 512 },
      { rows: 100, bytes: 1000 * kB },
      [330_135_706, 48_000_000, 0, 21_282_624],
    ],
    [
      "with all its colours pixels",
      { format: "avif", samplesPerPixel: 3 },
      {},
      [327_738_106, 48_000_000, 0, "no planes"],
    ],
    [
      "with alpha and 10 bits more",
      { format: "avif", samplesPerPixel: 1.5, hasAlpha: true, bitDepth: 10 },
      { bytes: 1000 * kB },
      [941_399_808, 48_000_000, 0, "no planes"],
    ],
    [
      "of a small one what it begins with",
      { format: "avif", samplesPerPixel: 1.5, width: 65, height: 64 },
      {},
      [16_777_216, 16_640, 0, 17_323_442],
    ],
    [
      "of a HEIC all",
      { format: "heic" },
      { rows: 100, bytes: 1000 * kB },
      [65_033_165, 0, 0, 65_819_405],
    ],
    [
      "or its parts",
      { format: "heic", partPixels: 4_000_000, partHeight: 512 },
      { bytes: 1000 * kB },
      [26_633_165, 0, 0, 45_359_405],
    ],
    [
      "of small parts what it begins with",
      { format: "heic", partPixels: 262_144, partHeight: 512 },
      { bytes: 1000 * kB },
      [17_301_504, 0, 0, 36_027_744],
    ],
  ])("%s", (_, about, decoding, held) => {
    expect(decoder(about, decoding)).toEqual(held);
  });

  test.each<[string, Partial<ImageInfo>, boolean]>([
    ["8 bits at half the colours", {}, true],
    ["10 bits", { bitDepth: 10 }, false],
    ["all colours", { samplesPerPixel: 3 }, false],
    ["alpha", { hasAlpha: true }, false],
    ["layers", { progressive: true }, false],
    ["frames", { frames: 0 }, false],
  ])("an AVIF with %s comes as planes: %s", (_, about, arePlanes) => {
    const info = pictureInfo({ ...large, format: "avif", samplesPerPixel: 1.5, ...about });
    const { planesMemory, kindOf } = formats.avif.source;
    expect(planesMemory?.(info, { shrink: 1, rowsAtOnce: 1 }, kB) !== undefined).toBe(arePlanes);
    expect(kindOf(info, 1)).toBe(arePlanes ? "avif" : "avif through libavif");
  });
});

describe("an encoder holds:", () => {
  const small = { width: 400, height: 300, hasAlpha: false, lossless: false };
  const clear = { width: 2000, height: 1500, hasAlpha: true, lossless: false };
  const odd = { width: 2001, height: 1500, hasAlpha: false, lossless: true };
  const largest = { ...large, hasAlpha: false, lossless: false };

  test.each<[OutputFormat, EncodedPicture, wasm: number, heap: number]>([
    ["jpeg", small, 656_047, 0],
    ["jpeg", clear, 9_934_047, 0],
    ["jpeg", largest, 13_998_784, 0],
    ["png", small, 753_203, 960_000],
    ["png", largest, 926_003, 96_000_000],
    ["webp", small, 19_922_944, 0],
    ["webp", clear, 157_194_304, 0],
    ["webp", odd, 178_819_236, 0],
    ["webp", { ...small, width: 1000, height: 1000 }, 46_194_304, 0],
    ["webp", largest, 172_194_304, 0],
    ["avif", small, 19_922_944, 0],
    ["avif", { ...small, width: 1600, height: 1200 }, 71_620_608, 0],
    ["avif", clear, 33_947_648, 6_000_000],
    ["avif", odd, 29_294_592, 6_003_000],
    ["avif", largest, 42_467_328, 24_000_000],
    ["json", largest, 0, 0],
  ])("%s of %j", (format, picture, wasm, heap) => {
    const held = formats[format].output.memory(picture);
    expect([Math.round(held.wasm), Math.round(held.heap)]).toEqual([wasm, heap]);
  });

  test("in a memory of its own, but for JPEG, which is made where the pixels lie", () => {
    expect(outputFormats.filter((format) => !formats[format].output.hasOwnMemory)).toEqual([
      "jpeg",
    ]);
  });
});

describe("a decoder may make a picture smaller", () => {
  const above24 = { ...progressive, width: 6001, height: 4000 };
  test.each<[string, Partial<ImageInfo>, Record<number, readonly number[]>]>([
    [
      "by whole DCT factors, twice as large where one is just reached",
      {},
      {
        0.5: [1],
        1: [1],
        1.9: [1],
        1.999999999: [1, 2],
        2: [1, 2],
        2.5: [1, 2],
        3: [2],
        4: [2, 4],
        5: [4],
        9: [8],
      },
    ],
    ["also of 24 megapixels in scans", { ...above24, width: 6000 }, { 4: [2, 4], 8: [4, 8] }],
    ["above which they stay few", above24, { 2: [2], 4: [4], 8: [4, 8], 9: [8] }],
    ["a PNG by any factor", { format: "png" }, { 0.5: [1, 1], 2: [1, 2], 5: [2, 5], 40: [16, 16] }],
    ["a WebP for lack of memory", { format: "webp" }, { 1: [1, 1, 1], 3: [1, 1, 3] }],
    ["not an AVIF", { format: "avif" }, { 8: [1] }],
    ["nor a GIF", { format: "gif" }, { 8: [1] }],
    ["nor a HEIC", { format: "heic" }, { 8: [1] }],
  ])("%s", (_, about, factors) => {
    const info = pictureInfo(about);
    const { shrinks } = formats[info.format].source;
    for (const [ratio, expected] of Object.entries(factors)) {
      expect(shrinks(Number(ratio), info), ratio).toEqual(expected);
    }
  });
});

test.each<[Partial<ImageInfo>, number, string]>([
  [{}, 8, "jpeg"],
  [progressive, 4, "progressive"],
  [progressive, 8, "progressive at an eighth"],
  [{ format: "webp" }, 1, "webp"],
  [{ format: "webp", hasAlpha: true }, 1, "webp with alpha"],
  [{ format: "webp", hasAlpha: true, lossless: true }, 1, "lossless webp"],
  [{ format: "png" }, 1, "png"],
  [{ format: "gif" }, 1, "gif"],
  [{ format: "heic" }, 1, "heic"],
])("%j shrunk by %i is priced as %s", (about, shrink, kind) => {
  const info = pictureInfo(about);
  const { kindOf, nanos } = formats[info.format].source;
  expect(kindOf(info, shrink)).toBe(kind);
  expect(nanos[kind]).toBeDefined();
});

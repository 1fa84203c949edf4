import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { ImageInfo } from "../../../../core/image/image-info.ts";
import { formats } from "../../../../core/image/formats.ts";
import { scene } from "../../pixels/fixtures.ts";
import { decode, decoded, infoOf, newPngDecoder, outcome } from "../codecs.ts";
import { everyLayout, joinPng, strategies, writePng } from "./fixture.ts";
import { pngChunk } from "../../../core/image/made-headers.ts";

const decoder = newPngDecoder();

describe("a PNG is decoded exactly", () => {
  test.each(everyLayout)("colour type $colourType, $bitDepth bits, Adam7 $interlaced", (layout) => {
    const { bytes, expected } = writePng({ width: 37, height: 23, ...layout });
    expect(decoded(decoder, bytes).rgba).toEqual(expected);
  });

  test.each(everyLayout.filter(({ colourType }) => colourType < 4))(
    "with tRNS: colour type $colourType, $bitDepth bits, Adam7 $interlaced",
    (layout) => {
      const { bytes, expected } = writePng({ width: 37, height: 23, transparent: true, ...layout });
      const picture = decoded(decoder, bytes);
      expect(picture.rgba).toEqual(expected);
      expect(picture.hasAlpha).toBe(true);
    },
  );

  test("of every size up to 9 × 9, where passes of Adam7 are empty", () => {
    for (const interlaced of [false, true]) {
      for (let size = 0; size < 81; size++) {
        const [width, height] = [1 + (size % 9), 1 + Math.floor(size / 9)];
        const shape = { width, height, interlaced, colourType: 2, bitDepth: 8 } as const;
        const { bytes, expected } = writePng(shape);
        expect(decoded(decoder, bytes).rgba, `${width} × ${height}`).toEqual(expected);
      }
    }
  });

  test.each(strategies)("whatever its deflate stream is made of: %s", (_, zlib) => {
    const shape = { width: 300, height: 200, colourType: 6, bitDepth: 8, zlib } as const;
    const { bytes, expected } = writePng(shape);
    expect(decoded(decoder, bytes).rgba).toEqual(expected);
  });

  test.each([1, 2, 7, 640, 65_537])("in IDAT chunks of %d bytes", (idatBytes) => {
    const shape = { width: 200, height: 150, colourType: 2, bitDepth: 16, idatBytes } as const;
    const { bytes, expected } = writePng(shape);
    expect(decoded(decoder, bytes).rgba).toEqual(expected);
  });

  test("where a row is longer than the inflater's window", () => {
    const shape = { width: 30_000, height: 3, colourType: 6, bitDepth: 16 } as const;
    const { bytes, expected } = writePng(shape);
    expect(decoded(decoder, bytes).rgba).toEqual(expected);
  });

  test("as libpng reads what libpng wrote", async () => {
    const rgba = scene(640, 480, true);
    const source = sharp(rgba, { raw: { width: 640, height: 480, channels: 4 } });
    const png = await source.png({ adaptiveFiltering: true }).toBuffer();
    expect(decoded(decoder, png).rgba).toEqual(rgba);
  });
});

describe("shrinking on the way", () => {
  test.each([2, 3, 5, 16].flatMap((shrink) => [false, true].map((adam7) => ({ shrink, adam7 }))))(
    "by $shrink is the mean of each box, weighted by alpha (Adam7 $adam7)",
    ({ shrink, adam7 }) => {
      const shape = {
        width: 83,
        height: 51,
        colourType: 6,
        bitDepth: 8,
        interlaced: adam7,
      } as const;
      const { bytes, expected } = writePng(shape);
      const picture = decoded(decoder, bytes, { shrink });
      expect(picture).toMatchObject({
        width: Math.ceil(83 / shrink),
        height: Math.ceil(51 / shrink),
      });
      expect(worstDifference(picture.rgba, boxes(expected, 83, 51, shrink))).toBeLessThanOrEqual(1);
    },
  );

  test.each([2, 3] as const)(
    "halves opaque rows exactly as boxes are (colour type %i)",
    (colourType) => {
      for (let side = 1; side <= 12; side++) {
        const shape = { width: side, height: 13 - side, colourType, bitDepth: 8 } as const;
        const byRows = decoded(decoder, writePng(shape).bytes, { shrink: 2 });
        const byBoxes = decoded(decoder, writePng({ ...shape, interlaced: true }).bytes, {
          shrink: 2,
        });
        expect(byRows.rgba, `${side} wide`).toEqual(byBoxes.rgba);
      }
    },
  );

  test("takes memory for a width and not for a picture", () => {
    const fresh = newPngDecoder();
    const { bytes } = writePng({ width: 1000, height: 500, colourType: 2, bitDepth: 8 });
    const result = fresh.decodeRows(bytes, 8, () => () => {});
    expect(result.ok).toBe(true);
    expect(fresh.wasmBytes).toBeLessThan(700 * 1024);
  });
});

describe("a PNG that is not whole or is damaged is refused", () => {
  const { bytes } = writePng({ width: 60, height: 40, colourType: 2, bitDepth: 8 });

  const header = bytes.subarray(8, 33);
  const end = pngChunk("IEND", new Uint8Array(0));
  const pixels = (rows: number) => deflateSync(new Uint8Array(181 * rows));
  test.each([
    ["no IDAT", [header, end], "corrupt_image"],
    ["rows missing", [header, pngChunk("IDAT", pixels(39)), end], "truncated_image"],
    ["stream cut", [header, pngChunk("IDAT", pixels(40).subarray(0, -9)), end], "truncated_image"],
    [
      "filter 5",
      [header, pngChunk("IDAT", deflateSync(new Uint8Array(181 * 40).fill(5))), end],
      "corrupt_image",
    ],
    ["no zlib header", [header, pngChunk("IDAT", new Uint8Array(99)), end], "corrupt_image"],
    [
      "unknown critical chunk",
      [header, pngChunk("ABCD", new Uint8Array(4)), pngChunk("IDAT", pixels(40)), end],
      "corrupt_image",
    ],
  ] as const)("%s", (_, chunks, reason) => {
    expect(outcome(decoder, joinPng(chunks))).toBe(reason);
  });

  test("and the refusal says what is wrong with the data", () => {
    const detailOf = (data: Uint8Array) => {
      const read = decode(decoder, joinPng([header, pngChunk("IDAT", data), end]));
      return read.ok ? "read" : read.error;
    };
    const filters = deflateSync(new Uint8Array(181 * 40).fill(5));
    expect(detailOf(filters)).toMatchObject({ detail: "unknown row filter" });
    expect(detailOf(new Uint8Array(99))).toMatchObject({ detail: "IDAT is not a zlib stream" });
    expect(detailOf(pixels(39))).toMatchObject({ detail: "IDAT ends before the last row" });
  });
});

describe("what is not pixels costs nothing", () => {
  const shape = { width: 16, height: 16, colourType: 2, bitDepth: 8 } as const;

  test("32 MB behind the last pixel stay deflated", () => {
    const rows = Buffer.concat([Buffer.alloc(49 * 16), Buffer.alloc(32 * 1024 * 1024)]);
    const plain = writePng(shape).bytes;
    const bytes = joinPng([
      plain.subarray(8, 33),
      pngChunk("IDAT", deflateSync(rows)),
      pngChunk("IEND", new Uint8Array(0)),
    ]);
    const fresh = newPngDecoder();
    expect(decoded(fresh, bytes).rgba).toHaveLength(1024);
    expect(fresh.wasmBytes).toBeLessThan(1024 * 1024);
  });

  const profile = (icc: Uint8Array) =>
    pngChunk("iCCP", Buffer.concat([Buffer.from("name\0\0", "latin1"), deflateSync(icc)]));

  test("a profile is handed on, one that inflates past its cap is not", () => {
    const icc = Buffer.from("profile ".repeat(4000));
    const small = writePng({ ...shape, before: [profile(icc)] });
    expect(decoded(decoder, small.bytes).icc).toEqual(new Uint8Array(icc));
    const bomb = writePng({ ...shape, before: [profile(Buffer.alloc(64 * 1024 * 1024))] });
    const fresh = newPngDecoder();
    const picture = decoded(fresh, bomb.bytes);
    expect(picture.icc).toBeUndefined();
    expect(picture.rgba).toEqual(bomb.expected);
    expect(fresh.wasmBytes).toBeLessThan(4 * 1024 * 1024);
  });
});

test.each([
  { width: 4000, height: 40, colourType: 6, bitDepth: 16, interlaced: false, shrink: 1 },
  { width: 900, height: 700, colourType: 6, bitDepth: 8, interlaced: true, shrink: 1 },
  { width: 900, height: 700, colourType: 2, bitDepth: 8, interlaced: true, shrink: 2 },
  { width: 60_000, height: 2, colourType: 0, bitDepth: 1, interlaced: false, shrink: 3 },
] as const)("memory is predicted, not exceeded: $width × $height, Adam7 $interlaced", (shape) => {
  const fresh = newPngDecoder();
  const { bytes } = writePng(shape);
  expect(decode(fresh, bytes, { shrink: shape.shrink }).ok).toBe(true);
  const info: ImageInfo = {
    ...infoOf("png", shape.width, shape.height),
    bitDepth: shape.bitDepth,
    colour: shape.colourType === 0 ? "grey" : "rgb",
    hasAlpha: shape.colourType === 6,
    progressive: shape.interlaced,
  };
  const predicted = formats.png.source.memory(info, shape.shrink, bytes.length).wasm;
  expect(fresh.wasmBytes).toBeLessThanOrEqual(predicted);
  expect(predicted).toBeLessThan(fresh.wasmBytes * 2);
});

function boxes(rgba: Uint8Array, width: number, height: number, size: number): Uint8Array {
  const columns = Math.ceil(width / size);
  const shrunk = new Uint8Array(columns * Math.ceil(height / size) * 4);
  for (let box = 0; box < shrunk.length / 4; box++) {
    const [x0, y0] = [(box % columns) * size, Math.floor(box / columns) * size];
    const sums = [0, 0, 0, 0];
    let count = 0;
    for (let y = y0; y < Math.min(y0 + size, height); y++) {
      for (let x = x0; x < Math.min(x0 + size, width); x++) {
        const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray((y * width + x) * 4);
        [r * a, g * a, b * a, a].forEach((value, index) => (sums[index]! += value));
        count++;
      }
    }
    const alpha = sums[3]! || 1;
    const mean = [...sums.slice(0, 3).map((sum) => sum / alpha), sums[3]! / count];
    shrunk.set(mean.map(Math.round), box * 4);
  }
  return shrunk;
}

function worstDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index]!)), 0);
}

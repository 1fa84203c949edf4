import { describe, expect, test } from "vitest";
import { rowCopier, type Frame } from "../../../engine/codecs/frame.ts";

type Sample = readonly [luma: number, cb: number, cr: number];

/** One colour, two by two pixels. */
const frameOf = ([y, cb, cr]: Sample): Frame => ({
  width: 2,
  height: 2,
  bytes: Uint8Array.of(y, y, y, y, cb, cr),
  planes: [
    { pointer: 0, stride: 2 },
    { pointer: 4, stride: 1 },
    { pointer: 5, stride: 1 },
  ],
});

function copierOf(matrix: number, fullRange: boolean) {
  const copyRow = rowCopier({ matrix, fullRange });
  if (!copyRow) throw new Error("unknown matrix");
  return copyRow;
}

function asJpegs(matrix: number, fullRange: boolean, sample: Sample) {
  const out = new Uint8Array(3);
  for (const plane of [0, 1, 2]) {
    copierOf(matrix, fullRange)(frameOf(sample), plane, 0, 1, out, plane);
  }
  return [...out];
}

/** By H.273's equations: to red, green and blue by the one matrix, back by BT.601's. */
function byDefinition([kr, kb]: readonly [number, number], fullRange: boolean, sample: Sample) {
  const [y, cb, cr] = sample;
  const luma = fullRange ? y : ((y - 16) * 255) / 219;
  const [toBlue, toRed] = [cb - 128, cr - 128].map((value) =>
    fullRange ? value : (value * 255) / 224,
  );
  const red = luma + 2 * (1 - kr) * (toRed ?? 0);
  const blue = luma + 2 * (1 - kb) * (toBlue ?? 0);
  const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
  const jpegs = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [jpegs, 128 + (blue - jpegs) / 1.772, 128 + (red - jpegs) / 1.402].map((value) =>
    Math.min(255, Math.max(0, value)),
  );
}

const samples: readonly Sample[] = [
  [81, 90, 240],
  [235, 128, 128],
  [16, 128, 128],
  [54, 99, 255],
  [18, 255, 116],
  [170, 40, 60],
  [0, 0, 0],
  [255, 255, 255],
];

describe.each([
  ["BT.709", 1, [0.2126, 0.0722]],
  ["unspecified", 2, [0.299, 0.114]],
  ["FCC", 4, [0.3, 0.11]],
  ["BT.601", 6, [0.299, 0.114]],
  ["SMPTE 240M", 7, [0.212, 0.087]],
  ["BT.2020", 9, [0.2627, 0.0593]],
] as const)("samples of %s become JPEG's", (_, matrix, shares) => {
  test.each([true, false])("in full range: %s", (fullRange) => {
    for (const sample of samples) {
      const expected = byDefinition(shares, fullRange, sample);
      for (const [plane, value] of asJpegs(matrix, fullRange, sample).entries()) {
        expect(Math.abs(value - (expected[plane] ?? 0))).toBeLessThan(0.501);
      }
    }
  });
});

test("those that are JPEG's already are copied as they are", () => {
  expect(copierOf(6, true)).toBe(copierOf(5, true));
  expect(copierOf(6, true)).not.toBe(copierOf(6, false));
  expect(copierOf(6, true)).not.toBe(copierOf(1, true));
});

test("a matrix that is not known here has no copier", () => {
  expect(rowCopier({ matrix: 8, fullRange: true })).toBeUndefined();
});

describe("a row is written where it belongs", () => {
  /** Luma 6 × 4 from byte 5 on, every ten bytes a row; chroma 3 × 2. */
  const bytes = Uint8Array.from({ length: 100 }, (_, at) => 60 + at);
  const frame: Frame = {
    width: 6,
    height: 4,
    bytes,
    planes: [
      { pointer: 5, stride: 10 },
      { pointer: 50, stride: 8 },
      { pointer: 70, stride: 7 },
    ],
  };
  const sampleAt = (x: number, y: number): Sample => [
    65 + 10 * y + x,
    110 + 8 * (y >> 1) + (x >> 1),
    130 + 7 * (y >> 1) + (x >> 1),
  ];
  const written = (matrix: number, plane: number, row: number, count: number) => {
    const out = new Uint8Array(10).fill(1);
    copierOf(matrix, true)(frame, plane, row, count, out, 2);
    return [...out];
  };

  test.each([6, 1])("of luma, with the chroma that lies there: matrix %i", (matrix) => {
    for (let row = 0; row < 4; row++) {
      const expected = [0, 1, 2, 3, 4].map((x) => asJpegs(matrix, true, sampleAt(x, row))[0]);
      expect(written(matrix, 0, row, 5)).toEqual([1, 1, ...expected, 1, 1, 1]);
    }
  });

  test.each([6, 1])("of chroma: matrix %i", (matrix) => {
    for (const plane of [1, 2]) {
      for (let row = 0; row < 2; row++) {
        const expected = [0, 1].map((x) => asJpegs(matrix, true, sampleAt(2 * x, 2 * row))[plane]);
        expect(written(matrix, plane, row, 2)).toEqual([1, 1, ...expected, 1, 1, 1, 1, 1, 1]);
      }
    }
  });
});

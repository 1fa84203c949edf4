import { expect, test } from "vitest";
import { rowCopier, type Frame } from "../../../engine/codecs/frame.ts";

/** One colour, two by two pixels. */
const frameOf = (y: number, cb: number, cr: number): Frame => ({
  width: 2,
  height: 2,
  bytes: Uint8Array.of(y, y, y, y, cb, cr),
  planes: [
    { pointer: 0, stride: 2 },
    { pointer: 4, stride: 1 },
    { pointer: 5, stride: 1 },
  ],
});

function asJpegs(matrix: number, fullRange: boolean, sample: readonly [number, number, number]) {
  const copyRow = rowCopier({ matrix, fullRange });
  if (!copyRow) throw new Error("unknown matrix");
  const out = new Uint8Array(3);
  for (const plane of [0, 1, 2]) copyRow(frameOf(...sample), plane, 0, 1, out, plane);
  return [...out];
}

// Worked out by H.273's equations: to red, green and blue by the one matrix, back by BT.601's.
test.each([
  ["BT.601 in full range stays", 6, true, [81, 90, 240], [81, 90, 240]],
  ["limited white is white", 6, false, [235, 128, 128], [255, 128, 128]],
  ["limited black is black", 1, false, [16, 128, 128], [0, 128, 128]],
  ["limited red of BT.601 is red", 6, false, [81, 90, 240], [76, 85, 255]],
  ["full red of BT.709 is red", 1, true, [54, 99, 255], [76, 85, 255]],
  ["full blue of BT.709 is blue", 1, true, [18, 255, 116], [29, 255, 107]],
] as const)("%s", (_, matrix, fullRange, sample, expected) => {
  for (const [index, value] of asJpegs(matrix, fullRange, sample).entries()) {
    expect(Math.abs(value - (expected[index] ?? 0))).toBeLessThanOrEqual(1);
  }
});

test("a matrix that is not known here has no copier", () => {
  expect(rowCopier({ matrix: 8, fullRange: true })).toBeUndefined();
});

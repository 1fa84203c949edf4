import { expect, test } from "vitest";
import { allocateBitmap } from "../../../engine/pixels/bitmap.ts";
import { newWorkspace } from "./fixtures.ts";

test("a bitmap has four bytes a pixel, and behind them what a kernel may read in addition", () => {
  const workspace = newWorkspace();
  const blocks: number[] = [];
  const allocate = (bytes: number) => (blocks.push(bytes), workspace.allocate(bytes));
  const bitmap = allocateBitmap({ ...workspace, allocate }, 7, 5, false);
  expect(bitmap).toMatchObject({ width: 7, height: 5, stride: 28, opaque: false });
  expect(blocks).toEqual([7 * 5 * 4 + 32]);
});

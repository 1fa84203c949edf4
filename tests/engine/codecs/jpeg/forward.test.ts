import { expect, test } from "vitest";
import { transformStrip } from "../../../../engine/codecs/jpeg/forward.ts";
import { layOutGrid } from "../../../../engine/codecs/jpeg/grid.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { newWorkspace, watchedWorkspace } from "../../pixels/fixtures.ts";

test.each(["4:2:0", "4:4:4"] as const)(
  "the coefficients of a strip fill their part of the memory and no other (%s)",
  (subsampling) => {
    const workspace = newWorkspace();
    // No side divides by an MCU: blocks beyond the picture are padded.
    const grid = layOutGrid(70, 70, subsampling);
    const base = workspace.allocate(grid.bytes);
    const memory = bytesAt(workspace, base, grid.bytes).fill(0xee);
    transformStrip(workspace, { fill: () => {} }, base, grid, 0);
    const isUntouched = (byte: number) => byte === 0xee;
    const end = grid.blocks + grid.stripRows * grid.mcuRowBytes;
    expect(memory.subarray(0, grid.blocks).every(isUntouched)).toBe(true);
    expect(memory.subarray(end).every(isUntouched)).toBe(true);
    for (let at = grid.blocks; at < end; at += 128)
      expect(memory.subarray(at, at + 128).every(isUntouched)).toBe(false);
  },
);

test.each([
  ["4:2:0", [5, 4, 5, 4, 5, 5], [5, 4, 0, 0, 5, 5], 5],
  ["4:4:4", [9, 9, 9], [9, 9, 9], 9],
] as const)(
  "each block in the picture is transformed once (%s)",
  (subsampling, row, last, rows) => {
    const { workspace, callsOf } = watchedWorkspace();
    const grid = layOutGrid(72, 72, subsampling);
    const base = workspace.allocate(grid.bytes);
    transformStrip(workspace, { fill: () => {} }, base, grid, 0);
    // At once those of a row of MCUs that have the same place in theirs.
    const counts = callsOf("transformBlocks").map(([, , , count]) => count);
    expect(counts).toEqual([...Array.from({ length: rows - 1 }, () => row).flat(), ...last]);
  },
);

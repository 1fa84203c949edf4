import type { Bitmap } from "../../pixels/bitmap.ts";
import type { Workspace } from "../../pixels/workspace.ts";
import { blockBytes, rowsOfStrip, type Grid } from "./grid.ts";

/** Quantised coefficients of a strip's MCUs, in the order in which they are coded. */
export function transformStrip(
  workspace: Workspace,
  bitmap: Bitmap,
  base: number,
  grid: Grid,
  strip: number,
): void {
  for (let row = 0; row < rowsOfStrip(grid, strip); row++) {
    const top = (strip * grid.stripRows + row) * grid.mcuSide;
    fillPlanes(workspace, bitmap, base, grid, top);
    transformRow(workspace, bitmap, base, grid, top, base + grid.blocks + row * grid.mcuRowBytes);
  }
}

/** The planes of one row of MCUs; below the picture the last row of each plane repeats. */
function fillPlanes(
  { kernels }: Workspace,
  bitmap: Bitmap,
  base: number,
  grid: Grid,
  top: number,
): void {
  const rowBytes = grid.paddedWidth * 2;
  for (let row = 0; row < grid.mcuSide; row++) {
    const from = bitmap.pointer + Math.min(top + row, bitmap.height - 1) * bitmap.stride;
    const at = row * rowBytes;
    kernels.planeRow(
      from,
      bitmap.width,
      grid.paddedWidth,
      base + grid.y + at,
      base + grid.cb + at,
      base + grid.cr + at,
    );
  }
  if (!grid.halved) return;
  const lastRow = Math.ceil((bitmap.height - top) / 2) - 1;
  for (let row = 0; row < 8; row++) {
    const above = Math.min(row, lastRow) * 2 * rowBytes;
    const out = (row * rowBytes) / 2;
    for (const [full, half] of [
      [grid.cb, grid.halfCb],
      [grid.cr, grid.halfCr],
    ] as const) {
      const from = base + full + above;
      kernels.halve(from, from + rowBytes, grid.paddedWidth, base + half + out);
    }
  }
}

function transformRow(
  { kernels }: Workspace,
  bitmap: Bitmap,
  base: number,
  grid: Grid,
  top: number,
  blocks: number,
): void {
  const { mcusPerRow, mcuBytes, lumaBlocks, halved } = grid;
  const rowBytes = grid.paddedWidth * 2;
  const side = halved ? 2 : 1;
  const columns = Math.ceil(bitmap.width / 8);
  for (let slot = 0; slot < lumaBlocks; slot++) {
    const x = slot % side;
    const y = Math.floor(slot / side);
    const out = blocks + slot * blockBytes;
    const inside = top + y * 8 < bitmap.height ? Math.ceil((columns - x) / side) : 0;
    const from = base + grid.y + y * 8 * rowBytes + x * 16;
    kernels.transformBlocks(
      from,
      rowBytes,
      side * 16,
      inside,
      base + grid.lumaScales,
      out,
      mcuBytes,
    );
    kernels.padBlocks(out + inside * mcuBytes, mcusPerRow - inside, mcuBytes);
  }
  const chroma = halved ? [grid.halfCb, grid.halfCr] : [grid.cb, grid.cr];
  for (const [k, plane] of chroma.entries()) {
    kernels.transformBlocks(
      base + plane,
      rowBytes / side,
      16,
      mcusPerRow,
      base + grid.chromaScales,
      blocks + (lumaBlocks + k) * blockBytes,
      mcuBytes,
    );
  }
}

import type { Workspace } from "../../pixels/workspace.ts";
import type { PlaneRows } from "./encoder-planes.ts";
import { blockBytes, rowsOfStrip, type Grid } from "./grid.ts";

/** Quantised coefficients of a strip's MCUs, in the order in which they are coded. */
export function transformStrip(
  workspace: Workspace,
  source: PlaneRows,
  base: number,
  grid: Grid,
  strip: number,
): void {
  for (let row = 0; row < rowsOfStrip(grid, strip); row++) {
    const top = (strip * grid.stripRows + row) * grid.mcuSide;
    source.fill(base, grid, top);
    transformRow(workspace, base, grid, top, base + grid.blocks + row * grid.mcuRowBytes);
  }
}

function transformRow(
  { kernels }: Workspace,
  base: number,
  grid: Grid,
  top: number,
  blocks: number,
): void {
  const { mcusPerRow, mcuBytes, lumaBlocks, halved } = grid;
  const rowBytes = grid.paddedWidth * 2;
  const side = halved ? 2 : 1;
  const columns = Math.ceil(grid.width / 8);
  for (let slot = 0; slot < lumaBlocks; slot++) {
    const x = slot % side;
    const y = Math.floor(slot / side);
    const out = blocks + slot * blockBytes;
    const inside = top + y * 8 < grid.height ? Math.ceil((columns - x) / side) : 0;
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

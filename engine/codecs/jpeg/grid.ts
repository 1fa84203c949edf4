import { limits } from "../../../core/limits.ts";

/** Chroma at half the width and height, or at full size. */
export type Subsampling = "4:2:0" | "4:4:4";

/** How a picture divides into MCUs, and where each part of the encoder's memory begins. */
export type Grid = ReturnType<typeof layOutGrid>;

/** Rows of MCUs in a strip: all have `stripRows` but the last. */
export function rowsOfStrip(grid: Grid, strip: number): number {
  return Math.min(grid.stripRows, grid.mcuRows - strip * grid.stripRows);
}

/** A block is 64 coefficients of at most 27 bits, each byte of which may need a zero after it. */
const codedBlockBytesMax = 512;
export const blockBytes = 128;

/** The coder's memory, as engine/kernels/pixels/jpeg-entropy.ts describes it. The encoder's begins with it. */
export const coderLayout = {
  naturalAt: 32,
  tablesAt: 96,
  zigzagMasksAt: 4192,
  bytes: 4192 + 8 * 256 * 8,
} as const;

export function layOutGrid(width: number, height: number, subsampling: Subsampling) {
  const halved = subsampling === "4:2:0";
  const mcuSide = halved ? 16 : 8;
  const mcusPerRow = Math.ceil(width / mcuSide);
  const mcuRows = Math.ceil(height / mcuSide);
  const lumaBlocks = halved ? 4 : 1;
  const mcuBytes = (lumaBlocks + 2) * blockBytes;
  const mcuRowBytes = mcusPerRow * mcuBytes;
  const rowsThatFit = Math.max(1, Math.floor(limits.jpegCoefficientBytesMax / mcuRowBytes));
  const strip = Math.min(mcuRows, rowsThatFit);
  const paddedWidth = mcusPerRow * mcuSide;
  const planeBytes = paddedWidth * 2 * mcuSide;
  const codedRowBytesMax = mcusPerRow * (lumaBlocks + 2) * codedBlockBytesMax;
  const outBytes = Math.max(limits.jpegCodedBytesMin, codedRowBytesMax) + 16;

  let bytes: number = coderLayout.bytes;
  const take = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return offset;
  };
  return {
    width,
    height,
    halved,
    mcuSide,
    mcusPerRow,
    mcuRows,
    stripRows: strip,
    lumaBlocks,
    mcuBytes,
    mcuRowBytes,
    paddedWidth,
    codedRowBytesMax,
    outBytes,
    lumaScales: take(256),
    chromaScales: take(256),
    y: take(planeBytes),
    cb: take(planeBytes),
    cr: take(planeBytes),
    halfCb: take(halved ? planeBytes / 4 : 0),
    halfCr: take(halved ? planeBytes / 4 : 0),
    blocks: take(strip * mcuRowBytes),
    out: take(outBytes),
    bytes,
  };
}

import { ok } from "../../../core/result.ts";
import type { Bitmap } from "../../pixels/bitmap.ts";
import type { Encoder, EncodeOptions } from "../codec.ts";
import { exifSegment } from "../exif.ts";
import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { BitmapPlanes, SampledPlanes, type PlaneRows } from "./encoder-planes.ts";
import { transformStrip } from "./forward.ts";
import { coderLayout, layOutGrid, rowsOfStrip, type Grid } from "./grid.ts";
import { encodingTable, optimalTable } from "./syntax/huffman.ts";
import { jpegIccSegments } from "./syntax/icc.ts";
import { frameHeader, joinFile, scanHeader, type JpegOptions } from "./syntax/segments.ts";
import { divisors, zigzag } from "./syntax/tables.ts";

/** Baseline JPEG at 4:2:0, made in the memory in which the picture lies. The picture must be opaque. */
export const jpegEncoder: Encoder = {
  wasmBytes: 0,
  halvesChroma: () => true,

  encodePlanes: ({ source, part, size }, options) => {
    const { workspace } = source;
    const grid = layOutGrid(size.width, size.height, "4:2:0");
    if (grid.stripRows < grid.mcuRows) return undefined;
    const filled = new SampledPlanes(source, part, size);
    const file = encodeRows(workspace, grid, filled, jpegOptions(options));
    filled.free();
    return file;
  },
  encode: ({ workspace, bitmap }, options) =>
    ok(encodeJpeg(workspace, bitmap, jpegOptions(options))),
};

function jpegOptions({ quality, icc, exif }: EncodeOptions): JpegOptions {
  const kept = exif && exifSegment(exif.tiff, exif.keep);
  const segments = [...(kept ? [kept] : []), ...(icc ? [jpegIccSegments(icc)] : [])];
  return { quality, subsampling: "4:2:0", segments };
}

/** Encodes an opaque bitmap of at most 65,535 pixels a side as baseline JPEG with tables of its own. */
export function encodeJpeg(workspace: Workspace, bitmap: Bitmap, options: JpegOptions): Uint8Array {
  const grid = layOutGrid(bitmap.width, bitmap.height, options.subsampling);
  return encodeRows(workspace, grid, new BitmapPlanes(workspace, bitmap), options);
}

/** Rows of MCUs are filled in order, and once more where the coefficients of all do not fit. */
export function encodeRows(
  workspace: Workspace,
  grid: Grid,
  source: PlaneRows,
  options: JpegOptions,
): Uint8Array {
  const base = workspace.allocate(grid.bytes);
  const tables = divisors(options.quality);
  writeConstants(workspace, base, grid, tables);

  for (let strip = 0; strip * grid.stripRows < grid.mcuRows; strip++) {
    transformStrip(workspace, source, base, grid, strip);
    const mcus = rowsOfStrip(grid, strip) * grid.mcusPerRow;
    workspace.kernels.countSymbols(base, base + grid.blocks, mcus, grid.lumaBlocks);
  }
  const huffman = makeTables(workspace, base);

  const chunks = writeScan(workspace, source, base, grid);
  workspace.free(base);
  return joinFile([
    ...frameHeader(grid.width, grid.height, options, tables),
    ...scanHeader(huffman),
    ...chunks,
  ]);
}

/** The entropy-coded data, taken out of the memory whenever the room for it is full. */
function writeScan(
  workspace: Workspace,
  source: PlaneRows,
  base: number,
  grid: Grid,
): Uint8Array[] {
  const { kernels } = workspace;
  const { mcuRows, stripRows } = grid;
  const chunks: Uint8Array[] = [];
  const start = base + grid.out;
  let end = start;
  const drain = (): void => {
    chunks.push(bytesAt(workspace, start, end - start).slice());
    end = start;
  };
  for (let row = 0; row < mcuRows; row++) {
    const rowOfStrip = row % stripRows;
    if (rowOfStrip === 0 && stripRows < mcuRows)
      transformStrip(workspace, source, base, grid, row / stripRows);
    if (end + grid.codedRowBytesMax > start + grid.outBytes) drain();
    const blocks = base + grid.blocks + rowOfStrip * grid.mcuRowBytes;
    end = kernels.writeSymbols(base, blocks, grid.mcusPerRow, grid.lumaBlocks, end);
  }
  end = kernels.writeRest(base, end);
  drain();
  return chunks;
}

function writeConstants(
  { memory }: Workspace,
  base: number,
  grid: Grid,
  tables: ReturnType<typeof divisors>,
): void {
  new Uint8Array(memory.buffer, base, coderLayout.zigzagMasksAt).fill(0);
  new Uint8Array(memory.buffer, base + coderLayout.naturalAt, 64).set(zigzag);
  new Uint32Array(memory.buffer, base + coderLayout.zigzagMasksAt, zigzagMasks.length).set(
    zigzagMasks,
  );
  // The DCT leaves values eight times too large; the millionth decides ties (see `quantise`).
  const scales = (values: Uint8Array): Float32Array =>
    Float32Array.from(values, (divisor) => (1 + 2 ** -20) / (divisor * 8));
  new Float32Array(memory.buffer, base + grid.lumaScales, 64).set(scales(tables.luminance));
  new Float32Array(memory.buffer, base + grid.chromaScales, 64).set(scales(tables.chrominance));
}

/** Reads the counts, leaves the codes in their place, and resets the coder for the second run. */
function makeTables({ memory }: Workspace, coder: number) {
  const huffman = [0, 1, 2, 3].map((k) => {
    const table = new Uint32Array(memory.buffer, coder + coderLayout.tablesAt + k * 1024, 256);
    const optimal = optimalTable(table);
    table.set(encodingTable(optimal));
    return optimal;
  });
  new Uint8Array(memory.buffer, coder, coderLayout.naturalAt).fill(0);
  return huffman;
}

/** For each row of a block and each set of its non-zero columns: those coefficients' zigzag positions. */
const zigzagMasks = ((): Uint32Array => {
  const masks = new Uint32Array(8 * 256 * 2);
  for (const [position, natural] of zigzag.entries()) {
    const [row, column] = [natural >> 3, natural & 7];
    for (const columns of Array(256).keys()) {
      if (!(columns & (1 << column))) continue;
      const word = (row * 256 + columns) * 2 + (position >> 5);
      masks[word] = (masks[word] ?? 0) | (1 << (position & 31));
    }
  }
  return masks;
})();

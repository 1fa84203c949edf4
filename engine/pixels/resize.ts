import { slackBytes, type Bitmap } from "./bitmap.ts";
import { resampleTaps, type Taps } from "./taps.ts";
import type { Workspace } from "./workspace.ts";

/** A rectangle in pixels; may be fractional. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where output pixels go. Strides may be negative or swapped, which turns and mirrors the picture. */
export interface Target {
  /** Address of the pixel that the source's first becomes. */
  readonly pointer: number;
  /** Bytes from one pixel of an output row to the next, and from one row to the next. */
  readonly pixelStride: number;
  readonly rowStride: number;
  /** Before turning. */
  readonly width: number;
  readonly height: number;
}

/** The samples of one axis: those of the window, averaged in cells, then filtered. */
export interface Axis {
  /** First source sample and number of them. */
  readonly from: number;
  readonly length: number;
  /** Samples averaged into one before the filter. */
  readonly cell: number;
  readonly cells: number;
  readonly taps: Taps;
}

interface Axes {
  readonly columns: Axis;
  readonly rows: Axis;
}

/**
 * Resamples `window` of `source` into `target`: see `resampleTaps`, after a box average where that loses
 * nothing. A window that overhangs the source sees its edge repeated.
 */
export function resize(workspace: Workspace, source: Bitmap, window: Window, target: Target): void {
  const columns = resampleAxis(source.width, window.x, window.width, target.width);
  const rows = resampleAxis(source.height, window.y, window.height, target.height);
  const isCopy = window.width === target.width && window.height === target.height;
  if (isCopy && Number.isInteger(window.x) && Number.isInteger(window.y)) {
    copy(workspace, source, columns.from, rows.from, target);
  } else {
    filter(workspace, source, target, { columns, rows });
  }
}

function copy({ kernels }: Workspace, source: Bitmap, x: number, y: number, target: Target): void {
  for (let row = 0; row < target.height; row++) {
    const from = source.pointer + (y + row) * source.stride + x * 4;
    kernels.place(from, target.width, target.pointer + row * target.rowStride, target.pixelStride);
  }
}

/**
 * Above a factor of four, averaging cells down to a factor of two or more leaves the filter enough to
 * work with and costs a fraction (libvips does the same: its `gap` of 2).
 */
function resampleAxis(samples: number, origin: number, size: number, outputs: number): Axis {
  const from = Math.max(0, Math.floor(origin));
  const length = Math.min(samples, Math.ceil(origin + size)) - from;
  const cell = Math.max(1, Math.floor(size / outputs / 2));
  const cells = Math.ceil(length / cell);
  return {
    from,
    length,
    cell,
    cells,
    taps: resampleTaps(cells, (origin - from) / cell, size / cell, outputs),
  };
}

/**
 * Runs both passes, row by row. Rows of the horizontal pass live in a ring just long enough for the
 * vertical one, so the target may be the source itself where nothing is scaled.
 */
export function filter(workspace: Workspace, source: Bitmap, target: Target, axes: Axes): void {
  const { kernels, memory } = workspace;
  const { columns, rows } = axes;
  const layout = layOut(columns, rows, target.width);
  const base = workspace.allocate(layout.bytes);
  const at = (part: keyof Layout): number => base + layout[part];
  writeTaps(memory, columns.taps, at("columnStarts"), at("columnWeights"));
  new Int16Array(memory.buffer, at("rowWeights"), rows.taps.weights.length).set(rows.taps.weights);

  const { pairs, starts } = rows.taps;
  const pointers = new Uint32Array(memory.buffer, at("pointers"), pairs);
  const slot = (pair: number): number => at("ring") + (pair % pairs) * layout.ringPairBytes;
  const lastPair = Math.ceil(rows.cells / 2);
  const finish = source.opaque ? kernels.narrow : kernels.narrowUnpremultiplied;
  let next = 0;
  for (let y = 0; y < target.height; y++) {
    const first = (starts[y] ?? 0) / 2;
    next = Math.max(next, first);
    for (; next < Math.min(first + pairs, lastPair); next++) {
      // Beyond the last row its own weight is 0, but there must be something to multiply.
      const below = Math.min(next * 2 + 1, rows.cells - 1);
      readLine(workspace, source, axes, next * 2, at("lineA"), at("sums"));
      readLine(workspace, source, axes, below, at("lineB"), at("sums"));
      kernels.convolveRows(
        at("lineA"),
        at("lineB"),
        at("columnStarts"),
        at("columnWeights"),
        columns.taps.pairs,
        target.width,
        slot(next),
      );
    }
    pointers.forEach((_, k) => {
      pointers[k] = slot(first + k);
    });
    const weights = at("rowWeights") + y * pairs * 4;
    kernels.blendRows(at("pointers"), weights, pairs, target.width, at("blended"));
    finish(at("blended"), target.width, at("bytesLine"));
    kernels.place(
      at("bytesLine"),
      target.width,
      target.pointer + y * target.rowStride,
      target.pixelStride,
    );
  }
  workspace.free(base);
}

/** One row of cells to a line: the source row itself where a cell is one pixel. */
function readLine(
  { kernels, memory }: Workspace,
  source: Bitmap,
  { columns, rows }: Axes,
  row: number,
  line: number,
  sums: number,
): void {
  const widen = source.opaque ? kernels.widen : kernels.widenPremultiplied;
  const first = rows.from + row * rows.cell;
  const count = Math.min(rows.cell, rows.from + rows.length - first);
  const pixels = source.pointer + first * source.stride + columns.from * 4;
  if (rows.cell === 1 && columns.cell === 1) {
    widen(pixels, columns.length, line);
    return;
  }
  new Uint8Array(memory.buffer, sums, columns.cells * 16).fill(0);
  for (let y = 0; y < count; y++) {
    widen(pixels + y * source.stride, columns.length, line);
    kernels.addToCells(line, columns.length, columns.cell, sums);
  }
  // The last cell may hold fewer columns than the others.
  const lastColumns = columns.length - (columns.cells - 1) * columns.cell;
  const share = 1 / (count * columns.cell);
  kernels.averageCells(sums, columns.cells, share, 1 / (count * lastColumns), line);
}

function writeTaps(memory: WebAssembly.Memory, taps: Taps, starts: number, weights: number): void {
  new Uint32Array(memory.buffer, starts, taps.starts.length).set(
    taps.starts.map((start) => start * 8),
  );
  new Int16Array(memory.buffer, weights, taps.weights.length).set(taps.weights);
}

type Layout = ReturnType<typeof layOut>;

/** Offsets of the parts in one block of memory. */
function layOut(columns: Axis, rows: Axis, width: number) {
  let bytes = 0;
  const take = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil((size + slackBytes) / 16) * 16;
    return offset;
  };
  const columnTaps = columns.taps.pairs * 2;
  const lineBytes = (columns.length + columnTaps) * 8;
  const ringPairBytes = width * 16 + 2 * slackBytes;
  const boxed = rows.cell > 1 || columns.cell > 1;
  return {
    columnStarts: take(width * 4),
    columnWeights: take(columns.taps.weights.byteLength),
    rowWeights: take(rows.taps.weights.byteLength),
    pointers: take(rows.taps.pairs * 4),
    lineA: take(lineBytes),
    lineB: take(lineBytes),
    sums: take(boxed ? columns.cells * 16 : 0),
    ring: take(rows.taps.pairs * ringPairBytes),
    ringPairBytes,
    blended: take(width * 8),
    bytesLine: take(width * 4),
    bytes,
  };
}

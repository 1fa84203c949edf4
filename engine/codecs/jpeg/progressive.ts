import { allocateBitmap, type Bitmap } from "../../pixels/bitmap.ts";
import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import type { Frame, JpegReader, Scan } from "./syntax/header.ts";
import { layOutJpeg, type JpegLayout, type Plane } from "./layout.ts";
import { lookupTable, lookupTableBytes } from "./lookup.ts";
import { skipData } from "./syntax/markers.ts";
import { writePatterns } from "./patterns.ts";
import { JpegRows } from "./rows.ts";
import type { JpegScale } from "./scale.ts";
import { JpegScan } from "./syntax/scan.ts";

/**
 * Decodes a complete progressive picture. Scans that the scale cannot show are passed over: at an eighth
 * of the size, only the means of luma's blocks count. `unfinished` where scans are missing that nothing
 * builds upon, undefined for anything else irregular.
 */
export function decodeProgressive(
  workspace: Workspace,
  source: Uint8Array,
  reader: JpegReader,
  frame: Frame,
  first: Scan,
  scale: JpegScale,
): Bitmap | "unfinished" | undefined {
  const layout = layOutJpeg(frame, scale);
  if (!layout) return undefined;
  const input = workspace.allocate(source.length);
  bytesAt(workspace, input, source.length).set(source);
  const base = workspace.allocate(layout.bytes);
  const store = new Coefficients(workspace, frame, layout);
  const decoder = new ScanDecoder(workspace, source, input, base, layout, store);
  let scan: Scan | "end" | undefined = first;
  while (scan && scan !== "end") {
    const end = decoder.decode(scan);
    scan = end === undefined ? undefined : reader.nextScan(end);
  }
  workspace.free(input);
  let picture: Bitmap | "unfinished" | undefined;
  if (scan === "end" && !store.isComplete()) {
    picture = "unfinished";
  } else if (scan === "end") {
    picture = allocateBitmap(workspace, layout.width, layout.height, true);
    writePatterns(workspace, reader, frame, layout, base);
    store.show(base, new JpegRows(workspace, layout, base, picture));
  }
  workspace.free(store.pointer);
  workspace.free(base);
  return picture;
}

const blockBytes = 128;

/** The coefficients of the whole picture, and how many bits of each are known. */
class Coefficients {
  readonly pointer: number;
  readonly #workspace: Workspace;
  readonly #layout: JpegLayout;
  readonly #grids: readonly Grid[];
  /** For each component and position, the bits still to come; -1 where nothing has come yet. */
  readonly #missing: readonly Int8Array[];

  constructor(workspace: Workspace, frame: Frame, layout: JpegLayout) {
    let bytes = 0;
    const h = Math.max(...layout.planes.map((plane) => plane.h));
    const v = Math.max(...layout.planes.map((plane) => plane.v));
    this.#grids = layout.planes.map((plane) => {
      const stride = layout.mcusPerRow * plane.h * blockBytes;
      const grid = {
        offset: bytes,
        stride,
        // A scan of one component covers the picture alone, not the padding of the last MCU.
        columns: Math.ceil((frame.width * plane.h) / (8 * h)),
        rows: Math.ceil((frame.height * plane.v) / (8 * v)),
      };
      bytes += stride * layout.mcuRows * plane.v;
      return grid;
    });
    this.#workspace = workspace;
    this.#layout = layout;
    this.#missing = layout.planes.map(() => new Int8Array(64).fill(-1));
    this.pointer = workspace.allocate(bytes);
    bytesAt(workspace, this.pointer, bytes).fill(0);
  }

  /** Where the component's blocks lie. */
  grid(index: number): Grid | undefined {
    const grid = this.#grids[index];
    return grid && { ...grid, offset: this.pointer + grid.offset };
  }

  /** Whether a scan adds bits to what no scan began: there is nothing that they could add to. */
  isForeign({ components, start, end, high }: Scan): boolean {
    if (high === 0) return false;
    return components.some(({ index }) =>
      this.#missing[index]?.subarray(start, end + 1).every((bits) => bits === -1),
    );
  }

  /** Notes what a scan brings; false where it is not what must come next. */
  note({ components, start, end, high, low }: Scan): boolean {
    return components.every(({ index }) => {
      const missing = this.#missing[index]?.subarray(start, end + 1);
      const expected = high === 0 ? -1 : high;
      if (!missing || missing.some((bits) => bits !== expected)) return false;
      missing.fill(low);
      return true;
    });
  }

  isComplete(): boolean {
    return this.#missing.every((missing) => missing.every((bits) => bits === 0));
  }

  show(base: number, rows: JpegRows): void {
    const { kernels } = this.#workspace;
    const { planes, mcusPerRow, mcuRows, scan } = this.#layout;
    const showRow = (plane: Plane, grid: Grid, mcuRow: number, row: number): void => {
      const blocks = this.pointer + grid.offset + (mcuRow * plane.v + row) * grid.stride;
      const out = base + plane.offset + row * plane.side * plane.stride;
      const patterns = base + plane.patterns;
      const count = mcusPerRow * plane.h;
      kernels.showBlocks(base + scan, blocks, count, patterns, plane.side, out, plane.stride);
    };
    for (let mcuRow = 0; mcuRow < mcuRows; mcuRow++) {
      for (const [k, plane] of planes.entries()) {
        const grid = this.#grids[k];
        if (!grid) continue;
        for (let row = 0; row < plane.v; row++) showRow(plane, grid, mcuRow, row);
      }
      rows.write(mcuRow);
    }
  }
}

interface Grid {
  readonly offset: number;
  readonly stride: number;
  /** Blocks that a scan of this component alone covers. */
  readonly columns: number;
  readonly rows: number;
}

class ScanDecoder {
  readonly #workspace: Workspace;
  readonly #source: Uint8Array;
  readonly #input: number;
  readonly #base: number;
  readonly #layout: JpegLayout;
  readonly #store: Coefficients;

  constructor(
    workspace: Workspace,
    source: Uint8Array,
    input: number,
    base: number,
    layout: JpegLayout,
    store: Coefficients,
  ) {
    this.#workspace = workspace;
    this.#source = source;
    this.#input = input;
    this.#base = base;
    this.#layout = layout;
    this.#store = store;
  }

  /** Where the scan ends in the source. */
  decode(scan: Scan): number | undefined {
    const { start, end, high, low, components } = scan;
    const isBand = start === 0 ? end === 0 : start <= end && end <= 63 && components.length === 1;
    const isStep = low <= 13 && (high === 0 || high === low + 1);
    if (!isBand || !isStep) return undefined;
    if (this.#store.isForeign(scan)) return skipData(this.#source, scan.dataStart);
    if (!this.#store.note(scan)) return undefined;
    const only = components[0]?.index ?? 0;
    if (start > 0 && this.#layout.planes[only]?.side === 1) {
      return skipData(this.#source, scan.dataStart);
    }
    const state = this.#base + this.#layout.scan;
    const data = new JpegScan(this.#workspace, this.#source, scan, this.#input, state);
    const sound = start === 0 ? this.#decodeDc(scan, data) : this.#decodeAc(scan, data, only);
    return sound ? data.endMarker : undefined;
  }

  #decodeDc(scan: Scan, data: JpegScan): boolean {
    const { kernels, memory } = this.#workspace;
    const { mcusPerRow, mcuRows, plan } = this.#layout;
    const alone = scan.components.length === 1;
    const grid = this.#store.grid(scan.components[0]?.index ?? 0);
    const rows = alone ? (grid?.rows ?? 0) : mcuRows;
    const columns = alone ? (grid?.columns ?? 0) : mcusPerRow;
    const records = new Uint32Array(
      memory.buffer,
      this.#base + plan,
      this.#layout.blocksPerMcu * 4,
    );
    for (let row = 0; row < rows; row++) {
      const blocks = this.#planDc(scan, row, alone, row === 0);
      if (!blocks || blocks.length > records.length) return false;
      records.set(blocks);
      const sound = data.decode(columns, (first, count) =>
        kernels.decodeDc(
          this.#base + this.#layout.scan,
          this.#base + plan,
          blocks.length / 4,
          first,
          count,
          scan.low,
          scan.high > 0,
        ),
      );
      if (!sound) return false;
    }
    return true;
  }

  /** A record for each block of an MCU, as engine/kernels/pixels/jpeg-progressive.ts reads it. */
  #planDc(scan: Scan, row: number, alone: boolean, first: boolean): number[] | undefined {
    const records: number[] = [];
    for (const { index, dc } of scan.components) {
      const plane = this.#layout.planes[index];
      const grid = this.#store.grid(index);
      if (!plane || !grid || (!dc && scan.high === 0)) return undefined;
      const table = this.#base + plane.lookups;
      if (first && dc) this.#writeTable(table, dc);
      const [h, v] = alone ? [1, 1] : [plane.h, plane.v];
      for (let block = 0; block < h * v; block++) {
        const line = row * v + Math.floor(block / h);
        const at = grid.offset + line * grid.stride + (block % h) * blockBytes;
        records.push(index, table, at, h * blockBytes);
      }
    }
    return records;
  }

  #decodeAc(scan: Scan, data: JpegScan, index: number): boolean {
    const { kernels } = this.#workspace;
    const plane = this.#layout.planes[index];
    const grid = this.#store.grid(index);
    const ac = scan.components[0]?.ac;
    if (!plane || !grid || !ac) return false;
    const table = this.#base + plane.lookups;
    this.#writeTable(table, ac);
    const state = this.#base + this.#layout.scan;
    const decode = scan.high === 0 ? kernels.decodeAc : kernels.refineAc;
    for (let row = 0; row < grid.rows; row++) {
      const line = grid.offset + row * grid.stride;
      const sound = data.decode(grid.columns, (first, count) =>
        decode(state, table, line + first * blockBytes, count, scan.start, scan.end, scan.low),
      );
      if (!sound) return false;
    }
    return true;
  }

  #writeTable(at: number, table: Parameters<typeof lookupTable>[0]): void {
    bytesAt(this.#workspace, at, lookupTableBytes).set(lookupTable(table, "symbols"));
  }
}

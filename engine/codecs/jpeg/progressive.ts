import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { lookupTable, lookupTableBytes } from "./lookup.ts";
import type { KeptBlocks, McuRows, PlaneLayout } from "./plane-layout.ts";
import { CoefficientStore } from "./coefficient-store.ts";
import { writeSkips } from "./skips.ts";
import type { Frame, JpegReader, Scan } from "./syntax/header.ts";
import { skipData } from "./syntax/markers.ts";
import { JpegScan } from "./syntax/scan.ts";

/**
 * Reads all scans of a progressive picture, then shows its blocks row by row of MCUs. Scans that the scale
 * cannot show are passed over: at an eighth of the size, only the means of blocks count. Where scans are
 * missing at the end that nothing builds upon, what they would bring is estimated, as browsers do. Undefined
 * for anything else irregular.
 */
export function readProgressive(
  workspace: Workspace,
  source: Uint8Array,
  reader: JpegReader,
  frame: Frame,
  first: Scan,
  divisors: readonly Uint16Array[],
  layout: PlaneLayout,
  base: number,
): McuRows | undefined {
  const store = new CoefficientStore(workspace, frame, layout, base);
  // Behind what stays, so that the encoder's memory takes its place.
  const input = workspace.allocate(source.length);
  bytesAt(workspace, input, source.length).set(source);
  const decoder = new ScanDecoder(workspace, source, input, base, layout, store);
  let scan: Scan | "end" | undefined = first;
  while (scan && scan !== "end") {
    const end = decoder.decode(scan);
    scan = end === undefined ? undefined : reader.nextScan(end);
  }
  workspace.free(input);
  if (scan === "end") {
    store.smooth(divisors);
    return store;
  }
  store.free();
  return undefined;
}

class ScanDecoder {
  readonly #workspace: Workspace;
  readonly #source: Uint8Array;
  readonly #input: number;
  readonly #base: number;
  readonly #layout: PlaneLayout;
  readonly #store: CoefficientStore;

  constructor(
    workspace: Workspace,
    source: Uint8Array,
    input: number,
    base: number,
    layout: PlaneLayout,
    store: CoefficientStore,
  ) {
    this.#workspace = workspace;
    this.#source = source;
    this.#input = input;
    this.#base = base;
    this.#layout = layout;
    this.#store = store;
  }

  /** Where the scan ends in the source; undefined where anything in it is out of order. */
  decode(scan: Scan): number | undefined {
    const { start, end, high, low, components } = scan;
    const isBand = start === 0 ? end === 0 : start <= end && end <= 63 && components.length === 1;
    const isStep = low <= 13 && (high === 0 || high === low + 1);
    if (!isBand || !isStep) return undefined;
    if (this.#store.isForeign(scan)) return skipData(this.#source, scan.dataStart);
    if (!this.#store.note(scan)) return undefined;
    const only = this.#store.blocks[components[0]?.index ?? 0];
    if (!only) return undefined;
    if (start > 0 && only.masks === 0) return skipData(this.#source, scan.dataStart);
    const state = this.#base + this.#layout.scan;
    const data = new JpegScan(this.#workspace, this.#source, scan, this.#input, state);
    const inOrder =
      start === 0 ? this.#decodeDc(scan, data, only) : this.#decodeAc(scan, data, only);
    return inOrder ? data.endMarker : undefined;
  }

  #decodeDc(scan: Scan, data: JpegScan, only: KeptBlocks): boolean {
    const { kernels, memory } = this.#workspace;
    const { mcusPerRow, mcuRows, blocksPerMcu } = this.#layout;
    const alone = scan.components.length === 1;
    const state = this.#base + this.#layout.scan;
    const plan = this.#base + this.#layout.plan;
    for (let row = 0; row < (alone ? only.rows : mcuRows); row++) {
      const records = this.#planDc(scan, row, alone);
      if (!records || records.length > 4 * blocksPerMcu) return false;
      new Uint32Array(memory.buffer, plan, records.length).set(records);
      const inOrder = data.decode(alone ? only.columns : mcusPerRow, (first, count) =>
        kernels.decodeDc(state, plan, records.length / 4, first, count, scan.low, scan.high > 0),
      );
      if (!inOrder) return false;
    }
    return true;
  }

  /** A record for each block of an MCU, as engine/kernels/pixels/jpeg-progressive.ts reads it. */
  #planDc(scan: Scan, row: number, alone: boolean): number[] | undefined {
    const records: number[] = [];
    for (const { index, dc } of scan.components) {
      const own = this.#layout.components[index];
      const blocks = this.#store.blocks[index];
      if (!own || !blocks || (!dc && scan.high === 0)) return undefined;
      const table = this.#base + own.lookups;
      if (row === 0 && dc) this.#writeTable(table, dc);
      const [h, v] = alone ? [1, 1] : [own.h, own.v];
      for (let block = 0; block < h * v; block++) {
        const line = row * v + Math.floor(block / h);
        const at = blocks.kept + (line * blocks.across + (block % h)) * blocks.keptBytes;
        records.push(index, table, at, h * blocks.keptBytes);
      }
    }
    return records;
  }

  #decodeAc(scan: Scan, data: JpegScan, blocks: KeptBlocks): boolean {
    const { kernels } = this.#workspace;
    const { index = 0, ac } = scan.components[0] ?? {};
    const own = this.#layout.components[index];
    if (!own || !ac) return false;
    const table = this.#base + own.lookups;
    this.#writeTable(table, ac);
    writeSkips(this.#workspace, ac, this.#base + this.#layout.codes, table + lookupTableBytes);
    const state = this.#base + this.#layout.scan;
    const decode = scan.high === 0 ? kernels.decodeAc : kernels.refineAc;
    for (let row = 0; row < blocks.rows; row++) {
      const inOrder = data.decode(blocks.columns, (first, count) => {
        const block = row * blocks.across + first;
        return decode(
          state,
          table,
          blocks.masks + block * 8,
          blocks.kept + block * blocks.keptBytes,
          blocks.keptBytes,
          blocks.slots,
          count,
          scan.start,
          scan.end,
          scan.low,
        );
      });
      if (!inOrder) return false;
    }
    return true;
  }

  #writeTable(at: number, table: Parameters<typeof lookupTable>[0]): void {
    bytesAt(this.#workspace, at, lookupTableBytes).set(lookupTable(table, "symbols"));
  }
}

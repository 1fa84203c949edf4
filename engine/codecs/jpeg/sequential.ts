import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { lookupTable, lookupTableBytes } from "./lookup.ts";
import type { McuRows, PlaneLayout } from "./plane-layout.ts";
import { writeSkips } from "./skips.ts";
import type { Frame, Scan } from "./syntax/header.ts";
import type { HuffmanTable } from "./syntax/huffman.ts";
import { JpegScan } from "./syntax/scan.ts";

/** Whether one scan holds the picture: all components, all coefficients, in the frame's order. */
export function isWhole(frame: Frame, { components, start, end, high, low }: Scan): boolean {
  const complete = components.length === frame.components.length && start === 0 && end === 63;
  return (
    complete &&
    high + low === 0 &&
    components.every(({ index, dc, ac }, k) => index === k && dc && ac && isDcTable(dc.symbols))
  );
}

/** Eight-bit samples have differences of eleven bits at most. */
function isDcTable(symbols: Uint8Array): boolean {
  return symbols.every((size) => size <= 11);
}

/** Decodes a sequential scan row by row of MCUs as they are asked for; no coefficients are kept. */
export class SequentialRows implements McuRows {
  readonly #workspace: Workspace;
  readonly #source: Uint8Array;
  readonly #layout: PlaneLayout;
  readonly #base: number;
  readonly #input: number;
  readonly #data: JpegScan;
  readonly #records: Uint32Array;

  /** The memory at `base` is `layout`'s, with its patterns already there. */
  constructor(
    workspace: Workspace,
    source: Uint8Array,
    scan: Scan,
    layout: PlaneLayout,
    base: number,
  ) {
    this.#workspace = workspace;
    this.#source = source;
    this.#layout = layout;
    this.#base = base;
    this.#input = workspace.allocate(source.length);
    bytesAt(workspace, this.#input, source.length).set(source);
    this.#records = writeTables(workspace, scan, layout, base);
    this.#data = new JpegScan(workspace, source, scan, this.#input, base + layout.scan);
  }

  decode(mcuRow: number): boolean {
    const { kernels } = this.#workspace;
    const { scan, plan, blocksPerMcu, mcusPerRow, shown } = this.#layout;
    const isShown = mcuRow >= shown.rows.from && mcuRow < shown.rows.end;
    const { from, end } = isShown ? shown.columns : { from: 0, end: 0 };
    this.#writePlan(mcuRow);
    return this.#data.decode(mcusPerRow, (first, count) =>
      kernels.decodeMcus(
        this.#base + scan,
        this.#base + plan,
        blocksPerMcu,
        first,
        count,
        from,
        end,
      ),
    );
  }

  /** With its last block the picture is whole, whatever follows; where nothing does, it may have been cut. */
  isComplete(): boolean {
    const { endMarker, hasMore } = this.#data;
    return endMarker !== undefined && (endMarker < this.#source.length || hasMore);
  }

  free(): void {
    this.#workspace.free(this.#input);
  }

  /** The records, with the addresses of this row's samples in the rings. */
  #writePlan(mcuRow: number): void {
    const plan = new Uint32Array(
      this.#workspace.memory.buffer,
      this.#base + this.#layout.plan,
      this.#records.length,
    );
    plan.set(this.#records);
    let record = 0;
    for (const { h, v, rowsPerMcu, ringRows, stride } of this.#layout.components) {
      const offset = ((mcuRow * rowsPerMcu) % ringRows) * stride;
      for (let block = 0; block < h * v; block++, record += 8) {
        plan[record + 5] = (plan[record + 5] ?? 0) + offset;
      }
    }
  }
}

/** Writes the look-up tables and returns the record of each block of an MCU, as decodeMcus reads it. */
function writeTables(
  workspace: Workspace,
  scan: Scan,
  { components, codes }: PlaneLayout,
  base: number,
): Uint32Array {
  // Both planes of chroma nearly always have the same.
  const made = new Map<HuffmanTable, Uint8Array>();
  const lookUp = (table: HuffmanTable, kind: "dc" | "ac"): Uint8Array => {
    const lookup = made.get(table) ?? lookupTable(table, kind);
    made.set(table, lookup);
    return lookup;
  };
  const records = components.flatMap((own, index) => {
    const { dc, ac } = scan.components[index] ?? {};
    if (!dc || !ac) throw new Error("a whole scan has its tables");
    const dcTable = base + own.lookups;
    const acTable = dcTable + lookupTableBytes;
    bytesAt(workspace, dcTable, lookupTableBytes).set(lookUp(dc, "dc"));
    bytesAt(workspace, acTable, lookupTableBytes).set(lookUp(ac, "ac"));
    writeSkips(workspace, ac, base + codes, acTable + lookupTableBytes);
    return Array.from({ length: own.h * own.v }, (_, block) => {
      const x = (block % own.h) * own.side;
      const y = Math.floor(block / own.h) * own.side;
      const out = base + own.samples + y * own.stride + x;
      const patterns = base + own.patterns;
      return [index, dcTable, acTable, patterns, own.side, out, own.stride, own.h * own.side];
    });
  });
  return Uint32Array.from(records.flat());
}

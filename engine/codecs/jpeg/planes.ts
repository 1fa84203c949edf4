import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import { DamagedSource, type DecodedPlanes, type DecodeRequest } from "../codec.ts";
import { cosineOfCell, patternTable } from "./patterns.ts";
import { layOutPlanes, type McuRows, type PlaneLayout } from "./plane-layout.ts";
import { readProgressive } from "./progressive.ts";
import { isWhole, SequentialRows } from "./sequential.ts";
import { JpegReader, type Frame } from "./syntax/header.ts";
import { endOfImage, skipData } from "./syntax/markers.ts";

/**
 * Opens the usual JPEGs: well-formed files of eight-bit grey or YCbCr. Undefined for
 * anything rarer, and for any irregularity in what is read at once, however small; what shows later throws
 * `DamagedSource`. Either way libjpeg-turbo then decodes the file or says what is wrong with it, so that
 * there is one judge of what is damaged.
 */
export function openPlanes(
  source: Uint8Array,
  { workspace, shrink, planes }: DecodeRequest,
): DecodedPlanes | undefined {
  const reader = new JpegReader(source);
  const layOut = (frame: Frame) => layOutPlanes(frame, shrink, planes);
  const opened = openRows(workspace, source, reader, layOut);
  if (!opened) return undefined;
  const { rows, layout, base } = opened;
  let done = 0;
  const decodeUpTo = (end: number): void => {
    for (; done < end; done++) if (!rows.decode(done)) throw new DamagedSource();
  };
  return {
    samples: "planes",
    workspace,
    size: layout.size,
    planes: layout.components.map((own) => ({
      pointer: base + own.samples,
      stride: own.stride,
      width: own.width,
      height: own.height,
      extentX: own.extentX,
      extentY: own.extentY,
      ringRows: own.ringRows,
      ready: (row) => decodeUpTo(Math.floor(row / own.rowsPerMcu) + 1),
    })),
    finish() {
      decodeUpTo(layout.mcuRows);
      if (!rows.isComplete()) throw new DamagedSource();
    },
    free() {
      rows.free();
      workspace.free(base);
    },
  };
}

/**
 * Whether the data of a picture in any colours are in order up to its last block, whatever libjpeg-turbo
 * reports about bytes between or behind them, or about missing scans, whose bits it guesses.
 */
export function isInOrder(workspace: Workspace, source: Uint8Array): boolean {
  // At a quarter of the size every scan is read, and little is kept.
  const window = { x: 0, y: 0, width: 0, height: 0 };
  const request = { ratio: 8, chromaRatio: 8, rowsAtOnce: 0, window };
  const reader = new JpegReader(source, { anyColours: true });
  const opened = openRows(workspace, source, reader, (frame) => layOutPlanes(frame, 4, request));
  if (!opened) return false;
  const { rows, layout, base } = opened;
  let row = 0;
  while (row < layout.mcuRows && rows.decode(row)) row++;
  const isComplete = row === layout.mcuRows && rows.isComplete();
  rows.free();
  workspace.free(base);
  return isComplete;
}

/**
 * A sequential picture that ends behind its data, without the further scans or the second picture there, which
 * libjpeg-turbo would read too. Undefined where it ends so already or no marker follows, and for pictures of several
 * scans.
 */
export function withoutWhatFollows(source: Uint8Array): Uint8Array | undefined {
  const reader = new JpegReader(source, { anyColours: true });
  const scan = reader.nextScan(2);
  const { frame } = reader;
  if (frame?.coding !== "sequential" || !scan || scan === "end" || !isWhole(frame, scan)) {
    return undefined;
  }
  const end = skipData(source, scan.dataStart);
  const endsThere = source[end + 1] === endOfImage && end + 2 === source.length;
  if (end === source.length || endsThere) return undefined;
  const alone = new Uint8Array(end + 2);
  alone.set(source.subarray(0, end));
  alone.set([0xff, endOfImage], end);
  return alone;
}

interface OpenedRows {
  readonly rows: McuRows;
  readonly layout: PlaneLayout;
  readonly base: number;
}

function openRows(
  workspace: Workspace,
  source: Uint8Array,
  reader: JpegReader,
  layOut: (frame: Frame) => PlaneLayout | undefined,
): OpenedRows | undefined {
  const scan = reader.nextScan(2);
  const { frame } = reader;
  if (!frame || !scan || scan === "end" || frame.coding === "other") return undefined;
  const divisors = frame.components.flatMap(({ table }) => reader.divisorsOf(table) ?? []);
  const layout = divisors.length === frame.components.length ? layOut(frame) : undefined;
  if (!layout || (frame.coding === "sequential" && !isWhole(frame, scan))) return undefined;
  const base = workspace.allocate(layout.bytes);
  for (const [index, { side, patterns }] of layout.components.entries()) {
    const own = divisors[index] ?? new Uint16Array(64);
    // Chroma that was left at a smaller scale than luma is about as large as the output wants it.
    const isLeftSmall = side < (layout.components[0]?.side ?? side);
    const table = isLeftSmall ? patternTable(side, own, cosineOfCell) : patternTable(side, own);
    bytesAt(workspace, base + patterns, table.length).set(table);
  }
  const rows =
    frame.coding === "sequential"
      ? new SequentialRows(workspace, source, scan, layout, base)
      : readProgressive(workspace, source, reader, frame, scan, divisors, layout, base);
  if (rows) return { rows, layout, base };
  workspace.free(base);
  return undefined;
}

import { allocateBitmap, type Bitmap } from "../../pixels/bitmap.ts";
import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import type { Frame, JpegReader, Scan } from "./syntax/header.ts";
import { layOutJpeg, type JpegLayout } from "./layout.ts";
import { lookupTable, lookupTableBytes } from "./lookup.ts";
import { endOfImage } from "./syntax/markers.ts";
import { writePatterns } from "./patterns.ts";
import { JpegRows } from "./rows.ts";
import type { JpegScale } from "./scale.ts";
import { JpegScan } from "./syntax/scan.ts";

/**
 * Decodes a picture of one sequential scan in one pass over the data, with neither coefficients nor
 * full-size rows in memory. Undefined for anything else and for any irregularity in the data.
 */
export function decodeSequential(
  workspace: Workspace,
  source: Uint8Array,
  reader: JpegReader,
  frame: Frame,
  scan: Scan,
  scale: JpegScale,
): Bitmap | undefined {
  const layout = isWhole(frame, scan) ? layOutJpeg(frame, scale) : undefined;
  if (!layout) return undefined;
  const input = workspace.allocate(source.length);
  const base = workspace.allocate(layout.bytes);
  const bitmap = allocateBitmap(workspace, layout.width, layout.height, true);
  bytesAt(workspace, input, source.length).set(source);
  writePatterns(workspace, reader, frame, layout, base);
  writePlan(workspace, scan, layout, base);
  const data = new JpegScan(workspace, source, scan, input, base + layout.scan);
  const rows = new JpegRows(workspace, layout, base, bitmap);
  const sound = decodeRows(workspace, layout, base, data, rows);
  workspace.free(base);
  workspace.free(input);
  if (sound && source[(data.endMarker ?? 0) + 1] === endOfImage) return bitmap;
  workspace.free(bitmap.pointer);
  return undefined;
}

/** All components, all coefficients, in the frame's order, with tables for all. */
function isWhole(frame: Frame, { components, start, end, high, low }: Scan): boolean {
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

function decodeRows(
  { kernels }: Workspace,
  layout: JpegLayout,
  base: number,
  data: JpegScan,
  rows: JpegRows,
): boolean {
  const [state, plan] = [base + layout.scan, base + layout.plan];
  for (let mcuRow = 0; mcuRow < layout.mcuRows; mcuRow++) {
    const sound = data.decode(layout.mcusPerRow, (first, count) =>
      kernels.decodeMcus(state, plan, layout.blocksPerMcu, first, count),
    );
    if (!sound) return false;
    rows.write(mcuRow);
  }
  return true;
}

/** The record of each block of an MCU, as engine/kernels/pixels/jpeg-scan.ts reads it. */
function writePlan(workspace: Workspace, scan: Scan, layout: JpegLayout, base: number): void {
  const records: number[] = [];
  layout.planes.forEach((plane, index) => {
    const { dc, ac } = scan.components[index] ?? {};
    if (!dc || !ac) return;
    const lookups = base + plane.lookups;
    bytesAt(workspace, lookups, lookupTableBytes).set(lookupTable(dc, "dc"));
    bytesAt(workspace, lookups + lookupTableBytes, lookupTableBytes).set(lookupTable(ac, "ac"));
    for (let block = 0; block < plane.h * plane.v; block++) {
      const x = (block % plane.h) * plane.side;
      const y = Math.floor(block / plane.h) * plane.side;
      records.push(
        index,
        lookups,
        lookups + lookupTableBytes,
        base + plane.patterns,
        plane.side,
        base + plane.offset + y * plane.stride + x,
        plane.stride,
        plane.h * plane.side,
      );
    }
  });
  new Uint32Array(workspace.memory.buffer, base + layout.plan, records.length).set(records);
}

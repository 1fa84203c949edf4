import type { Frame } from "./syntax/header.ts";
import { lookupTableBytes } from "./lookup.ts";
import { patternBytes } from "./patterns.ts";
import { scaledSide, type JpegScale } from "./scale.ts";
import { scanBytes } from "./syntax/scan.ts";

/** How a JPEG is decoded at one scale, and where each part of the memory for it lies. */
export interface JpegLayout {
  readonly width: number;
  readonly height: number;
  readonly mcusPerRow: number;
  readonly mcuRows: number;
  /** Output rows of one row of MCUs. */
  readonly rowsPerMcu: number;
  readonly planes: readonly Plane[];
  /** A row that needs the next one of a plane has to wait for the next row of MCUs. */
  readonly delayed: boolean;
  readonly blocksPerMcu: number;
  // Offsets of the parts in one block of memory.
  readonly scan: number;
  readonly plan: number;
  readonly grey: number;
  readonly bytes: number;
}

/** The samples of one component for one row of MCUs, and above them the last row of those before. */
export interface Plane {
  /** Blocks of an MCU. */
  readonly h: number;
  readonly v: number;
  /** Samples of a block at this scale. */
  readonly side: number;
  /** How far the samples lie apart in the picture: 1 or 2. */
  readonly across: number;
  readonly down: number;
  readonly width: number;
  readonly height: number;
  readonly rowsPerMcu: number;
  readonly stride: number;
  /** Offset of the first sample; the row above is one stride less. */
  readonly offset: number;
  /** Offsets of a row at the picture's own width, and of the tables. */
  readonly interpolated: number;
  readonly lookups: number;
  readonly patterns: number;
}

const recordWords = 8;
/** What kernels write on either side of a row. */
const marginBytes = 16;

/** Undefined where a component lies neither as dense as the picture nor half as dense. */
export function layOutJpeg(frame: Frame, scale: JpegScale): JpegLayout | undefined {
  const h = Math.max(...frame.components.map((component) => component.h));
  const v = Math.max(...frame.components.map((component) => component.v));
  const width = scaledSide(frame.width, scale);
  const height = scaledSide(frame.height, scale);
  const mcusPerRow = Math.ceil(frame.width / (8 * h));
  let bytes = 0;
  const take = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return offset;
  };
  const makePlane = (component: Frame["components"][number]): Plane => {
    const densities = [h / component.h, v / component.v] as const;
    // A component of fewer samples is decoded at a larger scale, if it has one, to lie as dense.
    const side = Math.min(8, scale * Math.min(...densities));
    const [across, down] = [(densities[0] * scale) / side, (densities[1] * scale) / side];
    const rowsPerMcu = component.v * side;
    const stride = Math.ceil((mcusPerRow * component.h * side) / 16) * 16 + 2 * marginBytes;
    const rows = take((rowsPerMcu + 1) * stride);
    return {
      h: component.h,
      v: component.v,
      side,
      across,
      down,
      width: Math.ceil(width / across),
      height: Math.ceil(height / down),
      rowsPerMcu,
      stride,
      offset: rows + stride + marginBytes,
      interpolated: take(width + 2 * marginBytes),
      lookups: take(2 * lookupTableBytes),
      patterns: take(patternBytes(side)),
    };
  };
  const planes = frame.components.map(makePlane);
  const supported = planes.every(
    ({ side, across, down }) =>
      [1, 2, 4, 8].includes(side) && [1, 2].includes(across) && [1, 2].includes(down),
  );
  if (!supported) return undefined;
  const blocksPerMcu = planes.reduce((sum, plane) => sum + plane.h * plane.v, 0);
  return {
    width,
    height,
    mcusPerRow,
    mcuRows: Math.ceil(frame.height / (8 * v)),
    rowsPerMcu: v * scale,
    planes,
    delayed: planes.some((plane) => plane.down > 1),
    blocksPerMcu,
    scan: take(scanBytes),
    plan: take(blocksPerMcu * recordWords * 4),
    grey: take(width + 2 * marginBytes),
    bytes,
  };
}

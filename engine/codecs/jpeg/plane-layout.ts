import type { Size } from "../../../core/image/size.ts";
import type { PlaneRequest } from "../codec.ts";
import { codesTableBytes, lookupTableBytes, skipTableBytes } from "./lookup.ts";
import { lowestOf, patternBytes, positionsOf } from "./patterns.ts";
import type { JpegScale } from "./scale.ts";
import type { Frame } from "./syntax/header.ts";
import { scanBytes } from "./syntax/scan.ts";

/** How a JPEG becomes planes, and where each part of the memory for it lies. */
export interface PlaneLayout {
  /** Size of the picture at its scale. */
  readonly size: Size;
  readonly mcusPerRow: number;
  readonly mcuRows: number;
  readonly blocksPerMcu: number;
  /** MCUs that become samples, from the first up to the end; the others are only read. */
  readonly shown: { readonly columns: Range; readonly rows: Range };
  readonly components: readonly Component[];
  // Offsets in one block of memory.
  readonly scan: number;
  readonly plan: number;
  /** For the making of a table. */
  readonly codes: number;
  readonly bytes: number;
}

interface Range {
  readonly from: number;
  readonly end: number;
}

export interface Component {
  /** Blocks of an MCU. */
  readonly h: number;
  readonly v: number;
  /** Samples of a block at the component's own scale. */
  readonly side: JpegScale;
  /** Which coefficients of a block are shown where they have to be kept, by zigzag position. */
  readonly positions: readonly number[];
  readonly width: number;
  readonly height: number;
  /** What the picture covers of it, in samples: less than whole ones where it does not divide. */
  readonly extentX: number;
  readonly extentY: number;
  readonly rowsPerMcu: number;
  readonly ringRows: number;
  readonly stride: number;
  // Offsets of the first sample and of the tables.
  readonly samples: number;
  readonly lookups: number;
  readonly patterns: number;
}

const recordBytes = 32;
/** Kernels read and write whole vectors, up to this much beyond a row. */
const marginBytes = 32;

/** Undefined where a component's samples do not lie evenly among those of the densest. */
export function layOutPlanes(
  frame: Frame,
  shrink: number,
  request: PlaneRequest,
): PlaneLayout | undefined {
  const h = Math.max(...frame.components.map((component) => component.h));
  const v = Math.max(...frame.components.map((component) => component.v));
  if (frame.components.some((each) => h % each.h > 0 || v % each.v > 0)) return undefined;
  const mcusPerRow = Math.ceil(frame.width / (8 * h));
  const mcuRows = Math.ceil(frame.height / (8 * v));
  const isSharp = isSharper(frame, shrink, request);
  let bytes = 0;
  const take = (size: number): number => {
    const offset = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return offset;
  };
  const components = frame.components.map((own, index): Component => {
    const density = Math.min(h / own.h, v / own.v);
    const side =
      index === 0
        ? lumaSide(isSharp ? shrink / 2 : shrink, density)
        : chromaSide(shrink, density, request.chromaRatio);
    const extentX = (frame.width * own.h * side) / h / 8;
    const extentY = (frame.height * own.v * side) / v / 8;
    const rowsPerMcu = own.v * side;
    const rowsAtOnce = (request.rowsAtOnce * extentY) / frame.height + filterRowsMin;
    const ringMcus = Math.min(mcuRows, Math.ceil(rowsAtOnce / rowsPerMcu) + 1);
    const stride = Math.ceil((mcusPerRow * own.h * side) / 16) * 16 + marginBytes;
    return {
      h: own.h,
      v: own.v,
      side,
      positions: index === 0 && isSharp ? lowestOf(side) : positionsOf(side),
      width: Math.ceil(extentX),
      height: Math.ceil(extentY),
      extentX,
      extentY,
      rowsPerMcu,
      ringRows: ringMcus * rowsPerMcu,
      stride,
      samples: take(stride * ringMcus * rowsPerMcu + marginBytes),
      lookups: take(2 * lookupTableBytes + skipTableBytes),
      patterns: take(patternBytes(side)),
    };
  });
  const blocksPerMcu = components.reduce((sum, each) => sum + each.h * each.v, 0);
  return {
    size: { width: Math.ceil(frame.width / shrink), height: Math.ceil(frame.height / shrink) },
    mcusPerRow,
    mcuRows,
    blocksPerMcu,
    shown: shownOf(request, { h, v, mcusPerRow, mcuRows }),
    components,
    scan: take(scanBytes),
    plan: take(blocksPerMcu * recordBytes),
    codes: take(codesTableBytes),
    bytes,
  };
}

/** The least that a filter wants of any plane at once, and what is not whole at either end. */
const filterRowsMin = 12;

const scaleOf = (shrink: number): JpegScale => (8 / shrink) as JpegScale;

/** Luma that lies less densely than chroma, which is rare, is decoded at a larger scale where there is one. */
function lumaSide(shrink: number, density: number): JpegScale {
  return ([8, 4, 2, 1] as const).find((side) => side <= scaleOf(shrink) * density) ?? 1;
}

/**
 * Just above a factor of four an output shows more than a quarter's samples hold. A progressive picture that is too
 * large to be kept for half its size gives luma at half all the same, of eight coefficients a block.
 */
function isSharper(frame: Frame, shrink: number, { ratio, rowsAtOnce }: PlaneRequest): boolean {
  const [luma] = frame.components;
  const isDensest = frame.components.every(({ h, v }) => luma && h <= luma.h && v <= luma.v);
  const isWanted = frame.coding === "progressive" && shrink === 4 && ratio < 5;
  return isWanted && isDensest && rowsAtOnce < Infinity;
}

/**
 * The smallest scale that leaves chroma as many samples as are wanted of it. Below full size, luma's own
 * scale at least: less could be seen (0.3 dB), and costs next to nothing.
 */
function chromaSide(shrink: number, density: number, chromaRatio: number): JpegScale {
  const wanted = Math.ceil((8 * density) / chromaRatio - 1e-9);
  const least = shrink === 1 ? 1 : scaleOf(shrink);
  return ([1, 2, 4, 8] as const).find((side) => side >= Math.max(wanted, least)) ?? 8;
}

function shownOf(
  { window: { x, y, width, height } }: PlaneRequest,
  { h, v, mcusPerRow, mcuRows }: Record<"h" | "v" | "mcusPerRow" | "mcuRows", number>,
): PlaneLayout["shown"] {
  return {
    columns: mcuRange(x, width, 8 * h, mcusPerRow),
    rows: mcuRange(y, height, 8 * v, mcuRows),
  };
}

function mcuRange(from: number, size: number, side: number, count: number): Range {
  return {
    from: Math.max(0, Math.floor(from / side)),
    end: Math.min(count, Math.ceil((from + size) / side)),
  };
}

/** One component's blocks, in whole MCUs. Addresses. */
export interface KeptBlocks {
  readonly kept: number;
  /** Bytes of a block. */
  readonly keptBytes: number;
  /** A u64 for each block; 0 where DC is all that is kept. */
  readonly masks: number;
  readonly slots: number;
  /** Blocks in a row. */
  readonly across: number;
  /** Blocks that a scan of this component alone covers: the picture, not the padding of the last MCU. */
  readonly columns: number;
  readonly rows: number;
}

/** Rows of MCUs, one after another from the top. */
export interface McuRows {
  /** Makes the samples of the next row; false where the data are out of order. */
  decode(mcuRow: number): boolean;
  /** After the last row: whether the file is in order to its end. */
  isComplete(): boolean;
  free(): void;
}

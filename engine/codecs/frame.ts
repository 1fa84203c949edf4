import { colourWeights } from "../../core/image/heif/colour.ts";

/** Decoded planes of 8-bit 4:2:0, in a decoder's memory. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
  /** Luma, Cb, Cr. */
  readonly planes: readonly [FramePlane, FramePlane, FramePlane];
}

export interface FramePlane {
  readonly pointer: number;
  readonly stride: number;
}

/** What a frame's samples mean, by ITU-T H.273. */
export interface FrameColours {
  readonly matrix: number;
  readonly fullRange: boolean;
}

/** Writes the first `count` samples of a row of a plane (0–2) as JPEG has them (ITU-T T.871), from `to` on. */
export type RowCopier = (
  frame: Frame,
  plane: number,
  row: number,
  count: number,
  out: Uint8Array,
  to: number,
) => void;

/** Undefined for a matrix that is not known here. */
export function rowCopier({ matrix, fullRange }: FrameColours): RowCopier | undefined {
  const weights = colourWeights(matrix);
  if (!weights) return undefined;
  // No other of the known matrices has this share of red.
  if (weights.redOfCr === jpegRedOfCr && fullRange) return copyRow;
  const [luma, chroma, black] = fullRange ? [1, 1, 0] : [255 / 219, 255 / 224, 16];
  const lumaOf = (blue: number, red: number, green: number) =>
    0.299 * red + 0.587 * green + 0.114 * blue;
  // What Cb and Cr of the source add to JPEG's Y, then to its Cb and Cr.
  const ofCb = chroma * lumaOf(weights.blueOfCb, 0, weights.greenOfCb);
  const ofCr = chroma * lumaOf(0, weights.redOfCr, weights.greenOfCr);
  const mixes: readonly [Mix, Mix, Mix] = [
    { luma, cb: ofCb, cr: ofCr, offset: -black * luma },
    {
      luma: 0,
      cb: (chroma * weights.blueOfCb - ofCb) / jpegBlueOfCb,
      cr: -ofCr / jpegBlueOfCb,
      offset: 128,
    },
    {
      luma: 0,
      cb: -ofCb / jpegRedOfCr,
      cr: (chroma * weights.redOfCr - ofCr) / jpegRedOfCr,
      offset: 128,
    },
  ];
  return (frame, plane, row, count, out, to) =>
    mixRow(frame, mixes[plane as 0 | 1 | 2], plane === 0 ? 1 : 0, row, count, out, to);
}

/** 1.402 and 1.772, to the last bit as `colourWeights` has them: else JPEG's own samples would not be known as such. */
const jpegRedOfCr = 2 * (1 - 0.299);
const jpegBlueOfCb = 2 * (1 - 0.114);

interface Mix {
  readonly luma: number;
  readonly cb: number;
  readonly cr: number;
  readonly offset: number;
}

function copyRow(
  { bytes, planes }: Frame,
  plane: number,
  row: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  const { pointer, stride } = planes[plane as 0 | 1 | 2];
  const start = pointer + row * stride;
  out.set(bytes.subarray(start, start + count), to);
}

/** `shift`: what finds the sample of chroma that belongs to a sample. Luma takes the nearest. */
function mixRow(
  { bytes, planes: [y, u, v] }: Frame,
  { luma, cb, cr, offset }: Mix,
  shift: number,
  row: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  const lumaRow = y.pointer + row * y.stride;
  const cbRow = u.pointer + (row >> shift) * u.stride;
  const crRow = v.pointer + (row >> shift) * v.stride;
  for (let x = 0; x < count; x++) {
    const blue = (bytes[cbRow + (x >> shift)] ?? 0) - 128;
    const red = (bytes[crRow + (x >> shift)] ?? 0) - 128;
    const base = luma === 0 ? 0 : luma * (bytes[lumaRow + x] ?? 0);
    const value = base + cb * blue + cr * red + offset + 0.5;
    out[to + x] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

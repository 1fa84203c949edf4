import type { ColourWeights } from "../../core/image/heif/colour.ts";
import type { Size } from "../../core/image/size.ts";
import type { Picture } from "./codec.ts";

/** Planes of 8-bit 4:2:0, in a decoder's memory. */
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

/**
 * Turns 4:2:0 frames into their places of one RGBA picture, 1, 2, 4 or 8 times smaller by means of squares. A square
 * that reaches over a frame's edge repeats the samples at the edge.
 */
export class FramePainter {
  readonly #picture: Picture;
  readonly #layout: PaintLayout;
  /** Rows in the workspace: samples as they come, then samples of the row that is painted. */
  readonly #scratch: Scratch;

  constructor(picture: Picture, layout: PaintLayout) {
    this.#picture = picture;
    this.#layout = layout;
    this.#scratch = allocateScratch(picture, layout);
  }

  /** `at`: where the frame's first sample lies in the source. */
  paint(frame: Frame, at: Point, weights: ColourWeights, fullRange: boolean): void {
    const { shrink, source, part } = this.#layout;
    this.#writeWeights(weights, fullRange);
    const seen = {
      width: Math.min(part.width, source.width - at.x),
      height: Math.min(part.height, source.height - at.y),
    };
    const [left, right] = range(at.x, seen.width, shrink);
    const [top, bottom] = range(at.y, seen.height, shrink);
    for (let row = top; row < bottom; row++) {
      const from = { x: left * shrink - at.x, y: row * shrink - at.y };
      this.#paintRow(frame, seen, from, { left, row, count: right - left });
    }
  }

  /** Gives back what painting needed. */
  end(): void {
    this.#picture.workspace.free(this.#scratch.pointer);
  }

  #paintRow(
    frame: Frame,
    seen: Size,
    from: Point,
    to: { readonly left: number; readonly row: number; readonly count: number },
  ): void {
    const { workspace, bitmap } = this.#picture;
    const { luma, cb, cr, weights, rgba } = this.#scratch;
    const chroma = { width: Math.ceil(seen.width / 2), height: Math.ceil(seen.height / 2) };
    const [y, u, v] = frame.planes;
    const { shrink } = this.#layout;
    const lumaAt = this.#averaged(frame, y, seen, from, shrink, to.count, luma);
    const [cbAt, crAt] = (
      [
        [u, cb],
        [v, cr],
      ] as const
    ).map(([plane, out]) =>
      shrink === 1
        ? this.#interpolated(frame, plane, chroma, from.y, out)
        : this.#averaged(
            frame,
            plane,
            chroma,
            { x: from.x >> 1, y: from.y >> 1 },
            shrink / 2,
            to.count,
            out,
          ),
    ) as [number, number];
    workspace.kernels.mixRow(lumaAt, cbAt, crAt, to.count, weights, rgba);
    const target = bitmap.pointer + to.row * bitmap.stride + 4 * to.left;
    // The kernel writes whole groups of pixels, which may be another frame's.
    new Uint8Array(workspace.memory.buffer).copyWithin(target, rgba, rgba + 4 * to.count);
  }

  /** A row of means of squares; the samples themselves where a square is one. */
  #averaged(
    frame: Frame,
    plane: FramePlane,
    seen: Size,
    from: Point,
    side: number,
    count: number,
    out: number,
  ): number {
    const { kernels } = this.#picture.workspace;
    const { samples, stride, sums } = this.#scratch;
    const rows = side === 1 ? out : samples;
    for (let line = 0; line < side; line++) {
      this.#copyRow(
        frame,
        plane,
        seen,
        { ...from, y: from.y + line },
        count * side,
        rows + line * stride,
      );
    }
    if (side > 1) kernels.averageSquares(rows, stride, side, count, sums, out);
    return out;
  }

  /** A row of chroma at the width and height of luma. */
  #interpolated(frame: Frame, plane: FramePlane, seen: Size, row: number, out: number): number {
    const { samples, stride } = this.#scratch;
    const near = row >> 1;
    const far = near + (row & 1 ? 1 : -1);
    const [nearAt, farAt] = [samples, samples + stride];
    this.#copyRow(frame, plane, seen, { x: 0, y: near }, seen.width, nearAt);
    this.#copyRow(frame, plane, seen, { x: 0, y: Math.max(far, 0) }, seen.width, farAt);
    this.#picture.workspace.kernels.interpolateRow(nearAt, farAt, seen.width, true, out);
    return out;
  }

  /** `count` samples into the workspace, repeated beyond the edges. */
  #copyRow(
    frame: Frame,
    plane: FramePlane,
    seen: Size,
    from: Point,
    count: number,
    to: number,
  ): void {
    const bytes = new Uint8Array(this.#picture.workspace.memory.buffer);
    const row = plane.pointer + Math.min(from.y, seen.height - 1) * plane.stride;
    const there = Math.min(count, seen.width - from.x);
    bytes.set(frame.bytes.subarray(row + from.x, row + from.x + there), to);
    if (there < count) bytes.fill(bytes[to + there - 1] ?? 0, to + there, to + count);
  }

  #writeWeights(weights: ColourWeights, fullRange: boolean): void {
    const [lumaScale, chromaScale, black] = fullRange ? [1, 1, 0] : [255 / 219, 255 / 224, 16];
    const { redOfCr, greenOfCb, greenOfCr, blueOfCb } = weights;
    const chroma = [redOfCr, greenOfCb, greenOfCr, blueOfCb].map((weight) => weight * chromaScale);
    const { buffer } = this.#picture.workspace.memory;
    const half = 0.5;
    new Float32Array(buffer, this.#scratch.weights, 6).set([
      lumaScale,
      half - black * lumaScale,
      ...chroma,
    ]);
  }
}

export interface PaintLayout {
  readonly shrink: number;
  /** The picture before it is made smaller. */
  readonly source: Size;
  /** Of every frame. */
  readonly part: Size;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Scratch {
  readonly pointer: number;
  /** Of the rows in `samples`. */
  readonly stride: number;
  readonly samples: number;
  readonly sums: number;
  readonly luma: number;
  readonly cb: number;
  readonly cr: number;
  readonly rgba: number;
  readonly weights: number;
}

/** Kernels write up to this much beside a row. */
const MARGIN = 32;

function allocateScratch({ workspace }: Picture, { shrink, part }: PaintLayout): Scratch {
  const stride = Math.ceil((part.width + shrink) / 16) * 16 + 2 * MARGIN;
  const sampleRows = Math.max(shrink, 2);
  // Samples, sums of two bytes, luma, two of chroma, RGBA.
  const pointer = workspace.allocate((sampleRows + 2 + 3 + 4) * stride + MARGIN);
  const row = (index: number) => pointer + index * stride + MARGIN;
  const sums = sampleRows;
  const [luma, cb, cr, rgba, end] = [sums + 2, sums + 3, sums + 4, sums + 5, sums + 9];
  return {
    pointer,
    stride,
    samples: row(0),
    sums: row(sums),
    luma: row(luma),
    cb: row(cb),
    cr: row(cr),
    rgba: row(rgba),
    weights: row(end) - MARGIN,
  };
}

/** The painted samples whose squares begin in a frame. */
const range = (start: number, length: number, shrink: number) =>
  [Math.ceil(start / shrink), Math.ceil((start + length) / shrink)] as const;

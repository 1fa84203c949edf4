import type { Bitmap } from "../../pixels/bitmap.ts";
import type { Workspace } from "../../pixels/workspace.ts";
import type { JpegLayout, Plane } from "./layout.ts";

/**
 * Turns the planes of row after row of MCUs into pixels. A row of pixels that leans on the next row of
 * chroma waits until that is there.
 */
export class JpegRows {
  readonly #workspace: Workspace;
  readonly #layout: JpegLayout;
  readonly #base: number;
  readonly #bitmap: Bitmap;
  #done = 0;

  constructor(workspace: Workspace, layout: JpegLayout, base: number, bitmap: Bitmap) {
    this.#workspace = workspace;
    this.#layout = layout;
    this.#base = base;
    this.#bitmap = bitmap;
  }

  /** Writes all rows that can be, now that the planes hold row `mcuRow` of MCUs. */
  write(mcuRow: number): void {
    const { mcuRows, rowsPerMcu, delayed, height } = this.#layout;
    const ready = (mcuRow + 1) * rowsPerMcu - (delayed ? 1 : 0);
    const end = mcuRow === mcuRows - 1 ? height : ready;
    for (; this.#done < end; this.#done++) this.#writeRow(mcuRow, this.#done);
    if (delayed) this.#keepLastRows();
  }

  #writeRow(mcuRow: number, y: number): void {
    const { planes, width, grey } = this.#layout;
    const neutral = this.#base + grey;
    const [luma = neutral, cb = neutral, cr = neutral] = planes.map((plane) =>
      this.#rowAt(plane, mcuRow, y),
    );
    const out = this.#bitmap.pointer + y * this.#bitmap.stride;
    this.#workspace.kernels.colourRow(luma, cb, cr, width, out);
  }

  /** The plane's samples for row `y` of the picture, at the picture's own width. */
  #rowAt(plane: Plane, mcuRow: number, y: number): number {
    const row = (index: number): number =>
      this.#base + plane.offset + (index - mcuRow * plane.rowsPerMcu) * plane.stride;
    if (plane.across === 1 && plane.down === 1) return row(y);
    const near = Math.floor(y / plane.down);
    const towards = plane.down === 1 ? near : near + (y % 2 === 1 ? 1 : -1);
    const far = Math.min(Math.max(towards, 0), plane.height - 1);
    const out = this.#base + plane.interpolated;
    if (plane.width <= 2) return this.#repeatSamples(row(near), plane, out);
    const { kernels } = this.#workspace;
    kernels.interpolateRow(row(near), row(far), plane.width, plane.across === 2, out);
    return out;
  }

  /** libjpeg interpolates no row as short as this. */
  #repeatSamples(row: number, plane: Plane, out: number): number {
    const bytes = new Uint8Array(this.#workspace.memory.buffer);
    for (let x = 0; x < plane.width * plane.across; x++) {
      bytes[out + x] = bytes[row + Math.floor(x / plane.across)] ?? 0;
    }
    return out;
  }

  /** The last row of each plane moves above the first, where the next row of MCUs looks for it. */
  #keepLastRows(): void {
    const bytes = new Uint8Array(this.#workspace.memory.buffer);
    for (const { offset, stride, rowsPerMcu, width } of this.#layout.planes) {
      const first = this.#base + offset;
      const last = first + (rowsPerMcu - 1) * stride;
      bytes.copyWithin(first - stride, last, last + width);
    }
  }
}

import type { Size } from "../../../core/image/size.ts";
import type { Bitmap } from "../../pixels/bitmap.ts";
import { PlaneSampler, type Part } from "../../pixels/plane-sampler.ts";
import type { Workspace } from "../../pixels/workspace.ts";
import type { DecodedPlanes } from "../codec.ts";
import type { Grid } from "./grid.ts";

/** Where the encoder's samples come from. */
export interface PlaneRows {
  /**
   * Fills the grid's planes, in its memory at `base`, for the row of MCUs that begins at line `top`. Beyond
   * the picture the last column and line of each plane repeat.
   */
  fill(base: number, grid: Grid, top: number): void;
}

/** From RGBA. */
export class BitmapPlanes implements PlaneRows {
  readonly #workspace: Workspace;
  readonly #bitmap: Bitmap;

  constructor(workspace: Workspace, bitmap: Bitmap) {
    this.#workspace = workspace;
    this.#bitmap = bitmap;
  }

  fill(base: number, grid: Grid, top: number): void {
    const { kernels } = this.#workspace;
    const { pointer, stride, width, height } = this.#bitmap;
    const rowBytes = grid.paddedWidth * 2;
    for (let row = 0; row < grid.mcuSide; row++) {
      const from = pointer + Math.min(top + row, height - 1) * stride;
      const at = row * rowBytes;
      const [y, cb, cr] = [base + grid.y + at, base + grid.cb + at, base + grid.cr + at];
      kernels.planeRow(from, width, grid.paddedWidth, y, cb, cr);
    }
    if (!grid.halved) return;
    const lastRow = Math.ceil((height - top) / 2) - 1;
    for (let row = 0; row < 8; row++) {
      const above = Math.min(row, lastRow) * 2 * rowBytes;
      const out = (row * rowBytes) / 2;
      for (const [full, half] of [
        [grid.cb, grid.halfCb],
        [grid.cr, grid.halfCr],
      ] as const) {
        const from = base + full + above;
        kernels.halve(from, from + rowBytes, grid.paddedWidth, base + half + out);
      }
    }
  }
}

/** From a source's planes, each resampled straight to its own size at 4:2:0. Can be read once only. */
export class SampledPlanes implements PlaneRows {
  readonly #workspace: Workspace;
  readonly #samplers: readonly PlaneSampler[];

  constructor({ workspace, planes }: DecodedPlanes, part: Part, { width, height }: Size) {
    this.#workspace = workspace;
    this.#samplers = planes.map((plane, index) => {
      const density = index === 0 ? 1 : 2;
      const size = { width: width / density, height: height / density };
      return new PlaneSampler(workspace, plane, part, size);
    });
  }

  fill(base: number, grid: Grid, top: number): void {
    const rowBytes = grid.paddedWidth * 2;
    const [y, cb, cr] = this.#samplers;
    if (y) this.#fillPlane(y, base + grid.y, rowBytes, 16, top);
    for (const [sampler, offset] of [
      [cb, grid.halfCb],
      [cr, grid.halfCr],
    ] as const) {
      if (sampler) this.#fillPlane(sampler, base + offset, rowBytes / 2, 8, top / 2);
      else new Uint8Array(this.#workspace.memory.buffer, base + offset, rowBytes * 4).fill(0);
    }
  }

  free(): void {
    for (const sampler of this.#samplers) sampler.free();
  }

  #fillPlane(sampler: PlaneSampler, at: number, rowBytes: number, rows: number, top: number): void {
    const { kernels, memory } = this.#workspace;
    for (let row = 0; row < rows; row++) {
      const out = at + row * rowBytes;
      if (top + row < sampler.height) {
        sampler.sample(top + row, out);
        kernels.padSamples(out, sampler.width, rowBytes / 2);
      } else {
        new Uint8Array(memory.buffer).copyWithin(out, out - rowBytes, out);
      }
    }
  }
}

import { planeRings } from "../../../core/image/webp/format.ts";
import { bytesAt, type Workspace } from "../../pixels/workspace.ts";
import type { Plane } from "../../pixels/plane-sampler.ts";
import { DamagedSource, type DecodedPlanes, type DecodeRequest } from "../codec.ts";
import type { WebpBitstream } from "./container.ts";
import { OVER_MEMORY, type WebpKernel } from "./kernel.ts";
import { openBitstream, refusalOf } from "./picture.ts";

/**
 * A lossy picture as Y, Cb and Cr in all of a byte's range, decoded as its rows are asked for, on a kernel
 * that has decoded nothing else and takes at most `bytesMax` of memory. Refusals are thrown.
 */
export function openWebpPlanes(
  kernel: WebpKernel,
  bitstream: WebpBitstream,
  { workspace, planes: { rowsAtOnce } }: DecodeRequest,
  bytesMax: number,
): DecodedPlanes {
  const check = (status: number): void => {
    if (status !== 0) throw new DamagedSource(refusalOf(status, kernel, bytesMax));
  };
  kernel.setMemoryLimit(bytesMax);
  check(openBitstream(kernel, bitstream));
  check(kernel.openPlanes() ? 0 : OVER_MEMORY);

  const { width, height } = bitstream;
  const rows = planeRings(height, rowsAtOnce);
  const [luma, ...chroma] = [
    new Ring(kernel, workspace, 0, rows.luma),
    new Ring(kernel, workspace, 1, rows.chroma),
    new Ring(kernel, workspace, 2, rows.chroma),
  ] as const;
  let taken = 0;
  const decodeUpTo = (end: number): void => {
    while (taken < end) {
      check(kernel.advance());
      const ready = kernel.rowsToTake();
      if (ready === taken) continue;
      kernel.takePlanes(taken, ready);
      luma.take(taken, ready);
      for (const ring of chroma) ring.take(taken / 2, Math.ceil(ready / 2));
      taken = ready;
    }
  };
  const half = { width: width / 2, height: height / 2 };
  return {
    samples: "planes",
    workspace,
    size: { width, height },
    planes: [
      luma.asPlane({ width, height }, (row) => decodeUpTo(row + 1)),
      ...chroma.map((ring) =>
        ring.asPlane(half, (row) => decodeUpTo(Math.min(height, 2 * row + 2))),
      ),
    ],
    finish: () => decodeUpTo(height),
    free() {
      for (const ring of [luma, ...chroma]) ring.free();
    },
  };
}

/** The last rows of one plane, in the workspace. */
class Ring {
  readonly #kernel: WebpKernel;
  readonly #workspace: Workspace;
  readonly #plane: number;
  readonly #rows: number;
  readonly #stride: number;
  readonly #pointer: number;

  constructor(kernel: WebpKernel, workspace: Workspace, plane: number, rows: number) {
    this.#kernel = kernel;
    this.#workspace = workspace;
    this.#plane = plane;
    this.#rows = rows;
    this.#stride = kernel.planeStride(plane);
    this.#pointer = workspace.allocate(rows * this.#stride);
  }

  /** Copies rows `from` to `to`, which the kernel has handed out; where the ring ends it begins again. */
  take(from: number, to: number): void {
    const strip = this.#kernel.planeStrip(this.#plane);
    for (let row = from; row < to;) {
      const at = row % this.#rows;
      const count = Math.min(to - row, this.#rows - at);
      const bytes = count * this.#stride;
      const source = strip + (row - from) * this.#stride;
      const target = bytesAt(this.#workspace, this.#pointer + at * this.#stride, bytes);
      target.set(new Uint8Array(this.#kernel.memory.buffer, source, bytes));
      row += count;
    }
  }

  /** `extent`: what the picture covers of it, which need not be whole samples. */
  asPlane(
    extent: { readonly width: number; readonly height: number },
    ready: Plane["ready"],
  ): Plane {
    return {
      pointer: this.#pointer,
      stride: this.#stride,
      width: Math.ceil(extent.width),
      height: Math.ceil(extent.height),
      extentX: extent.width,
      extentY: extent.height,
      ringRows: this.#rows,
      ready,
    };
  }

  free(): void {
    this.#workspace.free(this.#pointer);
  }
}

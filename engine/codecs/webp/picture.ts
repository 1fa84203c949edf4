import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { WebpBitstream, WebpCanvas } from "./container.ts";
import { CORRUPT, OVER_MEMORY, TRUNCATED, type WebpKernel } from "./kernel.ts";

/**
 * Receives rows in order from the top: `rows` of them, the first being number `y`. The bytes belong to
 * the decoder and are valid during the call only.
 */
export type RowSink = (rgba: Uint8Array, y: number, rows: number) => void;

/** How a picture is drawn: inside a canvas that is transparent where it does not reach. */
export interface WebpDrawing {
  readonly canvas: WebpCanvas;
  /** Every pixel of the canvas is opaque. */
  readonly opaque: boolean;
  /** The whole factor by which the canvas comes out smaller, at most 16. */
  readonly shrink: number;
}

/** Rows that are handed out at once: those of a row of macroblocks. */
const STRIP_ROWS = 16;

/**
 * Decodes one bitstream to RGBA rows, on a kernel that has decoded nothing else and takes at most `bytesMax`
 * of memory. What the sink got before a refusal is void.
 */
export function drawPicture(
  kernel: WebpKernel,
  bitstream: WebpBitstream,
  { canvas, opaque, shrink }: WebpDrawing,
  bytesMax: number,
  sink: RowSink,
): Result<void, Refusal> {
  const refuse = (status: number) => err(refusalOf(status, kernel, bytesMax));
  kernel.setMemoryLimit(bytesMax);
  const opened = openBitstream(kernel, bitstream);
  if (opened !== 0) return refuse(opened);
  const { width, height, left, top } = canvas;
  const strip = kernel.openCanvas(width, height, left, top, shrink, opaque, STRIP_ROWS);
  if (strip === 0) return refuse(OVER_MEMORY);
  const stride = 4 * Math.ceil(width / shrink);
  for (let [y, out] = [0, 0]; y < height;) {
    const status = kernel.advance();
    if (status !== 0) return refuse(status);
    for (const ready = kernel.rowsToDraw(); y < ready;) {
      const end = Math.min(ready, y + STRIP_ROWS);
      const rows = kernel.draw(y, end);
      if (rows > 0) sink(new Uint8Array(kernel.memory.buffer, strip, rows * stride), out, rows);
      y = end;
      out += rows;
    }
  }
  return ok(undefined);
}

export function openBitstream(
  kernel: WebpKernel,
  { lossless, data, alpha, hasAlpha, width, height }: WebpBitstream,
): number {
  if (lossless) {
    const at = place(kernel, data, kernel.allocateInPlace(data.length, width * height));
    return at === 0 ? OVER_MEMORY : kernel.openLossless(at, data.length, hasAlpha);
  }
  const at = place(kernel, data);
  if (at === 0) return OVER_MEMORY;
  const status = kernel.openLossy(at, data.length);
  if (status !== 0 || alpha === undefined) return status;
  const alphaAt = place(kernel, alpha);
  return alphaAt === 0 ? OVER_MEMORY : kernel.openAlpha(alphaAt, alpha.length);
}

function place(kernel: WebpKernel, bytes: Uint8Array, at = kernel.allocate(bytes.length)): number {
  if (at !== 0) new Uint8Array(kernel.memory.buffer, at).set(bytes);
  return at;
}

export function refusalOf(status: number, kernel: WebpKernel, bytesMax: number): Refusal {
  switch (status) {
    case TRUNCATED:
      return { reason: "truncated_image", detail: "The picture's data ends early" };
    case CORRUPT:
      return { reason: "corrupt_image", detail: "The picture's data is damaged" };
    case OVER_MEMORY:
      return { reason: "over_memory_plan", bytes: kernel.bytesRefused(), bytesMax };
    default:
      throw new Error(`the WebP kernel says ${status}`);
  }
}

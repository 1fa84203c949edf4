import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { webp } from "../../../core/image/webp/format.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import {
  DamagedSource,
  newPicture,
  type Decoded,
  type DecodeRequest,
  type Decoder,
} from "../codec.ts";
import { readWebp, type WebpStill } from "./container.ts";
import type { WebpKernel } from "./kernel.ts";
import { drawPicture } from "./picture.ts";
import { openWebpPlanes } from "./planes.ts";

/**
 * WebP as libwebp decodes it, bit for bit: lossy, lossless, with alpha, and the first frame of an animation on
 * its canvas, which is transparent where the frame does not reach. Lossy pictures without alpha come as planes
 * where they are not shrunk. Each picture gets a fresh instance of the
 * kernel, so that nothing of one is left for the next.
 */
export class WebpDecoder implements Decoder {
  readonly #module: WebAssembly.Module;
  /** The last instance made, kept only so that its memory is counted. */
  #spent: WebpKernel | undefined;

  /** `module`: `engine/kernels/webp.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  get wasmBytes(): number {
    return this.#spent?.memory.buffer.byteLength ?? 0;
  }

  decode(source: Uint8Array, request: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal> {
    const read = readWebp(source);
    if (!read.ok) return read;
    const still = read.value;
    const header = { ...info, ...still.canvas, ...formOf(still) };
    const { shrink, planes } = request;
    const { memory, planesMemory } = webp.source;
    const asPlanes = request.asPixels
      ? undefined
      : planesMemory(header, { shrink, rowsAtOnce: planes.rowsAtOnce }, source.length);
    const bytesMax = memory(header, shrink, source.length).wasm;
    try {
      this.#spent = new WebAssembly.Instance(this.#module).exports as unknown as WebpKernel;
      const decoded =
        asPlanes === undefined
          ? drawWhole(this.#spent, still, request, bytesMax)
          : ok(openWebpPlanes(this.#spent, still.bitstream, request, bytesMax));
      if (!decoded.ok) return decoded;
      return ok({ ...decoded.value, ...(still.icc && { icc: still.icc }) });
    } catch (problem) {
      if (problem instanceof DamagedSource && problem.refusal) return err(problem.refusal);
      if (!(problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError))
        throw problem;
      return err({ reason: "render_crashed", stage: "webp decode" });
    }
  }
}

const formOf = ({ bitstream: { lossless }, hasAlpha }: WebpStill) => ({ lossless, hasAlpha });

function drawWhole(
  kernel: WebpKernel,
  { canvas, bitstream, hasAlpha }: WebpStill,
  { shrink, workspace }: DecodeRequest,
  bytesMax: number,
): Result<Decoded, Refusal> {
  const width = Math.ceil(canvas.width / shrink);
  const height = Math.ceil(canvas.height / shrink);
  const { rgba, ...picture } = newPicture(workspace, { width, height, opaque: !hasAlpha });
  const drawing = { canvas, opaque: !hasAlpha, shrink };
  const sink = (rows: Uint8Array, y: number) => rgba.set(rows, y * picture.bitmap.stride);
  const drawn = drawPicture(kernel, bitstream, drawing, bytesMax, sink);
  return drawn.ok ? ok(picture) : drawn;
}

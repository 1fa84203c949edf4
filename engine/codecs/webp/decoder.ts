import { formats } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import { readWebp } from "./container.ts";
import type { WebpKernel } from "./kernel.ts";
import { drawPicture } from "./picture.ts";

/**
 * WebP as libwebp decodes it, bit for bit: lossy, lossless, with alpha, and the first frame of an animation on
 * its canvas, which is transparent where the frame does not reach. Each picture gets a fresh instance of the
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

  decode(
    source: Uint8Array,
    { shrink, workspace }: DecodeRequest,
    info: ImageInfo,
  ): Result<Decoded, Refusal> {
    const read = readWebp(source);
    if (!read.ok) return read;
    const { canvas, bitstream, hasAlpha, icc } = read.value;
    const size = {
      width: Math.ceil(canvas.width / shrink),
      height: Math.ceil(canvas.height / shrink),
    };
    const { rgba, ...picture } = newPicture(workspace, { ...size, opaque: !hasAlpha });
    const drawing = { canvas, opaque: !hasAlpha, shrink };
    const { lossless } = bitstream;
    const header = { ...info, ...canvas, lossless, hasAlpha };
    const bytesMax = formats.webp.source.memory(header, shrink, source.length).wasm;
    try {
      this.#spent = new WebAssembly.Instance(this.#module).exports as unknown as WebpKernel;
      const sink = (rows: Uint8Array, y: number) => rgba.set(rows, y * picture.bitmap.stride);
      const drawn = drawPicture(this.#spent, bitstream, drawing, bytesMax, sink);
      return drawn.ok ? ok({ ...picture, ...(icc && { icc }) }) : drawn;
    } catch (problem) {
      if (!(problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError))
        throw problem;
      return err({ reason: "render_crashed", stage: "webp decode" });
    }
  }
}

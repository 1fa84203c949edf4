import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { webp } from "../../../core/image/webp/format.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import {
  DamagedSource,
  newPicture,
  type Animation,
  type AnimationFrame,
  type Decoded,
  type DecodedPixels,
  type DecodeRequest,
  type Decoder,
  type PixelRequest,
} from "../codec.ts";
import { exifInWebp } from "./exif.ts";
import type { Workspace } from "../../pixels/workspace.ts";
import { readAnimation, type WebpFrame } from "./animation.ts";
import { readWebp, type WebpBitstream, type WebpStill } from "./container.ts";
import type { WebpKernel } from "./kernel.ts";
import { drawPicture } from "./picture.ts";
import { openWebpPlanes } from "./planes.ts";

/**
 * WebP as libwebp decodes it, bit for bit: lossy, lossless, with alpha, all frames of an animation, or the first on
 * its canvas, which is transparent where the frame does not reach. Lossy pictures without alpha come as planes
 * where they are not shrunk. Each picture gets a fresh instance of the
 * kernel, so that nothing of one is left for the next.
 */
export class WebpDecoder implements Decoder {
  readonly exifBlocks = exifInWebp;
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
    return this.#onKernel<Decoded>((kernel) => {
      const decoded =
        asPlanes === undefined
          ? drawWhole(kernel, still, request, bytesMax)
          : ok(openWebpPlanes(kernel, still.bitstream, request, bytesMax));
      return decoded.ok && still.icc ? ok({ ...decoded.value, icc: still.icc }) : decoded;
    });
  }

  animation(source: Uint8Array, workspace: Workspace, info: ImageInfo): Result<Animation, Refusal> {
    const whole = readWebp(source);
    if (!whole.ok) return whole;
    const read = readAnimation(source);
    if (!read.ok) return read;
    const draw = (bitstream: WebpBitstream) => {
      const { width, height, hasAlpha } = bitstream;
      const still = { canvas: { width, height, left: 0, top: 0 }, bitstream, hasAlpha };
      const header = { ...info, width, height, ...formOf(still) };
      const bytesMax = webp.source.memory(header, 1, source.length).wasm;
      const request = { shrink: 1, workspace };
      return this.#onKernel((kernel) => drawWhole(kernel, still, request, bytesMax));
    };
    const { plays, frames } = read.value;
    return ok({ plays, frames: drawFrames(frames, draw, whole.value.icc) });
  }

  /** A fresh instance for each picture. */
  #onKernel<Value>(work: (kernel: WebpKernel) => Result<Value, Refusal>): Result<Value, Refusal> {
    try {
      this.#spent = new WebAssembly.Instance(this.#module).exports as unknown as WebpKernel;
      return work(this.#spent);
    } catch (problem) {
      if (problem instanceof DamagedSource && problem.refusal) return err(problem.refusal);
      if (!(problem instanceof WebAssembly.RuntimeError || problem instanceof RangeError))
        throw problem;
      return err({ reason: "render_crashed", stage: "webp decode" });
    }
  }
}

function* drawFrames(
  frames: Iterable<Result<WebpFrame, Refusal>>,
  draw: (bitstream: WebpBitstream) => Result<DecodedPixels, Refusal>,
  icc: Uint8Array | undefined,
): Generator<Result<AnimationFrame, Refusal>> {
  for (const frame of frames) {
    if (!frame.ok) return yield frame;
    const { bitstream, ...placed } = frame.value;
    const drawn = draw(bitstream);
    if (!drawn.ok) return yield drawn;
    yield ok({ ...drawn.value, ...placed, ...(icc && { icc }) });
  }
}

const formOf = ({ bitstream: { lossless }, hasAlpha }: WebpStill) => ({ lossless, hasAlpha });

function drawWhole(
  kernel: WebpKernel,
  { canvas, bitstream, hasAlpha }: WebpStill,
  { shrink, workspace }: PixelRequest,
  bytesMax: number,
): Result<DecodedPixels, Refusal> {
  const width = Math.ceil(canvas.width / shrink);
  const height = Math.ceil(canvas.height / shrink);
  const { rgba, ...picture } = newPicture(workspace, { width, height, opaque: !hasAlpha });
  const drawing = { canvas, opaque: !hasAlpha, shrink };
  const sink = (rows: Uint8Array, y: number) => rgba.set(rows, y * picture.bitmap.stride);
  const drawn = drawPicture(kernel, bitstream, drawing, bytesMax, sink);
  return drawn.ok ? ok(picture) : drawn;
}

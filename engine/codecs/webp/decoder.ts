import webpDecoder from "@jsquash/webp/codec/dec/webp_dec.js";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { boxShrink } from "./box-shrink.ts";
import { newPicture, type Decoded, type DecodeRequest, type Decoder } from "../codec.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { readWebp } from "./container.ts";
import type { WebpStill } from "./container.ts";

interface WebpFunctions {
  decode(data: Uint8Array): { readonly data: Uint8ClampedArray; readonly width: number } | null;
}

/**
 * WebP through libwebp: lossy, lossless, with alpha, and the first frame of an animation on its canvas,
 * which is transparent where the frame does not reach. Always decoded at full size, then shrunk.
 *
 * Each picture gets a fresh instance. This libwebp is 1.1.0, whose lossless decoder can write outside its
 * buffers (CVE-2023-4863); WebAssembly confines that to the instance, so no other picture can be reached.
 */
export class WebpDecoder implements Decoder {
  readonly #module: WebAssembly.Module;
  /** The last instance made, kept only so that its memory is counted. */
  #spent: WasmInstance | undefined;

  /** `module`: `@jsquash/webp/codec/dec/webp_dec.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  get wasmBytes(): number {
    return this.#spent?.memory.buffer.byteLength ?? 0;
  }

  decode(bytes: Uint8Array, request: DecodeRequest): Result<Decoded, Refusal> {
    const read = readWebp(bytes);
    if (!read.ok) return read;
    const still = read.value;
    const pixels = this.#decodeStill(still.file);
    if (!pixels.ok) return pixels;
    const { icc } = still;
    return ok({ ...draw(pixels.value, still, request), ...(icc && { icc }) });
  }

  #decodeStill(file: Uint8Array): Result<Uint8Array, Refusal> {
    try {
      const codec = instantiateEmscripten<WebpFunctions>(webpDecoder, this.#module);
      this.#spent = codec;
      const decoded = codec.decode(file);
      if (decoded === null)
        return err({ reason: "corrupt_image", detail: "libwebp refuses the data" });
      const { buffer, byteOffset, byteLength } = decoded.data;
      return ok(new Uint8Array(buffer, byteOffset, byteLength));
    } catch {
      return err({ reason: "render_crashed", stage: "webp decode" });
    }
  }
}

/** The frame where it belongs, the canvas as small as it may be. */
function draw(pixels: Uint8Array, still: WebpStill, { shrink, workspace }: DecodeRequest): Decoded {
  const { width, height, frame, hasAlpha } = still;
  const size = { width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) };
  const { rgba, ...picture } = newPicture(workspace, { ...size, opaque: !hasAlpha });
  if (shrink === 1) {
    place(pixels, still, rgba);
    return picture;
  }
  const isWhole = frame.width === width && frame.height === height;
  const whole = isWhole ? pixels : place(pixels, still, new Uint8Array(width * height * 4));
  boxShrink({ width, height, rgba: whole }, shrink, rgba);
  return picture;
}

function place(pixels: Uint8Array, { width, height, frame }: WebpStill, canvas: Uint8Array) {
  if (frame.width === width && frame.height === height) {
    canvas.set(pixels);
    return canvas;
  }
  canvas.fill(0);
  const rowBytes = frame.width * 4;
  for (let row = 0; row < frame.height; row++) {
    const line = pixels.subarray(row * rowBytes, (row + 1) * rowBytes);
    canvas.set(line, ((frame.top + row) * width + frame.left) * 4);
  }
  return canvas;
}

import { probe } from "../../../core/image/probe.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { ok, type Result } from "../../../core/result.ts";
import { DamagedSource, type DecodeRequest } from "../../../engine/codecs/codec.ts";
import type { DecodedSource } from "../../../engine/decode.ts";
import { resizeUpright } from "../../../engine/resize-upright.ts";
import { JpegDecoder } from "../../../engine/codecs/jpeg/decoder.ts";
import { loadEngineModules } from "../../../engine/modules-node.ts";
import { allocateBitmap, type Bitmap } from "../../../engine/pixels/bitmap.ts";
import { createHeap } from "../../../engine/pixels/heap.ts";
import { bytesAt, createWorkspace, type Workspace } from "../../../engine/pixels/workspace.ts";

const { pixels: kernels, jpegDecoder: decoder } = await loadEngineModules();

export const newWorkspace = (): Workspace => createWorkspace(kernels, createHeap());
export const newJpegDecoder = (): JpegDecoder => new JpegDecoder({ decoder, kernels });

/** Everything that a decoder is asked, for all of a picture of that size. */
export function decodeRequest(
  { width, height }: Size,
  { shrink = 1, asPixels = false }: { shrink?: number; asPixels?: boolean } = {},
): DecodeRequest {
  const window = { x: 0, y: 0, width, height };
  const planes = { rowsAtOnce: Infinity, ratio: shrink, chromaRatio: shrink, window };
  return { shrink, workspace: newWorkspace(), planes, asPixels };
}

/**
 * A JPEG decoded to its end at 1/`shrink` of its size, by way of planes where they are to be had; or why it
 * is refused.
 */
export function decodeJpeg(
  file: Uint8Array,
  shrink = 1,
  decoder = newJpegDecoder(),
): Result<DecodedSource, Refusal> {
  const probed = probe(file, true);
  if (probed.kind !== "image") throw new Error(`the probe says ${probed.kind}`);
  const { info } = probed;
  const decode = (asPixels: boolean) => {
    const decoded = decoder.decode(file, decodeRequest(info, { shrink, asPixels }), info);
    if (!decoded.ok) return decoded;
    if (decoded.value.samples === "planes") decoded.value.finish();
    return ok({ ...decoded.value, info, shrink });
  };
  try {
    return decode(false);
  } catch (cause) {
    if (cause instanceof DamagedSource) return decode(true);
    throw cause;
  }
}

/** The pixels of a JPEG that is not refused, as it is stored. */
export function jpegPixels(file: Uint8Array, shrink = 1) {
  const decoded = decodeJpeg(file, shrink);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return { ...storedPixels(decoded.value), samples: decoded.value.samples };
}

export function storedPixels(decoded: DecodedSource) {
  const { width, height } = decoded.samples === "pixels" ? decoded.bitmap : decoded.size;
  const info = { ...decoded.info, orientation: 1 } as const;
  const window = { x: 0, y: 0, width: info.width, height: info.height };
  const bitmap =
    decoded.samples === "pixels"
      ? decoded.bitmap
      : resizeUpright(
          { ...decoded, info },
          { flip: "", rotate: 0 },
          { window, to: { width, height } },
        );
  return { width, height, rgba: read(decoded.workspace, bitmap) };
}

/** Why a JPEG is refused, or "decoded". */
export function jpegOutcome(file: Uint8Array, shrink = 1): string {
  const decoded = decodeJpeg(file, shrink);
  return decoded.ok ? "decoded" : decoded.error.reason;
}

/** A picture with gradients, edges, texture and saturated colours: what a photograph has, from a formula. */
export function scene(width: number, height: number, alpha = false): Uint8Array {
  const pixels = new Uint8Array(width * height * 4);
  let noise = 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fffffff;
      const u = x / width;
      const v = y / height;
      const grain = ((noise >> 16) & 15) - 8;
      const stripe = Math.sin((u * u + v) * 60) * 40;
      const inside = (u - 0.5) ** 2 + (v - 0.4) ** 2 < 0.06 ? 90 : 0;
      const at = (y * width + x) * 4;
      pixels[at] = clamp(40 + 180 * u + inside + grain);
      pixels[at + 1] = clamp(60 + 120 * v + stripe + grain);
      pixels[at + 2] = clamp(200 - 160 * u * v - inside + grain);
      pixels[at + 3] = alpha ? clamp(300 * u - 20 + stripe) : 255;
    }
  }
  return pixels;
}

/** What no prediction foresees, and no code makes smaller. */
export function noise(width: number, height: number, alpha = false): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: width * height * 4 }, (_, index) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (index & 3) === 3 && !alpha ? 255 : state >> 16;
  });
}

export function load(
  workspace: Workspace,
  pixels: Uint8Array,
  width: number,
  height: number,
  opaque = true,
): Bitmap {
  const bitmap = allocateBitmap(workspace, width, height, opaque);
  bytesAt(workspace, bitmap.pointer, pixels.length).set(pixels);
  return bitmap;
}

export function read(workspace: Workspace, bitmap: Bitmap): Uint8Array {
  return bytesAt(workspace, bitmap.pointer, bitmap.stride * bitmap.height).slice();
}

/** Colours as they show: those of transparent pixels count for nothing. */
export function premultiplied(rgba: Uint8Array): Uint8Array {
  return rgba.map((value, k) =>
    k % 4 === 3 ? value : Math.round((value * (rgba[k - (k % 4) + 3] ?? 0)) / 255),
  );
}

const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

/** A workspace that keeps what its kernels were called with, by their names. */
export function watchedWorkspace() {
  const workspace = newWorkspace();
  const calls = new Map<string, (readonly number[])[]>();
  const kernels = Object.fromEntries(
    Object.entries(workspace.kernels).map(([name, kernel]) => [
      name,
      (...values: readonly number[]) => {
        calls.set(name, [...(calls.get(name) ?? []), values]);
        return Reflect.apply(
          kernel as (...values: readonly number[]) => unknown,
          undefined,
          values,
        );
      },
    ]),
  ) as unknown as Workspace["kernels"];
  const callsOf = (name: keyof Workspace["kernels"]) => calls.get(name) ?? [];
  return { workspace: { ...workspace, kernels }, callsOf };
}

/** The pointer that the next allocation of a byte will have: as before, where all that was held since is free. */
export function nextBlock({ allocate, free }: Workspace): number {
  const pointer = allocate(1);
  free(pointer);
  return pointer;
}

/**
 * A bitmap in the middle of a larger one of 0x5a, as a canvas's inside is, and whether a byte around it has changed.
 */
export function loadInside(
  workspace: Workspace,
  pixels: Uint8Array,
  { width, height, opaque = true }: { width: number; height: number; opaque?: boolean },
) {
  const stride = (width + 7) * 4;
  const bytes = stride * (height + 5);
  const start = workspace.allocate(bytes);
  bytesAt(workspace, start, bytes).fill(0x5a);
  const bitmap = { pointer: start + 2 * stride + 12, width, height, stride, opaque };
  const offsetOf = (y: number) => bitmap.pointer - start + y * stride;
  for (let y = 0; y < height; y++) {
    bytesAt(workspace, start, bytes).set(
      pixels.subarray(y * width * 4, (y + 1) * width * 4),
      offsetOf(y),
    );
  }
  const rows = () =>
    Array.from({ length: height }, (_, y) =>
      bytesAt(workspace, start, bytes).slice(offsetOf(y), offsetOf(y) + width * 4),
    );
  const isUntouchedAround = () => {
    const around = bytesAt(workspace, start, bytes).slice();
    for (let y = 0; y < height; y++) around.fill(0x5a, offsetOf(y), offsetOf(y) + width * 4);
    return around.every((byte) => byte === 0x5a);
  };
  return {
    bitmap,
    rgba: () => Uint8Array.from(rows().flatMap((row) => [...row])),
    isUntouchedAround,
  };
}

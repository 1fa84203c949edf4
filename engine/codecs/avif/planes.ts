import { colourWeights } from "../../../core/image/heif/colour.ts";
import { formats } from "../../../core/image/formats.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { newPicture, type DecodeRequest, type Picture } from "../codec.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { Dav1d } from "./dav1d.ts";
import { readStill, type Sequence } from "./obu.ts";
import { FramePainter } from "../frame-painter.ts";
import { readParts, type Parts } from "./parts.ts";

/**
 * A picture of opaque 8-bit 4:2:0, part by part in the memory of one, and never in more memory than the
 * plan says. Throws where the codec traps.
 */
export function decodePlanes(
  module: WebAssembly.Module,
  source: Uint8Array,
  { shrink, workspace }: DecodeRequest,
  info: ImageInfo,
  onInstance: (instance: WasmInstance) => void,
): Result<Picture, Refusal> {
  const parts = readParts(source, info);
  if (!parts.ok) return parts;
  const bytesMax = formats.avif.source.memory(info, shrink, source.length).wasm;
  const decoder = new Dav1d(module, bytesMax);
  onInstance(decoder);
  const size = { width: Math.ceil(info.width / shrink), height: Math.ceil(info.height / shrink) };
  const { rgba: _, ...picture } = newPicture(workspace, { ...size, opaque: true });
  const painter = new FramePainter(picture, { shrink, source: info, part: parts.value.size });
  for (let index = 0; index < parts.value.count; index++) {
    const refusal = decodePart(decoder, parts.value, index, painter, bytesMax);
    if (refusal) return err(refusal);
  }
  painter.end();
  return ok(picture);
}

function decodePart(
  decoder: Dav1d,
  parts: Parts,
  index: number,
  painter: FramePainter,
  bytesMax: number,
): Refusal | undefined {
  const still = readStill(parts.dataOf(index) ?? new Uint8Array());
  if (!still) return corrupt("The AVIF holds no AV1 picture where one should be");
  const { sequence, frame } = still;
  const { size, columns, colour = sequence } = parts;
  if (sequence.bitDepth !== 8 || sequence.layout !== "4:2:0" || !fits(sequence, size)) {
    return corrupt("The AVIF's picture is coded otherwise than its header says");
  }
  const weights = colourWeights(colour.matrix);
  if (!weights)
    return { reason: "unsupported_format", detected: "an AVIF of a rare colour matrix" };
  const at = {
    x: (index % columns) * size.width,
    y: Math.floor(index / columns) * size.height,
  };
  const result = decoder.decode(frame, (decoded) => {
    if (!isSame(decoded, size)) return false;
    painter.paint(decoded, at, weights, colour.fullRange);
    return true;
  });
  if (result.kind === "out of memory") {
    return { reason: "over_memory_plan", bytes: bytesMax, bytesMax };
  }
  if (result.kind === "damaged") return corrupt("The AVIF's picture data is damaged or cut off");
  return result.value ? undefined : corrupt("another size than its header says");
}

const corrupt = (detail: string): Refusal => ({ reason: "corrupt_image", detail });

interface Sides {
  readonly width: number;
  readonly height: number;
}

const fits = (sequence: Sequence, size: Sides) =>
  sequence.width <= size.width && sequence.height <= size.height;

const isSame = (one: Sides, other: Sides) =>
  one.width === other.width && one.height === other.height;

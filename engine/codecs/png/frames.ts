import { concatenate } from "../../../core/image/bytes.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { corrupt, isIntact, makeChunk, PNG_SIGNATURE, readChunk, type PngChunk } from "./chunks.ts";

/** One frame of an APNG (PNG 3rd edition, 11.3.6): where and how it is shown, and a PNG of its own. */
export interface PngFrame extends FrameControl {
  readonly file: Uint8Array;
}

interface FrameControl {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly delayMillis: number;
  readonly disposal: "keep" | "clear" | "restore";
  readonly isBlended: boolean;
}

/** How often the animation is shown, 0 without end; undefined where there is none. */
export function readPlays(bytes: Uint8Array): number | undefined {
  let at = PNG_SIGNATURE.length;
  for (let chunk = readChunk(bytes, at); chunk.ok; chunk = readChunk(bytes, at)) {
    const { type, data, next } = chunk.value;
    if (type === "acTL" && data.length === 8) return uint32(data, 4);
    if (type === "IDAT") return undefined;
    at = next;
  }
  return undefined;
}

/**
 * The frames in their order, each made a file when it is asked for: the chunks before the pixels that all
 * frames share, the frame's own size, its own data. The first answer that is not one says why there are no
 * more. `framesMax` is what acTL says.
 */
export function* pngFrames(
  bytes: Uint8Array,
  framesMax: number,
): Generator<Result<PngFrame, Refusal>> {
  const shared: Uint8Array[] = [];
  let header: PngChunk | undefined;
  let control: FrameControl | undefined;
  let data: Uint8Array[] = [];
  let given = 0;
  let at = PNG_SIGNATURE.length;
  for (let walked = 0; walked < limits.sourceChunksMax && given < framesMax; walked++) {
    const read = readChunk(bytes, at);
    if (!read.ok) return yield read;
    const { type, next } = read.value;
    const isFrameEnd = type === "fcTL" || type === "IEND";
    if (isFrameEnd && header && control && data.length > 0) {
      yield ok({ ...control, file: frameFile(header, control, shared, data) });
      given++;
      [control, data] = [undefined, []];
    }
    if (type === "IEND") break;
    if (isWanted(type) && !isIntact(bytes, at, read.value)) return yield corrupt(`CRC of ${type}`);
    if (type === "IHDR") header = read.value;
    else if (type === "fcTL") {
      const parsed = header && readControl(read.value.data, header);
      if (!parsed) return yield corrupt("a frame outside of the picture");
      control = parsed;
    } else if (type === "IDAT" && control) data.push(read.value.data);
    else if (type === "fdAT" && control) data.push(read.value.data.subarray(4));
    else if (sharedTypes.has(type)) shared.push(bytes.subarray(at, next));
    at = next;
  }
  if (given < framesMax) {
    yield err({ reason: "truncated_image", detail: `${given} frames of ${framesMax}` });
  }
}

const sharedTypes: ReadonlySet<string> = new Set(["PLTE", "tRNS", "iCCP"]);
const isWanted = (type: string) => type === "fcTL" || type === "fdAT";

function readControl(data: Uint8Array, header: PngChunk): FrameControl | undefined {
  if (data.length !== 26) return undefined;
  const [width, height] = [uint32(data, 4), uint32(data, 8)];
  const [left, top] = [uint32(data, 12), uint32(data, 16)];
  const isInside =
    width > 0 &&
    height > 0 &&
    left + width <= uint32(header.data, 0) &&
    top + height <= uint32(header.data, 4);
  if (!isInside) return undefined;
  const delay = ((data[20] ?? 0) << 8) | (data[21] ?? 0);
  const perSecond = ((data[22] ?? 0) << 8) | (data[23] ?? 0) || 100;
  return {
    width,
    height,
    left,
    top,
    delayMillis: Math.round((1000 * delay) / perSecond),
    disposal: data[24] === 1 ? "clear" : data[24] === 2 ? "restore" : "keep",
    isBlended: data[25] === 1,
  };
}

function frameFile(
  header: PngChunk,
  { width, height }: FrameControl,
  shared: readonly Uint8Array[],
  data: readonly Uint8Array[],
): Uint8Array {
  const ihdr = header.data.slice();
  new DataView(ihdr.buffer).setUint32(0, width);
  new DataView(ihdr.buffer).setUint32(4, height);
  return concatenate([
    PNG_SIGNATURE,
    makeChunk("IHDR", ihdr),
    ...shared,
    makeChunk("IDAT", concatenate(data)),
    makeChunk("IEND", new Uint8Array(0)),
  ]);
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
}

import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";

/** What the blocks of a GIF say (GIF89a specification, 1990), with no pixel decoded yet. */
export interface GifFile {
  /** Grows where the first frame overhangs it, as browsers have it. */
  readonly screen: Size;
  /** At least one; as many as are whole, up to `limits.sourceFramesMax`. */
  readonly frames: readonly [GifFrame, ...GifFrame[]];
  /** Some frame has a transparent colour. */
  readonly hasAlpha: boolean;
  /** How often an animation is shown; 0 is without end. */
  readonly plays: number;
  /** Why there may be more frames than those: a block behind them is cut off or makes no sense. */
  readonly damage?: Refusal;
}

export interface GifFrame extends Size {
  readonly left: number;
  readonly top: number;
  readonly interlaced: boolean;
  /** RGB triplets. */
  readonly palette: Uint8Array;
  /** Index of the transparent colour, or -1. */
  readonly clearIndex: number;
  readonly delayMillis: number;
  readonly disposal: Disposal;
  readonly codeBits: number;
  /** The LZW codes in their sub-blocks, the terminator included unless the file is cut off there. */
  readonly data: Uint8Array;
  readonly isCut: boolean;
}

/** What is done with a frame's area before the next frame is drawn. */
export type Disposal = "keep" | "clear" | "restore";

export interface Size {
  readonly width: number;
  readonly height: number;
}

const extension = 0x21;
const image = 0x2c;
const trailer = 0x3b;
const graphicControl = 0xf9;
const application = 0xff;
const screenEnd = 13;

const corrupt = (detail: string) => err({ reason: "corrupt_image", detail } as const);
const truncated = (detail: string) => err({ reason: "truncated_image", detail } as const);

/**
 * Walks the blocks. What is wrong before the first frame is whole is refused. Behind it the file's end, and
 * bytes that are no block, count as a trailer, as browsers have it; a block that is cut off is `damage`. `partial`:
 * a first frame that the file's end cuts off is given, not refused.
 */
export function readGif(bytes: Uint8Array, partial = false): Result<GifFile, Refusal> {
  const version = String.fromCharCode(...bytes.subarray(0, 6));
  if (version !== "GIF87a" && version !== "GIF89a") return err({ reason: "unsupported_format" });
  if (bytes.length < screenEnd) return truncated("inside the screen descriptor");
  const { frames, damage, plays } = new BlockWalk(bytes, partial).run();
  const [first, ...later] = frames;
  if (!first) return err(damage ?? { reason: "corrupt_image", detail: "no frame" });
  const screen = {
    width: Math.max(uint16(bytes, 6), first.left + first.width),
    height: Math.max(uint16(bytes, 8), first.top + first.height),
  };
  const refusal = sizeRefusal("the screen", screen);
  if (refusal) return err(refusal);
  const hasAlpha = frames.some(({ clearIndex }) => clearIndex >= 0);
  return ok({ screen, frames: [first, ...later], hasAlpha, plays, ...(damage && { damage }) });
}

/** What a graphic control says of the frame behind it. */
type Control = Pick<GifFrame, "clearIndex" | "delayMillis" | "disposal">;

const noControl: Control = { clearIndex: -1, delayMillis: 0, disposal: "keep" };

/** Disposal methods by their number (§23); undefined ones count as 0, which asks for nothing. */
const disposals: readonly Disposal[] = ["keep", "keep", "clear", "restore"];

class BlockWalk {
  readonly #bytes: Uint8Array;
  readonly #partial: boolean;
  readonly #globalPalette: Uint8Array;
  readonly #frames: GifFrame[] = [];
  #control = noControl;
  #plays = 1;

  constructor(bytes: Uint8Array, partial: boolean) {
    this.#bytes = bytes;
    this.#partial = partial;
    this.#globalPalette = readPalette(bytes, screenEnd, byteAt(bytes, 10));
  }

  run(): { frames: readonly GifFrame[]; plays: number; damage?: Refusal } {
    const damage = this.#walk();
    return { frames: this.#frames, plays: this.#plays, ...(damage && { damage }) };
  }

  #walk(): Refusal | undefined {
    let at = screenEnd + this.#globalPalette.length;
    while (this.#frames.length < limits.sourceFramesMax) {
      const introducer = byteAt(this.#bytes, at);
      const isBlock = introducer === extension || introducer === image;
      if (!isBlock && this.#frames.length > 0) return undefined;
      if (at >= this.#bytes.length) return truncated("no trailer").error;
      if (introducer === trailer) return undefined;
      const read = introducer === extension ? this.#extension(at) : this.#frame(at, introducer);
      if (!read.ok) return read.error;
      at = read.value;
    }
    return undefined;
  }

  /** Each answers where the next block begins. */
  #extension(at: number): Result<number, Refusal> {
    const end = endOfSubBlocks(this.#bytes, at + 2);
    if (end === undefined) return truncated("inside a block");
    const [, label, length = 0, ...data] = this.#bytes.subarray(at, at + 20);
    // Chrome and libvips show nothing behind one that controls nothing.
    if (label === graphicControl && length === 0) return corrupt("an empty graphic control");
    if (label === graphicControl && length >= 4) {
      const [flags = 0, low = 0, high = 0, index = 0] = data;
      this.#control = {
        clearIndex: flags & 1 ? index : -1,
        delayMillis: 10 * (low | (high << 8)),
        disposal: disposals[(flags >> 2) & 7] ?? "keep",
      };
    } else if (label === application && length === 11) {
      this.#plays = readPlays(data) ?? this.#plays;
    }
    return ok(end);
  }

  #frame(at: number, introducer: number): Result<number, Refusal> {
    const bytes = this.#bytes;
    if (introducer !== image) return corrupt(`unknown block 0x${introducer.toString(16)}`);
    if (at + 11 > bytes.length) return truncated("inside an image descriptor");
    const flags = byteAt(bytes, at + 9);
    const own = readPalette(bytes, at + 10, flags);
    const dataAt = at + 10 + own.length + 1;
    const whole = endOfSubBlocks(bytes, dataAt);
    const isTaken = this.#partial && this.#frames.length === 0 && dataAt < bytes.length;
    const end = whole ?? (isTaken ? bytes.length : undefined);
    if (end === undefined) return truncated("inside a frame");
    const frame: GifFrame = {
      left: uint16(bytes, at + 1),
      top: uint16(bytes, at + 3),
      ...this.#sizeOf(at),
      interlaced: (flags & 0x40) !== 0,
      palette: own.length > 0 ? own : this.#globalPalette,
      ...this.#control,
      codeBits: byteAt(bytes, dataAt - 1),
      data: bytes.subarray(dataAt, end),
      isCut: whole === undefined,
    };
    const refusal = frameRefusal(frame);
    if (refusal) return err(refusal);
    this.#frames.push(frame);
    this.#control = noControl;
    return ok(end);
  }

  /** A frame without width or height takes the screen's, as browsers have it. */
  #sizeOf(at: number): Size {
    const [width, height] = [uint16(this.#bytes, at + 5), uint16(this.#bytes, at + 7)];
    if (width > 0 && height > 0) return { width, height };
    return { width: uint16(this.#bytes, 6), height: uint16(this.#bytes, 8) };
  }
}

function frameRefusal(frame: GifFrame): Refusal | undefined {
  const { width, height, palette, codeBits } = frame;
  if (width === 0 || height === 0) return corrupt("a frame without pixels").error;
  if (palette.length === 0) return corrupt("no palette").error;
  if (codeBits < 1 || codeBits > 8) return corrupt("LZW code size").error;
  return sizeRefusal("a frame", frame);
}

function sizeRefusal(what: string, { width, height }: Size): Refusal | undefined {
  if (width * height <= limits.sourcePixelsMax) return undefined;
  const detail = `pixels of ${what} over the limit`;
  return { reason: "image_too_large", detail, width, height };
}

/** Netscape's block with the number of repeats: the animation is shown once more than that. */
function readPlays(data: readonly number[]): number | undefined {
  const name = String.fromCharCode(...data.slice(0, 11));
  const [length = 0, id, low = 0, high = 0] = data.slice(11);
  if ((name !== "NETSCAPE2.0" && name !== "ANIMEXTS1.0") || length < 3 || id !== 1)
    return undefined;
  const repeats = low | (high << 8);
  return repeats === 0 ? 0 : repeats + 1;
}

/** The LZW codes out of their sub-blocks. */
export function codesOf({ data }: GifFrame): Uint8Array {
  const joined = new Uint8Array(data.length);
  let length = 0;
  let at = 0;
  for (let size = byteAt(data, at); size > 0; size = byteAt(data, at)) {
    const block = data.subarray(at + 1, at + 1 + size);
    joined.set(block, length);
    length += block.length;
    at += 1 + size;
  }
  return joined.subarray(0, length);
}

function readPalette(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  const length = flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
  return bytes.subarray(at, at + length);
}

/** Offset behind the terminator of the sub-blocks at `from`; undefined when the file ends first. */
function endOfSubBlocks(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  while (at < bytes.length) {
    const length = byteAt(bytes, at);
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

function uint16(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
}

/** Past the end reads 0: the walk notices that the file has ended at the next block. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

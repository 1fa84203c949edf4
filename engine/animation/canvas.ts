import type { Size } from "../../core/image/size.ts";
import type { AnimationFrame } from "../codecs/codec.ts";
import { newPicture, rgbaOf, type Picture } from "../codecs/codec.ts";
import type { Bitmap } from "../pixels/bitmap.ts";
import type { Workspace } from "../pixels/workspace.ts";

/**
 * Where the frames of an animation are laid over one another, as GIF89a (§23), APNG (PNG 3rd edition, 11.3.6)
 * and WebP (RFC 9649, 2.7.1.1) have it. It begins transparent. One frame and what it covered are held too.
 */
export class AnimationCanvas {
  readonly #picture: Picture;
  #last: Drawn | undefined;

  constructor(workspace: Workspace, size: Size) {
    const { rgba, ...picture } = newPicture(workspace, { ...size, opaque: false });
    rgba.fill(0);
    this.#picture = picture;
  }

  get bitmap(): Bitmap {
    return this.#picture.bitmap;
  }

  /** Draws the next frame, and frees its pixels. What reaches over the canvas's edge is cut off. */
  draw(frame: AnimationFrame): void {
    this.#dispose();
    const area = this.#areaOf(frame);
    const covered = frame.disposal === "restore" ? this.#copy(area) : undefined;
    this.#last = { area, disposal: frame.disposal, ...(covered && { covered }) };
    const from = wordsOf(frame);
    const to = wordsOf(this.#picture);
    for (let row = 0; row < area.height; row++) {
      const source = from.subarray(row * frame.bitmap.width, row * frame.bitmap.width + area.width);
      const target = this.#rowOf(to, area, row);
      if (frame.isBlended) blend(target, source);
      else target.set(source);
    }
    frame.workspace.free(frame.bitmap.pointer);
  }

  free(): void {
    this.#picture.workspace.free(this.bitmap.pointer);
  }

  /** What the last frame leaves behind when its time is over. */
  #dispose(): void {
    if (!this.#last || this.#last.disposal === "keep") return;
    const { area, covered } = this.#last;
    const words = wordsOf(this.#picture);
    for (let row = 0; row < area.height; row++) {
      const target = this.#rowOf(words, area, row);
      if (covered) target.set(covered.subarray(row * area.width, (row + 1) * area.width));
      else target.fill(0);
    }
  }

  #areaOf({ left, top, bitmap }: AnimationFrame): Area {
    const width = Math.max(0, Math.min(bitmap.width, this.bitmap.width - left));
    const height = Math.max(0, Math.min(bitmap.height, this.bitmap.height - top));
    return { left, top, width, height };
  }

  #copy(area: Area): Uint32Array {
    const words = wordsOf(this.#picture);
    const copy = new Uint32Array(area.width * area.height);
    for (let row = 0; row < area.height; row++) {
      copy.set(this.#rowOf(words, area, row), row * area.width);
    }
    return copy;
  }

  #rowOf(words: Uint32Array, { left, top, width }: Area, row: number): Uint32Array {
    const start = (top + row) * this.bitmap.width + left;
    return words.subarray(start, start + width);
  }
}

interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

interface Drawn {
  readonly area: Area;
  readonly disposal: AnimationFrame["disposal"];
  /** What was there before, for `restore`. */
  readonly covered?: Uint32Array;
}

/** A pixel each, alpha in the highest byte. */
function wordsOf(picture: Picture): Uint32Array {
  const { buffer, byteOffset, byteLength } = rgbaOf(picture);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Source over target, both with straight alpha (Porter and Duff, 1984). */
function blend(target: Uint32Array, source: Uint32Array): void {
  for (let at = 0; at < source.length; at++) {
    const over = source[at] ?? 0;
    const alpha = over >>> 24;
    if (alpha === 255) target[at] = over;
    else if (alpha > 0) target[at] = mixed(over, alpha, target[at] ?? 0);
  }
}

function mixed(over: number, alpha: number, under: number): number {
  const seen = ((under >>> 24) * (255 - alpha)) / 255;
  const total = alpha + seen;
  const channel = (shift: number) => {
    const sum = ((over >>> shift) & 255) * alpha + ((under >>> shift) & 255) * seen;
    return Math.round(sum / total) << shift;
  };
  return ((Math.round(total) << 24) | channel(16) | channel(8) | channel(0)) >>> 0;
}

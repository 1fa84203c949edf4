import { limits } from "../../../core/limits.ts";
import { concatenate } from "../../../core/image/bytes.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { rgbaOf, type EncodeOptions, type Encoder, type Picture } from "../codec.ts";
import { makeChunk, PNG_SIGNATURE } from "./chunks.ts";
import type { Bitmap } from "../../pixels/bitmap.ts";
import { WasmSlot } from "../wasm-slot.ts";

/** `deflateSync` of `node:zlib`, which Node and workerd (nodejs_compat) have. */
export type Deflate = (bytes: Uint8Array, options: { readonly level: number }) => Uint8Array;

/** Exports of `engine/kernels/png`, whose sources say what each does. */
interface FilterKernel {
  readonly memory: WebAssembly.Memory;
  beginFilter(width: number, rows: number): number;
  pixelAddress(): number;
  filteredAddress(): number;
  inspect(rows: number): number;
  chooseLayout(channels: number, adaptive: boolean): void;
  filterRows(rows: number): void;
}

interface Layout {
  readonly channels: 1 | 2 | 3 | 4;
  /** Drawings compress best as they are; photographs when each row is predicted. */
  readonly adaptive: boolean;
}

/** Colour types of 1, 2, 3 and 4 channels. */
const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** At least this share of pixels equal to the one before: a drawing. Photographs stay under a tenth. */
const DRAWING_SHARE = 0.4;
/** Filtered photographs gain 4 % from level 6 over 4, for twice the time; drawings up to a half. */
const PHOTO_LEVEL = 4;
const DRAWING_LEVEL = 6;

/** Eight-bit PNG without interlace, in as few channels as the pixels need. */
export class PngEncoder implements Encoder {
  readonly #slot: WasmSlot<FilterKernel>;
  readonly #deflate: Deflate;

  constructor(module: WebAssembly.Module, deflate: Deflate) {
    this.#slot = new WasmSlot(
      () => new WebAssembly.Instance(module).exports as unknown as FilterKernel,
    );
    this.#deflate = deflate;
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  encode(picture: Picture, { icc }: EncodeOptions): Result<Uint8Array, Refusal> {
    try {
      const { layout, rows } = this.#slot.use((kernel) => filter(kernel, picture));
      const level = layout.adaptive ? PHOTO_LEVEL : DRAWING_LEVEL;
      return ok(
        concatenate([
          PNG_SIGNATURE,
          makeChunk("IHDR", header(picture.bitmap, layout)),
          ...(icc === undefined ? [] : [makeChunk("iCCP", this.#profile(icc))]),
          makeChunk("IDAT", this.#deflate(rows, { level })),
          makeChunk("IEND", new Uint8Array(0)),
        ]),
      );
    } catch (problem) {
      if (!(problem instanceof WebAssembly.RuntimeError)) throw problem;
      return err({ reason: "render_crashed", stage: "png encode" });
    }
  }

  /** A name, a zero, the method, the stream (PNG 11.3.2.3). */
  #profile(icc: Uint8Array): Uint8Array {
    const name = Uint8Array.from("ICC Profile\0\0", (character) => character.charCodeAt(0));
    return concatenate([name, this.#deflate(icc, { level: DRAWING_LEVEL })]);
  }
}

function filter(
  kernel: FilterKernel,
  picture: Picture,
): { readonly layout: Layout; readonly rows: Uint8Array } {
  const { width, height } = picture.bitmap;
  const rgba = rgbaOf(picture);
  // The longest row is shorter than a strip.
  const stripRows = Math.floor(limits.pngStripBytes / (width * 4));
  if (kernel.beginFilter(width, stripRows) === 0)
    throw new WebAssembly.RuntimeError("out of memory");

  let found = 0;
  let repeats = 0;
  for (let y = 0; y < height; y += stripRows) {
    const seen = kernel.inspect(load(kernel, rgba, width, y, stripRows));
    found |= seen & 3;
    repeats += seen >>> 2;
  }
  const channels = found === 3 ? 4 : found === 2 ? 3 : found === 1 ? 2 : 1;
  const layout: Layout = { channels, adaptive: repeats < width * height * DRAWING_SHARE };

  const rowBytes = width * channels + 1;
  const rows = new Uint8Array(rowBytes * height);
  kernel.chooseLayout(layout.channels, layout.adaptive);
  for (let y = 0; y < height; y += stripRows) {
    const count = load(kernel, rgba, width, y, stripRows);
    kernel.filterRows(count);
    const from = kernel.filteredAddress();
    rows.set(new Uint8Array(kernel.memory.buffer, from, rowBytes * count), rowBytes * y);
  }
  return { layout, rows };
}

/** Copies the strip that begins at row `y`; the number of its rows. */
function load(
  kernel: FilterKernel,
  rgba: Uint8Array,
  width: number,
  y: number,
  stripRows: number,
): number {
  const strip = rgba.subarray(y * width * 4, (y + stripRows) * width * 4);
  new Uint8Array(kernel.memory.buffer).set(strip, kernel.pixelAddress());
  return strip.length / (width * 4);
}

function header({ width, height }: Bitmap, { channels }: Layout): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  view.setUint8(8, 8);
  view.setUint8(9, COLOUR_TYPES[channels]);
  return data;
}

import { formats } from "../../../core/image/formats.ts";
import { gridOf, type Grid } from "../../../core/image/avif/grid.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import type { EncodeOptions, Encoder, Picture } from "../codec.ts";
import { OutOfMemory } from "../icodec.ts";
import { WasmSlot } from "../wasm-slot.ts";
import { writeGridFile } from "./grid-file.ts";
import { withAvifIcc } from "./icc.ts";
import { LibavifEncoder } from "./libavif-encoder.ts";
import { fillTiles, fillWhole, type Fill } from "./pixels.ts";
import { readTile, type CodedTile } from "./tile-file.ts";

/**
 * libavif with libaom at its fastest useful speed, 8 bits, one thread: 4:2:0 in one piece, or above 2 MP a
 * grid of tiles, so that memory stays that of one tile. It writes no colour profile, so one is added to
 * its file.
 */
export class AvifEncoder implements Encoder {
  readonly #slot: WasmSlot<LibavifEncoder>;

  /** `module`: `avif-enc.wasm` of `icodec`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => new LibavifEncoder(module));
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  halvesChroma(_quality: number, size: Size): boolean {
    return gridOf(size)?.halvesChroma ?? true;
  }

  encode(picture: Picture, { quality, icc }: EncodeOptions): Result<Uint8Array, Refusal> {
    const { width, height } = picture.bitmap;
    const grid = gridOf({ width, height });
    const bytesMax = formats.avif.output.memory({
      width,
      height,
      hasAlpha: !picture.bitmap.opaque,
      lossless: false,
    }).wasm;
    const piece = {
      quality,
      bytesMax,
      subsample: this.halvesChroma(quality, picture.bitmap) ? HALVED : WHOLE,
    };
    try {
      if (grid) return ok(this.#encodeGrid(picture, grid, piece, icc));
      const file = this.#encodePiece({ width, height }, fillWhole(picture), piece);
      return ok(icc ? withAvifIcc(file, icc) : file);
    } catch (cause) {
      return cause instanceof OutOfMemory
        ? err({ reason: "over_memory_plan", bytes: bytesMax, bytesMax })
        : err({ reason: "render_crashed", stage: "avif encode" });
    }
  }

  #encodeGrid(
    picture: Picture,
    grid: Grid,
    piece: PieceOptions,
    icc: Uint8Array | undefined,
  ): Uint8Array {
    const { width, height } = picture.bitmap;
    const tiles: CodedTile[] = [];
    for (const fill of fillTiles(picture, grid)) {
      tiles.push(readTile(this.#encodePiece(grid.tile, fill, piece)));
    }
    return writeGridFile(grid, { width, height }, tiles, icc);
  }

  #encodePiece(size: Size, fill: Fill, { bytesMax, ...chosen }: PieceOptions): Uint8Array {
    return this.#slot.use((codec) => codec.encode(size, { ...OPTIONS, ...chosen }, bytesMax, fill));
  }
}

interface PieceOptions {
  readonly quality: number;
  readonly subsample: number;
  /** Of the encoder's memory. */
  readonly bytesMax: number;
}

/** libavif's numbers for 4:2:0 and 4:4:4. */
const HALVED = 3;
const WHOLE = 1;

/** Speed 9 of 10: speed 8 takes three times as long for 2 % of size. */
const OPTIONS = {
  qualityAlpha: -1,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  autoTiling: 0,
  speed: 9,
  chromaDeltaQ: 0,
  sharpness: 0,
  /** Automatic. */
  tune: 0,
  denoiseLevel: 0,
  sharpYUV: 0,
  bitDepth: 8,
};

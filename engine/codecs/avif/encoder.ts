import avifEncoder from "@jsquash/avif/codec/enc/avif_enc.js";
import { gridOf, type Grid } from "../../../core/image/avif/grid.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import type { Size } from "../../../core/image/size.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";
import { rgbaOf, type EncodeOptions, type Encoder, type Picture } from "../codec.ts";
import { withAvifIcc } from "./icc.ts";
import { instantiateEmscripten } from "../emscripten.ts";
import { WasmSlot } from "../wasm-slot.ts";
import type { WasmInstance } from "../wasm-slot.ts";
import { writeGridFile } from "./grid-file.ts";
import { tilesOf } from "./tiles.ts";
import { readTile, type CodedTile } from "./tile-file.ts";

interface AvifFunctions {
  encode(data: Uint8Array, width: number, height: number, config: object): Uint8Array | null;
}

/**
 * libavif with libaom at its fastest useful speed, 8 bits, one thread: 4:2:0 in one piece, or above 2 MP a
 * grid of tiles, so that memory stays that of one tile. It writes no colour profile, so one is added to
 * its file.
 */
export class AvifEncoder implements Encoder {
  readonly #slot: WasmSlot<AvifFunctions & WasmInstance>;

  /** `module`: `@jsquash/avif/codec/enc/avif_enc.wasm`. */
  constructor(module: WebAssembly.Module) {
    this.#slot = new WasmSlot(() => instantiateEmscripten<AvifFunctions>(avifEncoder, module));
  }

  get wasmBytes(): number {
    return this.#slot.wasmBytes;
  }

  encode(picture: Picture, { quality, icc }: EncodeOptions): Result<Uint8Array, Refusal> {
    const { width, height } = picture.bitmap;
    const grid = gridOf({ width, height });
    try {
      if (grid) return ok(this.#encodeGrid(picture, grid, quality, icc));
      const file = this.#encodePiece(rgbaOf(picture), { width, height }, { ...CONFIG, quality });
      return ok(icc ? withAvifIcc(file, icc) : file);
    } catch {
      return err({ reason: "render_crashed", stage: "avif encode" });
    }
  }

  #encodeGrid(
    picture: Picture,
    grid: Grid,
    quality: number,
    icc: Uint8Array | undefined,
  ): Uint8Array {
    const { width, height } = picture.bitmap;
    const config = { ...CONFIG, quality, subsample: grid.halvesChroma ? HALVED : WHOLE };
    const tiles: CodedTile[] = [];
    for (const rgba of tilesOf(picture, grid)) {
      tiles.push(readTile(this.#encodePiece(rgba, grid.tile, config)));
    }
    return writeGridFile(grid, { width, height }, tiles, icc);
  }

  #encodePiece(rgba: Uint8Array, { width, height }: Size, config: object): Uint8Array {
    const file = this.#slot.use((codec) => codec.encode(rgba, width, height, config));
    if (file === null) throw new Error("libavif encodes nothing");
    return file;
  }
}

/** The wrapper's numbers for 4:2:0 and 4:4:4. */
const HALVED = 1;
const WHOLE = 3;

/** All fields of the wrapper's options. Speed 9 of 10: speed 8 takes three times as long for 2 % of size. */
const CONFIG = {
  quality: 50,
  qualityAlpha: -1,
  denoiseLevel: 0,
  tileRowsLog2: 0,
  tileColsLog2: 0,
  speed: 9,
  subsample: HALVED,
  chromaDeltaQ: false,
  sharpness: 0,
  /** Automatic. */
  tune: 0,
  enableSharpYUV: false,
  bitDepth: 8,
  lossless: false,
};

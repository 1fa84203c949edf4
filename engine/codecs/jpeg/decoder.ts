import type { Refusal } from "../../../core/image/refusal.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { slackBytes, type Bitmap } from "../../pixels/bitmap.ts";
import { bytesAt, createWorkspace, type Workspace } from "../../pixels/workspace.ts";
import { decodeSound } from "./syntax/well-formed.ts";
import { defaultCmykTable, type CmykTable } from "../../colour/cmyk-table.ts";
import { hasAdobeMarker, missesEndOfImage } from "./syntax/markers.ts";
import { readFrame } from "./syntax/header.ts";
import { scaledSide, type JpegScale } from "./scale.ts";

/** Both modules are compiled beforehand: workerd compiles nothing from bytes. */
export interface JpegModules {
  /** `jpeg-turbo.wasm` of @cwasm/jpeg-turbo. */
  readonly decoder: WebAssembly.Module;
  readonly kernels: WebAssembly.Module;
}

export interface DecodedJpeg {
  readonly bitmap: Bitmap;
  /** The decoder's own memory, so that resizing and encoding need no copy. Free `bitmap.pointer` in it. */
  readonly workspace: Workspace;
  /** Why the pixels are not all that the file promised; whether that is a failure is the caller's to say. */
  readonly damage?: "truncated" | "corrupt";
}

/**
 * libjpeg-turbo, one instance at a time. An instance whose decoding failed is replaced by a fresh one: a
 * failed call leaks.
 */
export class JpegDecoder {
  readonly #modules: JpegModules;
  #turbo: Turbo | undefined;

  constructor(modules: JpegModules) {
    this.#modules = modules;
  }

  /** Bytes of WASM memory held now. */
  get wasmBytes(): number {
    return this.#turbo?.workspace.memory.buffer.byteLength ?? 0;
  }

  /**
   * Decodes at `scale` eighths of the size. The last bitmap must have been freed by then. `cmykTable`
   * says what the inks of a CMYK file print, where its profile does.
   */
  decode(
    source: Uint8Array,
    scale: JpegScale,
    cmykTable: CmykTable = defaultCmykTable,
  ): Result<DecodedJpeg, Refusal> {
    this.#turbo ??= instantiate(this.#modules);
    try {
      const { workspace } = this.#turbo;
      const sound = decodeSound(workspace, source, scale);
      if (sound && sound !== "unfinished") return ok({ bitmap: sound, workspace });
      const decoded = decompress(this.#turbo, source, scale, cmykTable);
      if (!decoded.ok) this.#turbo = undefined;
      if (!decoded.ok || sound === undefined) return decoded;
      return ok({ bitmap: decoded.value.bitmap, workspace });
    } catch (cause) {
      this.#turbo = undefined;
      if (cause instanceof FatalJpegError) {
        return err({ reason: "corrupt_image", detail: "the JPEG decoder gave up on it" });
      }
      return err({ reason: "render_crashed", stage: "jpeg decode" });
    }
  }
}

/** The functions of TurboJPEG 2 that the module exports; 0 is success, -1 failure or a warning. */
interface TurboExports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (bytes: number) => number;
  readonly free: (pointer: number) => void;
  readonly tjInitDecompress: () => number;
  readonly tjDestroy: (handle: number) => number;
  readonly tjDecompress2: (
    handle: number,
    source: number,
    bytes: number,
    out: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number,
  ) => number;
}

interface Turbo {
  readonly exports: TurboExports;
  readonly workspace: Workspace;
}

/** TurboJPEG's numbers for the pixels it is asked for. */
const pixelFormatRgba = 7;
const pixelFormatCmyk = 11;
/** More than 500 scans is an attack on the time of progressive decoding. */
const flagLimitScans = 32_768;

/** libjpeg reports what it cannot go on from by `longjmp`, which ends the call for good. */
class FatalJpegError extends Error {}

function instantiate(modules: JpegModules): Turbo {
  const unavailable = (): never => {
    throw new Error("the JPEG decoder called a system function");
  };
  const instance = new WebAssembly.Instance(modules.decoder, {
    env: {
      setjmp: () => 0,
      longjmp: () => {
        throw new FatalJpegError();
      },
    },
    wasi_snapshot_preview1: {
      environ_sizes_get: () => 0,
      environ_get: unavailable,
      proc_exit: unavailable,
      fd_close: unavailable,
      fd_seek: unavailable,
      fd_write: unavailable,
    },
  });
  const exports = instance.exports as unknown as TurboExports;
  const allocate = (bytes: number): number => {
    const pointer = exports.malloc(bytes);
    if (pointer === 0) throw new RangeError(`${bytes} bytes do not fit the decoder's memory`);
    return pointer;
  };
  const heap = { memory: exports.memory, allocate, free: exports.free };
  return { exports, workspace: createWorkspace(modules.kernels, heap) };
}

function decompress(
  turbo: Turbo,
  source: Uint8Array,
  scale: JpegScale,
  cmykTable: CmykTable,
): Result<DecodedJpeg, Refusal> {
  const { exports, workspace } = turbo;
  const frame = readFrame(source);
  if (!frame) return err({ reason: "corrupt_image", detail: "the JPEG has no frame header" });
  const cmyk = frame.components.length === 4;
  const input = workspace.allocate(source.length);
  bytesAt(workspace, input, source.length).set(source);
  const width = scaledSide(frame.width, scale);
  const height = scaledSide(frame.height, scale);
  const stride = width * 4;
  const pointer = workspace.allocate(stride * height + slackBytes);
  const handle = exports.tjInitDecompress();
  const status = exports.tjDecompress2(
    handle,
    input,
    source.length,
    pointer,
    width,
    stride,
    height,
    cmyk ? pixelFormatCmyk : pixelFormatRgba,
    flagLimitScans,
  );
  exports.tjDestroy(handle);
  workspace.free(input);
  const bitmap: Bitmap = { pointer, width, height, stride, opaque: true };
  if (cmyk) convertCmyk(workspace, bitmap, hasAdobeMarker(source), cmykTable);
  if (status === 0) return ok({ bitmap, workspace });
  return ok({ bitmap, workspace, damage: missesEndOfImage(source) ? "truncated" : "corrupt" });
}

/** Files with Adobe's marker store inks inverted (Adobe Technical Note 5116); others do not. */
function convertCmyk(
  workspace: Workspace,
  bitmap: Bitmap,
  inverted: boolean,
  { side, rgb }: CmykTable,
): void {
  const { kernels } = workspace;
  const colours = side ** 4;
  const table = workspace.allocate(colours * 4);
  const rgba = bytesAt(workspace, table, colours * 4);
  for (let k = 0; k < colours; k++) rgba.set(rgb.subarray(k * 3, k * 3 + 3), k * 4);
  for (let y = 0; y < bitmap.height; y++) {
    const row = bitmap.pointer + y * bitmap.stride;
    if (inverted) kernels.invert(row, bitmap.width);
    kernels.cmykToRgba(row, bitmap.width, table, side);
  }
  workspace.free(table);
}

import type { ImageInfo } from "../../../core/image/image-info.ts";
import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { readCmykProfile } from "../../colour/cmyk-profile.ts";
import { slackBytes, type Bitmap } from "../../pixels/bitmap.ts";
import { bytesAt, createWorkspace, type Workspace } from "../../pixels/workspace.ts";
import { decodeSound } from "./syntax/well-formed.ts";
import { defaultCmykTable, type CmykTable } from "../../colour/cmyk-table.ts";
import type { Decoded, DecodeRequest, Decoder } from "../codec.ts";
import { readJpegIcc } from "./syntax/icc.ts";
import { hasAdobeMarker, hasMoreScansThan, missesEndOfImage } from "./syntax/markers.ts";
import { readFrame } from "./syntax/header.ts";
import { scaledSide, type JpegScale } from "./scale.ts";

/** Both modules are compiled beforehand: workerd compiles nothing from bytes. */
export interface JpegModules {
  /** `jpeg-turbo.wasm` of @cwasm/jpeg-turbo. */
  readonly decoder: WebAssembly.Module;
  readonly kernels: WebAssembly.Module;
}

/**
 * Well-formed files through the kernels, all others through libjpeg-turbo, at 1, 1/2, 1/4 or 1/8 of the
 * size. Both work in libjpeg-turbo's memory, where outputs are made too, so no pixels are copied. An
 * instance whose decoding failed is replaced by a fresh one: a failed call leaks.
 */
export class JpegDecoder implements Decoder {
  readonly #modules: JpegModules;
  #turbo: Turbo | undefined;

  constructor(modules: JpegModules) {
    this.#modules = modules;
  }

  get wasmBytes(): number {
    return this.#turbo?.workspace.memory.buffer.byteLength ?? 0;
  }

  decode(source: Uint8Array, { shrink }: DecodeRequest, info: ImageInfo): Result<Decoded, Refusal> {
    if (info.progressive && hasMoreScansThan(source, limits.jpegScansMax)) {
      const most = `more than ${limits.jpegScansMax} scans, which no encoder makes`;
      return err({ reason: "corrupt_image", detail: `The picture comes in ${most}` });
    }
    const icc = info.hasIcc ? readJpegIcc(source) : undefined;
    const isCmyk = info.colour === "cmyk";
    const inks = isCmyk && icc ? readCmykProfile(icc) : undefined;
    const decoded = this.#decodePixels(source, (8 / shrink) as JpegScale, inks);
    // Inks have become sRGB by now, whatever else a profile says.
    return decoded.ok && icc && !isCmyk ? ok({ ...decoded.value, icc }) : decoded;
  }

  #decodePixels(
    source: Uint8Array,
    scale: JpegScale,
    inks: CmykTable = defaultCmykTable,
  ): Result<Decoded, Refusal> {
    this.#turbo ??= instantiate(this.#modules);
    try {
      const { workspace } = this.#turbo;
      const own = decodeSound(workspace, source, scale);
      if (own && own !== "unfinished") return ok({ bitmap: own, workspace });
      const decoded = decompress(this.#turbo, source, scale, inks);
      const refusal = decoded.damage && own !== "unfinished" ? damages[decoded.damage] : undefined;
      if (!refusal && decoded.bitmap) return ok({ bitmap: decoded.bitmap, workspace });
      this.#turbo = undefined;
      return err(refusal ?? noFrame);
    } catch (cause) {
      this.#turbo = undefined;
      if (cause instanceof FatalJpegError) {
        return err({ reason: "corrupt_image", detail: "the JPEG decoder gave up on it" });
      }
      return err({ reason: "render_crashed", stage: "jpeg decode" });
    }
  }
}

const noFrame: Refusal = { reason: "corrupt_image", detail: "the JPEG has no frame header" };
const damages = {
  truncated: { reason: "truncated_image", detail: "The file ends inside its picture" },
  corrupt: { reason: "corrupt_image", detail: "The picture's data is damaged" },
} as const satisfies Record<string, Refusal>;

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
  inks: CmykTable,
): { readonly bitmap?: Bitmap; readonly damage?: keyof typeof damages } {
  const { exports, workspace } = turbo;
  const frame = readFrame(source);
  if (!frame) return {};
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
  if (cmyk) convertCmyk(workspace, bitmap, hasAdobeMarker(source), inks);
  if (status === 0) return { bitmap };
  return { bitmap, damage: missesEndOfImage(source) ? "truncated" : "corrupt" };
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

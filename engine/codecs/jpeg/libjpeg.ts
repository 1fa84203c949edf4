import { defaultCmykTable, type CmykTable } from "../../colour/cmyk-table.ts";
import { slackBytes, type Bitmap } from "../../pixels/bitmap.ts";
import { bytesAt, createWorkspace, type Workspace } from "../../pixels/workspace.ts";
import { scaledSide, type JpegScale } from "./scale.ts";
import { readFrame } from "./syntax/header.ts";
import { hasAdobeMarker, missesEndOfImage } from "./syntax/markers.ts";

/** Both modules are compiled beforehand: workerd compiles nothing from bytes. */
export interface JpegModules {
  /** `jpeg-turbo.wasm` of @cwasm/jpeg-turbo. */
  readonly decoder: WebAssembly.Module;
  readonly kernels: WebAssembly.Module;
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

export interface Libjpeg {
  readonly exports: TurboExports;
  readonly workspace: Workspace;
}

/** TurboJPEG's numbers for the pixels it is asked for. */
const pixelFormatRgba = 7;
const pixelFormatCmyk = 11;
/** More than 500 scans is an attack on the time of progressive decoding. */
const flagLimitScans = 32_768;

/** libjpeg reports what it cannot go on from by `longjmp`, which ends the call. */
export class FatalJpegError extends Error {}

export function instantiateLibjpeg(modules: JpegModules): Libjpeg {
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

/** Decodes to RGBA at `scale` eighths of the size, as far as the data go. No bitmap without a frame header. */
export function decompress(
  libjpeg: Libjpeg,
  source: Uint8Array,
  scale: JpegScale,
  inks: CmykTable = defaultCmykTable,
): { readonly bitmap?: Bitmap; readonly damage?: "truncated" | "corrupt" } {
  const { exports, workspace } = libjpeg;
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

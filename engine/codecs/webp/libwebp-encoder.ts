import { IcodecEncoder, type IcodecModule, type IcodecOptions } from "../icodec.ts";

/** libwebp 1.4 with SIMD. */
export class LibwebpEncoder extends IcodecEncoder<WebpOption> {
  /** `module`: `webp-enc.wasm` of `icodec`. */
  constructor(module: WebAssembly.Module) {
    super(module, libwebp);
  }
}

export type WebpOptions = IcodecOptions<WebpOption>;
export type WebpOption = (typeof optionNames)[number];

/** libwebp's `WebPConfig` (encode.h). */
const optionNames = [
  "lossless",
  "quality",
  "method",
  "imageHint",
  "targetSize",
  "targetPSNR",
  "segments",
  "snsStrength",
  "filterStrength",
  "filterSharpness",
  "filterType",
  "autofilter",
  "alphaCompression",
  "alphaFiltering",
  "alphaQuality",
  "pass",
  "showCompressed",
  "preprocessing",
  "partitions",
  "partitionLimit",
  "emulateJpegSize",
  "lowMemory",
  "nearLossless",
  "exact",
  "useDeltaPalette",
  "sharpYUV",
] as const;

export const libwebp: IcodecModule<WebpOption> = {
  name: "webp-enc.wasm",
  options: optionNames,
  exports: { memory: "B", start: "C", table: "E", allocate: "F", free: "G" },
  imports: {
    ignored: "kowxmdhcbieyqfzr",
    givesUp: "up",
    handles: "gA",
    function: "n",
    structure: "l",
    field: "a",
    text: "v",
    construct: "j",
    grow: "s",
    copy: "t",
  },
};

import {
  each,
  IcodecEncoder,
  type IcodecInstance,
  type IcodecModule,
  type IcodecOptions,
} from "../icodec.ts";

/** libavif 1.1 with libaom 3.11. */
export class LibavifEncoder extends IcodecEncoder<AvifOption> {
  /** `module`: `avif-enc.wasm` of `icodec`. */
  constructor(module: WebAssembly.Module) {
    super(module, libavif);
  }
}

export type AvifOptions = IcodecOptions<AvifOption>;
type AvifOption = (typeof optionNames)[number];

const optionNames = [
  "quality",
  "qualityAlpha",
  "tileRowsLog2",
  "tileColsLog2",
  "autoTiling",
  "speed",
  "chromaDeltaQ",
  "sharpness",
  "tune",
  "denoiseLevel",
  "subsample",
  "sharpYUV",
  "bitDepth",
] as const;

export const libavif: IcodecModule<AvifOption> = {
  name: "avif-enc.wasm",
  options: optionNames,
  exports: { memory: "$", start: "aa", table: "ca", allocate: "da", free: "ea" },
  imports: {
    ignored: "CEFOYZ_diopstuvyMN",
    givesUp: "PDa",
    handles: "qw",
    function: "T",
    structure: "L",
    field: "e",
    text: "k",
    construct: "x",
    grow: "H",
    copy: "I",
  },
  more: withLongJumps,
};

/** libaom reports errors by long jumps, and may look for files, of which there are none. */
function withLongJumps({ call, exported }: IcodecInstance): WebAssembly.ModuleImports {
  /** Runs what may end in a long jump, which then goes on where the module set its mark. */
  const guard = (work: () => number): number => {
    const stack = exported("ia")();
    try {
      return work();
    } catch (cause) {
      if (cause !== longJump) throw cause;
      // Restores the stack and notes the jump.
      exported("ha")(stack);
      exported("ga")(1, 0);
      return 0;
    }
  };
  const guarded = (index: number, ...values: readonly number[]) =>
    guard(() => call(index, ...values));
  return {
    // Of WASI.
    ...each("JKrz", () => NOT_SUPPORTED),
    // Calls through the table, one for each signature.
    ...each("QRSUVWXbcfghjlmn", guarded),
    // The same with 64-bit arguments, which come in halves.
    A: (...values: readonly number[]) => guard(() => exported("oa")(...values)),
    B: (...values: readonly number[]) => guard(() => exported("na")(...values)),
    G: () => {
      throw longJump;
    },
  };
}

const longJump = new Error("a long jump");

/** WASI's error number. */
const NOT_SUPPORTED = 52;

/**
 * The functions of `engine/kernels/pixels.wasm`, documented where they are written. The module holds
 * no data and imports its memory, so it works in any memory it is given: a codec's own, for one.
 */
export interface Kernels {
  readonly widen: (row: number, width: number, line: number) => void;
  readonly widenPremultiplied: (row: number, width: number, line: number) => void;
  readonly addToCells: (line: number, width: number, cellWidth: number, sums: number) => void;
  readonly averageCells: (
    sums: number,
    cells: number,
    share: number,
    lastShare: number,
    line: number,
  ) => void;
  readonly convolveRows: (
    lineA: number,
    lineB: number,
    starts: number,
    weights: number,
    pairs: number,
    width: number,
    out: number,
  ) => void;
  readonly blendRows: (
    rows: number,
    weights: number,
    pairs: number,
    width: number,
    out: number,
  ) => void;
  readonly narrow: (line: number, width: number, row: number) => void;
  readonly narrowUnpremultiplied: (line: number, width: number, row: number) => void;
  readonly place: (row: number, width: number, target: number, pixelStride: number) => void;

  readonly fill: (row: number, width: number, rgba: number) => void;
  readonly flatten: (
    row: number,
    width: number,
    r: number,
    g: number,
    b: number,
    a: number,
  ) => void;
  readonly lookUp: (row: number, width: number, table: number) => void;
  readonly saturate: (row: number, width: number, amount: number) => void;
  readonly sharpen: (row: number, blurred: number, width: number, amount: number) => void;
  readonly cmykToRgba: (row: number, width: number, table: number, side: number) => void;
  readonly invert: (row: number, width: number) => void;
  readonly widenColours: (from: number, count: number, to: number) => void;

  readonly planeRow: (
    rgba: number,
    width: number,
    paddedWidth: number,
    y: number,
    cb: number,
    cr: number,
  ) => void;
  readonly halve: (above: number, below: number, width: number, out: number) => void;
  readonly transformBlocks: (
    plane: number,
    stride: number,
    step: number,
    count: number,
    scales: number,
    out: number,
    outStep: number,
  ) => void;
  readonly padBlocks: (block: number, count: number, step: number) => void;
  readonly countSymbols: (coder: number, blocks: number, mcus: number, lumaBlocks: number) => void;
  readonly writeSymbols: (
    coder: number,
    blocks: number,
    mcus: number,
    lumaBlocks: number,
    out: number,
  ) => number;
  readonly unstuff: (from: number, end: number, out: number, lengthOut: number) => number;
  readonly fillSkips: (codes: number, out: number) => void;
  readonly decodeMcus: (
    scan: number,
    plan: number,
    blocks: number,
    first: number,
    count: number,
    shownFrom: number,
    shownEnd: number,
  ) => number;
  readonly decodeDc: (
    scan: number,
    plan: number,
    blocks: number,
    first: number,
    count: number,
    shift: number,
    refine: boolean,
  ) => number;
  readonly decodeAc: DecodeBand;
  readonly refineAc: DecodeBand;
  readonly showBlocks: (
    masks: number,
    kept: number,
    keptBytes: number,
    slots: number,
    count: number,
    patterns: number,
    side: number,
    out: number,
    stride: number,
  ) => void;
  readonly blendPlaneRows: (
    rows: number,
    weights: number,
    pairs: number,
    width: number,
    line: number,
  ) => void;
  readonly convolvePlaneLine: (
    line: number,
    starts: number,
    weights: number,
    groups: number,
    width: number,
    samples: number,
  ) => void;
  readonly bytesToSamples: (row: number, width: number, samples: number) => void;
  readonly samplesToBytes: (samples: number, width: number, row: number) => void;
  readonly drawOver: (
    below: number,
    width: number,
    above: number,
    period: number,
    first: number,
    opacity: number,
  ) => void;
  readonly samplesToPairs: (samples: number, width: number, row: number) => void;
  readonly padSamples: (samples: number, width: number, paddedWidth: number) => void;
  readonly colourRow: (y: number, cb: number, cr: number, width: number, rgba: number) => void;
  readonly interpolateRow: (
    near: number,
    far: number,
    width: number,
    doubled: boolean,
    out: number,
  ) => void;
  readonly writeRest: (coder: number, out: number) => number;
}

type DecodeBand = (
  scan: number,
  table: number,
  masks: number,
  kept: number,
  keptBytes: number,
  slots: number,
  count: number,
  start: number,
  end: number,
  shift: number,
) => number;

/** The kernels over one memory. `module` is compiled beforehand: workerd compiles nothing from bytes. */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Kernels {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  return instance.exports as unknown as Kernels;
}

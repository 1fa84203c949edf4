/** The weights of a one-dimensional filter: for each output, which inputs it adds and how much of each. */
export interface Taps {
  /** Weights come in pairs; every output has the same number, some of them 0. */
  readonly pairs: number;
  /** First input of each output: even, so that pairs are the same for all, and never descending. */
  readonly starts: Uint32Array;
  /** Fourteen fractional bits; the weights of an output add up to exactly 1. */
  readonly weights: Int16Array;
}

export const one = 1 << 14;

/**
 * `size` of `inputs` samples, from `origin`, become `outputs`; `origin` and `size` may be fractions.
 * Shrinks by Lanczos with three lobes (Duchon 1979). Enlarges by Catmull-Rom (1974), as libvips does:
 * Lanczos rings around enlarged edges. Beyond the border its sample is repeated.
 */
export function resampleTaps(inputs: number, origin: number, size: number, outputs: number): Taps {
  const scale = size / outputs;
  // An exact copy needs no filter; either would give weight 1 and its zeros.
  if (scale === 1 && Number.isInteger(origin)) return copyTaps(origin, outputs);
  const centreOf = (output: number): number => origin + (output + 0.5) * scale;
  const { support, weightAt } = resampleFilter(scale);
  return makeTaps(inputs, outputs, support, centreOf, weightAt);
}

/** How far from its centre an output looks, and how much an input counts there; see `resampleTaps`. */
export function resampleFilter(scale: number): {
  readonly support: number;
  readonly weightAt: (distance: number) => number;
} {
  if (scale < 1) return { support: 2, weightAt: catmullRom };
  return { support: 3 * scale, weightAt: (distance) => lanczos3(distance / scale) };
}

/** Gaussian blur of standard deviation `sigma` samples, cut where its weight is below half a 1/255 of the peak. */
export function gaussianTaps(length: number, sigma: number): Taps {
  const support = Math.max(1, sigma * 3.53);
  return makeTaps(
    length,
    length,
    support,
    (output) => output + 0.5,
    (distance) => Math.exp((distance * distance) / (-2 * sigma * sigma)),
  );
}

function copyTaps(origin: number, outputs: number): Taps {
  const weights = new Int16Array(outputs * 2);
  const starts = Uint32Array.from({ length: outputs }, (_, x) => {
    weights[x * 2 + ((origin + x) & 1)] = one;
    return (origin + x) & ~1;
  });
  return { pairs: 1, starts, weights };
}

function makeTaps(
  inputs: number,
  outputs: number,
  support: number,
  centreOf: (output: number) => number,
  weightAt: (distance: number) => number,
): Taps {
  // Inputs under the filter, and one before them where the first is odd.
  const pairs = Math.ceil((Math.floor(2 * support) + 2) / 2);
  const count = pairs * 2;
  const starts = new Uint32Array(outputs);
  const weights = new Int16Array(outputs * count);
  const exact = new Float64Array(count);
  starts.forEach((_, output) => {
    const centre = centreOf(output);
    const first = Math.ceil(centre - support - 0.5);
    const last = Math.floor(centre + support - 0.5);
    const start = Math.min(Math.max(0, first), inputs - 1) & ~1;
    exact.fill(0);
    let sum = 0;
    for (let input = first; input <= last; input++) {
      const weight = weightAt(input + 0.5 - centre);
      const inside = Math.min(Math.max(input, 0), inputs - 1) - start;
      exact[inside] = (exact[inside] ?? 0) + weight;
      sum += weight;
    }
    starts[output] = start;
    quantise(exact, sum, weights.subarray(output * count, (output + 1) * count));
  });
  return { pairs, starts, weights };
}

/** Rounds so that the sum of `exact`, `sum`, becomes exactly one, or a flat colour would drift: the largest weight takes the rest. */
export function quantise(exact: Float64Array, sum: number, weights: Int16Array): void {
  let rest = one;
  let largest = 0;
  exact.forEach((share, k) => {
    const weight = Math.round((share / sum) * one);
    weights[k] = weight;
    rest -= weight;
    if (weight > (weights[largest] ?? 0)) largest = k;
  });
  weights[largest] = (weights[largest] ?? 0) + rest;
}

function lanczos3(x: number): number {
  if (Math.abs(x) < 1e-9) return 1;
  if (Math.abs(x) >= 3) return 0;
  const angle = (Math.PI / 3) * x;
  const s = Math.sin(angle);
  // sin 3a = 3 sin a - 4 sin³ a: one sine for both factors.
  return (s * s * (3 - 4 * s * s)) / (3 * angle * angle);
}

/** For distances of up to 2. */
function catmullRom(x: number): number {
  const t = Math.abs(x);
  return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : ((2.5 - 0.5 * t) * t - 4) * t + 2;
}

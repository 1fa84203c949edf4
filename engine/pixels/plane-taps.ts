import { one, quantise, resampleFilter } from "./taps.ts";

/** The weights of a filter over one axis of a plane: `count` for each output, from any start. */
export interface PlaneTaps {
  readonly count: number;
  readonly starts: Uint32Array;
  /** Fourteen fractional bits; the weights of an output add up to exactly 1. */
  readonly weights: Int16Array;
}

/**
 * As `resampleTaps`, for planes: `scale` inputs for each output, from `origin`. `count` is a multiple of
 * `multiple`. Most outputs have the phase of another one, whose weights are then theirs.
 */
export function planeTaps(
  inputs: number,
  origin: number,
  scale: number,
  outputs: number,
  multiple: number,
): PlaneTaps {
  if (scale === 1 && Number.isInteger(origin)) return copyTaps(inputs, origin, outputs, multiple);
  const { support, weightAt } = resampleFilter(scale);
  const taps = Math.ceil(2 * support);
  const count = Math.ceil(taps / multiple) * multiple;
  const starts = new Uint32Array(outputs);
  const weights = new Int16Array(outputs * count);
  const known = new Map<number, Int16Array>();
  const exact = new Float64Array(count);
  starts.forEach((_, output) => {
    const centre = origin + (output + 0.5) * scale;
    const first = Math.ceil(centre - support - 0.5 + 1e-9);
    const own = weights.subarray(output * count, (output + 1) * count);
    const isInside = first >= 0 && first + taps <= inputs;
    const phase = Math.round((centre - first) * 1e6);
    const same = isInside ? known.get(phase) : undefined;
    const start = isInside ? first : Math.max(0, Math.min(first, inputs - taps));
    starts[output] = start;
    if (same) {
      own.set(same);
      return;
    }
    exact.fill(0);
    let sum = 0;
    for (let input = first; input < first + taps; input++) {
      // Beyond the border its sample is repeated.
      const inside = Math.min(Math.max(input, 0), inputs - 1) - start;
      const weight = weightAt(input + 0.5 - centre);
      exact[inside] = (exact[inside] ?? 0) + weight;
      sum += weight;
    }
    quantise(exact, sum, own);
    if (isInside) known.set(phase, own);
  });
  return { count, starts, weights };
}

function copyTaps(inputs: number, origin: number, outputs: number, count: number): PlaneTaps {
  const weights = new Int16Array(outputs * count);
  const starts = Uint32Array.from({ length: outputs }, (_, output) => {
    weights[output * count] = one;
    return Math.min(origin + output, inputs - 1);
  });
  return { count, starts, weights };
}

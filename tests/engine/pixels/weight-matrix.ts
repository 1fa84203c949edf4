interface Weights {
  readonly starts: Uint32Array;
  /** As many for each output. */
  readonly weights: Int16Array;
}

/** What each output makes of each input; beyond the inputs there must be nothing. */
export function weightMatrix({ starts, weights }: Weights, inputs: number): number[][] {
  const count = weights.length / starts.length;
  return [...starts].map((start, output) => {
    const row = Array.from({ length: inputs }, () => 0);
    weights.subarray(output * count, (output + 1) * count).forEach((weight, k) => {
      if (weight !== 0) row[start + k] = (row[start + k] ?? NaN) + weight;
    });
    return row;
  });
}

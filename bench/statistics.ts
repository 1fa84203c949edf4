/** The value below which `share` of the sorted samples lie (nearest rank); NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** How far repeated measurements lie apart, as a share of their median: 0.1 is ±5 %. */
export function spread(samples: readonly number[]): number {
  return (Math.max(...samples) - Math.min(...samples)) / median(samples);
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

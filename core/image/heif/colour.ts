/**
 * How luma and colour differences are mixed, by ITU-T H.273's number of the matrix: the shares of red and
 * blue in luma. Unspecified (2) is read as BT.601, as libavif does.
 */
const lumaShares: ReadonlyMap<number, readonly [red: number, blue: number]> = new Map([
  [1, [0.2126, 0.0722]],
  [2, [0.299, 0.114]],
  [4, [0.3, 0.11]],
  [5, [0.299, 0.114]],
  [6, [0.299, 0.114]],
  [7, [0.212, 0.087]],
  [9, [0.2627, 0.0593]],
]);

export const hasKnownMatrix = (matrix: number): boolean => lumaShares.has(matrix);

/** Red is Y + r·Cr, green Y + g·Cb + h·Cr, blue Y + b·Cb, in numbers from 0 to 1. */
export interface ColourWeights {
  readonly redOfCr: number;
  readonly greenOfCb: number;
  readonly greenOfCr: number;
  readonly blueOfCb: number;
}

/** Undefined for any other matrix. */
export function colourWeights(matrix: number): ColourWeights | undefined {
  const shares = lumaShares.get(matrix);
  if (!shares) return undefined;
  const [red, blue] = shares;
  const green = 1 - red - blue;
  return {
    redOfCr: 2 * (1 - red),
    greenOfCb: (-2 * blue * (1 - blue)) / green,
    greenOfCr: (-2 * red * (1 - red)) / green,
    blueOfCb: 2 * (1 - blue),
  };
}

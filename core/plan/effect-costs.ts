import { pixelsOf, type Size } from "../image/size.ts";
import type { RenderTransform } from "../transform/transform.ts";

/** What an effect on the resized picture adds to a render. */
export interface EffectCost {
  readonly operation: string;
  readonly isWanted: (transform: RenderTransform) => boolean;
  /** For each pixel of the resized picture, on the reference machine. */
  readonly nanosEach: number;
  /** What it holds besides the picture, in bytes. */
  readonly bytes: (picture: Size) => number;
}

/** The effects with a noticeable cost; all others change each pixel in place. */
export const effectCosts: readonly EffectCost[] = [
  {
    operation: "pixel blurred",
    isWanted: ({ blur }) => blur > 0,
    nanosEach: 15,
    // A narrow one works by rows; a wide one on a picture of half the sides or less.
    bytes: (picture) => pixelsOf(picture) + gaussianBytes(picture, 58),
  },
  {
    operation: "pixel sharpened",
    isWanted: ({ sharpen }) => sharpen > 0,
    nanosEach: 11,
    bytes: (picture) => 4 * pixelsOf(picture) + gaussianBytes(picture, 10),
  },
  {
    operation: "pixel of a square",
    isWanted: ({ pixelate }) => pixelate > 1,
    nanosEach: 2.5,
    bytes: () => 0,
  },
];

function gaussianBytes({ width, height }: Size, taps: number): number {
  return width * (32 + 10 * taps) + height * 2 * taps;
}

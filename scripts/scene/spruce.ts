import { type NoiseTile, sampleTile } from "./noise.ts";
import { type Light, sun } from "./sky.ts";

/** A tree near the camera; all in shares of the picture, so that every size shows the same view. */
interface Spruce {
  readonly centre: number;
  readonly foot: number;
  readonly tall: number;
  readonly tiers: number;
}

const spruces: readonly Spruce[] = [
  { centre: 0.163, foot: 0.735, tall: 0.3, tiers: 13 },
  { centre: 0.098, foot: 0.775, tall: 0.47, tiers: 17 },
  { centre: 0.026, foot: 0.85, tall: 0.7, tiers: 21 },
  { centre: 0.968, foot: 0.83, tall: 0.25, tiers: 11 },
];

/**
 * Draws what of the near spruces falls into one column of the picture: tiers of branches that hang
 * outward, ragged at the edge, lit from the sun's side.
 */
export function drawSpruces(
  picture: { readonly width: number; readonly height: number },
  column: number,
  needles: NoiseTile,
  put: (row: number, colour: Light) => void,
): void {
  const colour: Light = [0, 0, 0];
  for (const spruce of spruces) {
    const pixels = spruce.tall * picture.height;
    const aside = (column + 0.5 - spruce.centre * picture.width) / pixels;
    if (Math.abs(aside) > 0.2) continue;
    const top = Math.round(spruce.foot * picture.height - pixels);
    for (let row = 0; row < pixels; row++) {
      const down = row / pixels;
      const rag = sampleTile(needles, aside * 520 + spruce.centre * 900, down * 430);
      const tier = (down - 0.45 * Math.abs(aside)) * spruce.tiers * (1.3 - 0.3 * down) + 0.16 * rag;
      const along = tier - Math.floor(tier);
      const branch = sampleTile(
        needles,
        Math.floor(tier) * 7.3 + (aside < 0 ? 0 : 311),
        spruce.foot * 500,
      );
      const reach =
        Math.min(0.012, 0.2 * down) +
        0.165 * down ** 0.9 * (0.42 + 0.58 * along) * (1 + 0.13 * branch) +
        0.008 * rag;
      const bark = down > 0.952 + 0.022 * rag + 0.03 * branch - 0.25 * Math.abs(aside);
      if (Math.abs(aside) > (bark ? 0.011 : reach)) continue;
      const gap = Math.abs(aside) / reach + 0.16 * rag;
      if (!bark && gap > 0.93 && along < 0.7) continue;
      const side = 0.5 + 0.5 * Math.sign(sun.x) * Math.min(1, Math.max(-1, aside / reach));
      const lit = bark
        ? 0.35
        : (0.1 + 0.95 * side * side) * (0.25 + 0.75 * along) * Math.max(0.3, 0.85 + 0.3 * rag);
      colour[0] = 0.016 + 0.17 * lit;
      colour[1] = 0.028 + 0.15 * lit;
      colour[2] = 0.022 + 0.03 * lit;
      put(top + row, colour);
    }
  }
}

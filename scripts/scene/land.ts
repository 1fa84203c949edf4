import { type NoiseTile, fractalTile, sampleTile, smoothstep } from "./noise.ts";

/**
 * A valley in metres: a meadow falls to a lake, wooded hills stand on both sides, snow-covered
 * mountains close it. The camera stands at x = 0, z = 0 and looks along z; the lake lies at height 0.
 */
export interface Land {
  readonly tile: NoiseTile;
  /** Trees of a forest by cell of a repeating grid: offset from the cell's corner and height. */
  readonly trees: Float32Array;
}

export const eyeHeight = 21;
const treeGrid = 64;
const treeCellMetres = 11;

export function growLand(random: () => number): Land {
  const tile = fractalTile(1024, 0.44, random);
  const trees = new Float32Array(treeGrid * treeGrid * 3);
  for (let index = 0; index < trees.length; index += 3) {
    trees[index] = (0.34 + random() * 0.32) * treeCellMetres;
    trees[index + 1] = (0.34 + random() * 0.32) * treeCellMetres;
    trees[index + 2] = 6 + random() * random() * 22;
  }
  return { tile, trees };
}

/** Height of the bare ground; below 0 it lies under the lake. */
export function groundHeight(land: Land, x: number, z: number): number {
  const massif = sampleTile(land.tile, x / 15 + 310, z / 15 + 95);
  const crags = sampleTile(land.tile, x / 2.6 + 0.05 * z, z / 2.6 - 0.05 * x);
  const bend = x - 420 * Math.sin(z / 2100 + 0.5) + 90 * massif;
  const bank = smoothstep(210 + 0.1 * z, 1900 + 0.34 * z, Math.abs(bend));
  const range = smoothstep(2600, 9500, z) * (0.72 + 0.28 * Math.cos(x / 2600 - 0.9));
  const ridge = 1 - Math.min(1, Math.abs(massif) * 0.6);
  const rise = bank * 560 * (0.3 + 0.7 * ridge) + range * (150 + 1950 * ridge * ridge);
  const shore = z + 0.28 * x + 26 * massif + 10 * crags;
  const meadow = 17 * smoothstep(190, 0, shore) * smoothstep(500, 60, z);
  return rise + meadow - 5 + crags * (0.9 + 24 * bank + 120 * range * (0.25 + ridge));
}

/** How densely spruces stand: 0 on open ground, 1 and more in a wood. */
export function woodDensity(land: Land, x: number, z: number, ground: number): number {
  if (ground < 1.5 || ground > 430) return 0;
  return Math.max(0, 1.2 + sampleTile(land.tile, x / 4.1 + 40, z / 4.1 + 700) - ground / 260) * 3;
}

/** How much a spruce adds to the height here; 0 between them and where none could be told apart. */
export function treeHeight(land: Land, x: number, z: number, ground: number): number {
  if (z > 4800) return 0;
  const density = woodDensity(land, x, z, ground);
  if (density === 0) return 0;
  const column = Math.floor(x / treeCellMetres);
  const row = Math.floor(z / treeCellMetres);
  const index = ((row & (treeGrid - 1)) * treeGrid + (column & (treeGrid - 1))) * 3;
  const dx = x - column * treeCellMetres - (land.trees[index] as number);
  const dz = z - row * treeCellMetres - (land.trees[index + 1] as number);
  const cone = 1 - Math.sqrt(dx * dx + dz * dz) / (0.36 * treeCellMetres);
  return cone <= 0 ? 0 : cone * (land.trees[index + 2] as number) * Math.min(1, density);
}

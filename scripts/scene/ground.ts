import { groundHeight, type Land, woodDensity } from "./land.ts";
import { type NoiseTile, sampleTile, smoothstep } from "./noise.ts";
import { clearSky, type Light, mix, sun } from "./sky.ts";

/** What a point of the ground looks like, from the meadow in front to the snow on top. */
export interface GroundSurface {
  readonly land: Land;
  /** 1/f noise, for bumps and veins. */
  readonly clouds: NoiseTile;
  /** Almost white noise, for what stands out one by one: blades, flowers, ripples. */
  readonly detail: NoiseTile;
}

/** Metres: here grass can no longer be told apart, and trees begin. */
export const meadowEnds = 260;

/** The light that reaches the camera from a point `plant` metres above the ground, haze included. */
export function lightGround(
  surface: GroundSurface,
  x: number,
  z: number,
  ground: number,
  plant: number,
  into: Light,
): void {
  const { land, clouds } = surface;
  // As fine as a few pixels show at this distance.
  const scale = z < 700 ? 3 : z < 3000 ? 0.9 : 0.26;
  const grain = sampleTile(clouds, x * scale, (z * 0.6 + ground) * scale);
  const bump = grain - sampleTile(clouds, x * scale - 1.6, (z * 0.6 + ground) * scale + 0.8);
  const reach = Math.max(0.6, z * 0.0022);
  const slopeX = (groundHeight(land, x + reach, z) - ground) / reach;
  const slopeZ = (groundHeight(land, x, z + reach) - ground) / reach;
  const steep = Math.sqrt(slopeX * slopeX + slopeZ * slopeZ);

  if (z < meadowEnds) colourMeadow(surface, x, z, into);
  else if (plant > 0) colourSpruce(plant, into);
  else colourSlope(surface, x, z, ground, steep, grain, into);

  const facing = (sun.y - slopeX * sun.x - slopeZ * sun.z) / Math.sqrt(1 + steep * steep);
  const direct = Math.max(0, facing + 0.3 * bump) * (1 + 0.1 * grain);
  into[0] *= 0.17 + 2.7 * direct;
  into[1] *= 0.24 + 1.95 * direct;
  into[2] *= 0.4 + 1.15 * direct;
  addHaze(x, z, ground, into);
}

/** Grass stands as thin strokes that the walk over the ground meets one behind the other. */
export function bladeHeight({ land, detail }: GroundSurface, x: number, z: number): number {
  const tuft = 0.55 + 0.45 * sampleTile(land.tile, x * 6 + 5, z * 6);
  const blade = sampleTile(detail, x * 43, z * 16);
  return Math.max(0, 0.1 + 0.11 * blade) * Math.max(0.3, tuft);
}

/** A blade is bright at its tip and dark between its neighbours. */
export function bladeShade(metresBelowTip: number): number {
  return 0.3 + 0.9 * Math.exp(-metresBelowTip / 0.05);
}

function colourMeadow(surface: GroundSurface, x: number, z: number, into: Light): void {
  const { land, detail } = surface;
  const patch = sampleTile(land.tile, x * 2.3, z * 2.3);
  const dry = smoothstep(-0.9, 3, 0.9 * patch + 0.7 * sampleTile(detail, x * 29 + 7, z * 11));
  const open = Math.min(1.25, 0.42 + 4.2 * bladeHeight(surface, x, z));
  into[0] = (0.065 + 0.19 * dry) * open;
  into[1] = (0.12 + 0.115 * dry) * open;
  into[2] = (0.032 + 0.03 * dry) * open;
  const flower = sampleTile(detail, x * 23 + 300, z * 9 + 80) + 0.35 * patch;
  if (flower <= 2.75) return;
  const daisies = patch > 0.2;
  mix(into, 0.85, daisies ? 0.74 : 0.62, daisies ? 0.78 : 0.07, 0.9);
}

function colourSpruce(tall: number, into: Light): void {
  const tip = Math.min(1, tall / 14);
  into[0] = 0.022 + 0.05 * tip;
  into[1] = 0.045 + 0.068 * tip;
  into[2] = 0.03 + 0.02 * tip;
}

/** Pasture, bare rock where it is steep, woods too far for single trees, snow on top, sand below. */
function colourSlope(
  { land }: GroundSurface,
  x: number,
  z: number,
  ground: number,
  steep: number,
  grain: number,
  into: Light,
): void {
  const patch = sampleTile(land.tile, x * 2.3, z * 2.3);
  into[0] = 0.13 + 0.03 * patch;
  into[1] = 0.15 + 0.025 * patch;
  into[2] = 0.05;
  mix(into, 0.24, 0.215, 0.2, smoothstep(0.55, 0.95, steep + 0.12 * grain + ground / 4000));
  const wood = Math.min(1, woodDensity(land, x, z, ground)) * smoothstep(2500, 4500, z);
  mix(into, 0.035, 0.065, 0.035, wood * (0.75 + 0.15 * grain));
  const snowLine = ground + 110 * patch + 60 * grain - 260 * smoothstep(0.7, 1.5, steep);
  mix(into, 0.9, 0.92, 0.97, smoothstep(820, 1250, snowLine));
  mix(into, 0.3, 0.26, 0.2, smoothstep(2.2, 0.2, ground) * 0.8);
}

/** Air between here and there, thinner the higher one looks. */
function addHaze(x: number, z: number, ground: number, into: Light): void {
  const haze = 1 - Math.exp(-((z / 15_000) ** 1.2) * (1.25 - Math.min(0.8, ground / 2600)));
  const air: Light = [0, 0, 0];
  clearSky(x / z, 0.05, air);
  mix(into, air[0] * 0.66, air[1] * 0.78, air[2] * 0.98, haze);
}

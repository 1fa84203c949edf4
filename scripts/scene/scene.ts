import { eyeHeight, groundHeight, growLand, type Land, treeHeight, woodDensity } from "./land.ts";
import { fractalTile, type NoiseTile, sampleTile, seededRandom, smoothstep } from "./noise.ts";
import { drawSpruces } from "./spruce.ts";
import { clearSky, cloudySky, type Light, mix, sun } from "./sky.ts";

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, four bytes a pixel, opaque. */
  readonly rgba: Uint8Array;
}

/**
 * Renders a mountain lake at any size, the same pixels for the same seed and size. It has what
 * photographs have and test charts lack: a 1/f spectrum, smooth sky beside fine grass, sensor noise.
 */
export function renderScene(options: { width: number; height: number; seed: number }): Scene {
  const { width, height, seed } = options;
  const random = seededRandom(seed);
  const view: View = {
    width,
    height,
    horizon: Math.round(height * 0.44),
    focal: width * 0.86,
    land: growLand(random),
    clouds: fractalTile(1024, 0.58, random),
    detail: fractalTile(1024, 1.25, random),
    light: new Float32Array(height * 3),
    distance: new Float32Array(height),
  };
  const rgba = new Uint8Array(width * height * 4);
  const grain = Float32Array.from({ length: 4096 }, () => random() + random() + random() - 1.5);
  for (let column = 0; column < width; column++) {
    const across = (column - width / 2) / view.focal;
    const skyline = drawLand(view, across);
    drawSky(view, across, skyline);
    drawLake(view, across);
    drawSpruces(view, column, view.detail, (row, colour) => store(view, row, colour));
    develop(view, column, rgba, grain);
  }
  return { width, height, rgba };
}

/** Metres: here grass can no longer be told apart, and trees begin. */
const meadowEnds = 260;

interface View {
  readonly width: number;
  readonly height: number;
  /** The row at eye height. */
  readonly horizon: number;
  /** Pixels a slope of 1 covers. */
  readonly focal: number;
  readonly land: Land;
  readonly clouds: NoiseTile;
  /** Almost white noise, for what stands out one by one: blades, stones, ripples. */
  readonly detail: NoiseTile;
  /** The column being drawn: three values a row. */
  readonly light: Float32Array;
  /** Metres to what each row shows; negative where it is water. */
  readonly distance: Float32Array;
}

/**
 * Walks along the ground from the camera away and fills each row the first time something reaches
 * it, so that every visible point is lit once and nothing hidden is. Returns the first row of land.
 */
function drawLand(view: View, across: number): number {
  const { focal, horizon, height, land, distance } = view;
  const colour: Light = [0, 0, 0];
  let top = height;
  for (let z = 14; z < 16_000;) {
    const x = across * z;
    const ground = groundHeight(land, x, z);
    const plant = z < meadowEnds ? bladeHeight(view, x, z) : treeHeight(land, x, z, ground);
    const surface = ground <= 0 ? 0 : ground + plant;
    const row = Math.max(0, Math.ceil(horizon - ((surface - eyeHeight) * focal) / z));
    const rise = top - row;
    if (row < top) {
      if (ground > 0) lightGround(view, x, z, ground, plant, colour);
      for (let y = top - 1; y >= row; y--) {
        distance[y] = ground > 0 ? z : -z;
        if (ground <= 0) continue;
        store(view, y, colour, z < meadowEnds ? bladeShade(((y - row) * z) / focal) : 1);
      }
      top = row;
    }
    const stride = rise > 3 ? Math.max(0.2, 3 / rise) : rise < -8 ? 1.6 : 1;
    z += Math.min((z * z) / (focal * 11), (z * 4.6) / focal) * stride;
  }
  return top;
}

function lightGround(
  view: View,
  x: number,
  z: number,
  ground: number,
  tree: number,
  colour: Light,
) {
  const { land, clouds } = view;
  const reach = Math.max(0.6, z * 0.0022);
  const slopeX = (groundHeight(land, x + reach, z) - ground) / reach;
  const slopeZ = (groundHeight(land, x, z + reach) - ground) / reach;
  const steep = Math.sqrt(slopeX * slopeX + slopeZ * slopeZ);
  const facing = (sun.y - slopeX * sun.x - slopeZ * sun.z) / Math.sqrt(1 + steep * steep);
  const scale = z < 700 ? 3 : z < 3000 ? 0.9 : 0.26;
  const grain = sampleTile(clouds, x * scale, (z * 0.6 + ground) * scale);
  const bump = grain - sampleTile(clouds, x * scale - 1.6, (z * 0.6 + ground) * scale + 0.8);
  const patch = sampleTile(land.tile, x * 2.3, z * 2.3);
  if (tree > 0 && z >= meadowEnds) {
    const tip = Math.min(1, tree / 14);
    colour[0] = 0.022 + 0.05 * tip;
    colour[1] = 0.045 + 0.068 * tip;
    colour[2] = 0.03 + 0.02 * tip;
  } else if (z < meadowEnds) {
    grass(view, x, z, patch, colour);
  } else {
    const rock = smoothstep(0.55, 0.95, steep + 0.12 * grain + ground / 4000);
    colour[0] = 0.13 + 0.03 * patch;
    colour[1] = 0.15 + 0.025 * patch;
    colour[2] = 0.05;
    mix(colour, 0.24, 0.215, 0.2, rock);
    const wood = Math.min(1, woodDensity(land, x, z, ground)) * smoothstep(2500, 4500, z);
    mix(colour, 0.035, 0.065, 0.035, wood * (0.75 + 0.15 * grain));
    const snow = smoothstep(
      820,
      1250,
      ground + 110 * patch + 60 * grain - 260 * smoothstep(0.7, 1.5, steep),
    );
    mix(colour, 0.9, 0.92, 0.97, snow);
    const sand = smoothstep(2.2, 0.2, ground);
    mix(colour, 0.3, 0.26, 0.2, sand * 0.8);
  }
  const direct = Math.max(0, facing + 0.3 * bump) * (1 + 0.1 * grain);
  colour[0] *= 0.17 + 2.7 * direct;
  colour[1] *= 0.24 + 1.95 * direct;
  colour[2] *= 0.4 + 1.15 * direct;
  const haze = 1 - Math.exp(-((z / 15_000) ** 1.2) * (1.25 - Math.min(0.8, ground / 2600)));
  const air: Light = [0, 0, 0];
  clearSky(x / z, 0.05, air);
  mix(colour, air[0] * 0.66, air[1] * 0.78, air[2] * 0.98, haze);
}

/** Grass stands as thin strokes that the walk over the ground meets one behind the other. */
function bladeHeight(view: View, x: number, z: number): number {
  const tuft = 0.55 + 0.45 * sampleTile(view.land.tile, x * 6 + 5, z * 6);
  const blade = sampleTile(view.detail, x * 43, z * 16);
  return Math.max(0, 0.1 + 0.11 * blade) * Math.max(0.3, tuft);
}

function grass(view: View, x: number, z: number, patch: number, colour: Light): void {
  const blade = sampleTile(view.detail, x * 29 + 7, z * 11);
  const dry = smoothstep(-0.9, 3, 0.9 * patch + 0.7 * blade);
  const open = Math.min(1.25, 0.42 + 4.2 * bladeHeight(view, x, z));
  colour[0] = (0.065 + 0.19 * dry) * open;
  colour[1] = (0.12 + 0.115 * dry) * open;
  colour[2] = (0.032 + 0.03 * dry) * open;
  const flower = sampleTile(view.detail, x * 23 + 300, z * 9 + 80) + 0.35 * patch;
  if (flower > 2.75) mix(colour, 0.85, patch > 0.2 ? 0.74 : 0.62, patch > 0.2 ? 0.78 : 0.07, 0.9);
}

/** A blade is bright at its tip and dark between its neighbours. */
const bladeShade = (metresBelowTip: number): number => 0.3 + 0.9 * Math.exp(-metresBelowTip / 0.05);

function drawSky(view: View, across: number, skyline: number): void {
  const colour: Light = [0, 0, 0];
  for (let y = 0; y < skyline; y++) {
    cloudySky(view.clouds, across, (view.horizon - y) / view.focal, colour);
    store(view, y, colour);
  }
}

/** Water shows the column above it, upside down and shaken by ripples, over its own dark green. */
function drawLake(view: View, across: number): void {
  const { distance, horizon, light, land, focal } = view;
  const colour: Light = [0, 0, 0];
  for (let y = horizon + 1; y < view.height; y++) {
    const z = -(distance[y] as number);
    if (!(z > 0)) continue;
    const ripple =
      sampleTile(land.tile, across * z * 1.1 + 50, z * 0.55) +
      0.6 * sampleTile(view.detail, across * z * 6, z * 2.4);
    const calm = smoothstep(-0.6, 0.9, sampleTile(land.tile, across * z * 0.16, z * 0.07 + 300));
    const shake = ripple * (0.0022 + 0.0085 * calm) * focal * Math.min(1, 260 / z + 0.25);
    const mirrored = Math.min(
      horizon - 1,
      Math.max(0, Math.round(2 * horizon - y - Math.abs(shake) * 1.5 + shake * 0.5)),
    );
    const grazing = 0.35 + 0.6 * (1 - Math.min(1, (y - horizon) / focal / 0.16)) ** 2;
    colour[0] = light[mirrored * 3] as number;
    colour[1] = light[mirrored * 3 + 1] as number;
    colour[2] = light[mirrored * 3 + 2] as number;
    mix(colour, 0.018, 0.06, 0.075, 1 - grazing);
    const lift = 1 + 0.1 * ripple * calm;
    colour[0] *= lift;
    colour[1] *= lift;
    colour[2] *= lift;
    store(view, y, colour);
  }
}

/** Exposure, film curve, vignette-free gamma and sensor noise: linear light to bytes. */
function develop(view: View, column: number, rgba: Uint8Array, grain: Float32Array): void {
  const { width, height, light } = view;
  let noise = Math.imul(column, 2_654_435_761) >>> 0;
  for (let y = 0; y < height; y++) {
    const target = (y * width + column) * 4;
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
    const shot = (grain[noise >>> 20] as number) * 2.2;
    for (let channel = 0; channel < 3; channel++) {
      const exposed = (light[y * 3 + channel] as number) * 1.12;
      const curved =
        (exposed * (2.51 * exposed + 0.03)) / (exposed * (2.43 * exposed + 0.59) + 0.14);
      rgba[target + channel] = Math.max(
        0,
        Math.min(
          255,
          Math.sqrt(Math.max(0, Math.min(1, curved))) * 255 + shot * (channel === 1 ? 0.8 : 1),
        ),
      );
    }
    rgba[target + 3] = 255;
  }
}

function store(view: View, row: number, colour: Light, shade = 1): void {
  view.light[row * 3] = colour[0] * shade;
  view.light[row * 3 + 1] = colour[1] * shade;
  view.light[row * 3 + 2] = colour[2] * shade;
}

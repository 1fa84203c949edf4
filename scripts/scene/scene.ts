import { bladeHeight, bladeShade, type GroundSurface, lightGround, meadowEnds } from "./ground.ts";
import { eyeHeight, groundHeight, growLand, treeHeight } from "./land.ts";
import { fractalTile, sampleTile, seededRandom, smoothstep } from "./noise.ts";
import { cloudySky, type Light, mix } from "./sky.ts";
import { drawSpruces } from "./spruce.ts";

export interface Scene {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, four bytes a pixel, opaque. */
  readonly rgba: Uint8Array;
}

/**
 * Renders a mountain lake at any size, the same pixels for the same seed and size. It has what
 * photographs have and test charts lack: a 1/f spectrum, smooth sky next to fine grass, sensor noise.
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

interface View extends GroundSurface {
  readonly width: number;
  readonly height: number;
  /** The row at eye height. */
  readonly horizon: number;
  /** Pixels a slope of 1 covers. */
  readonly focal: number;
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

/** Exposure, film curve, gamma and sensor noise: linear light to bytes. */
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
      const value = Math.sqrt(Math.max(0, Math.min(1, curved))) * 255;
      // Green sites are twice as many on a sensor, and so less noisy.
      const noisy = value + shot * (channel === 1 ? 0.8 : 1);
      rgba[target + channel] = Math.max(0, Math.min(255, noisy));
    }
    rgba[target + 3] = 255;
  }
}

function store(view: View, row: number, colour: Light, shade = 1): void {
  view.light[row * 3] = colour[0] * shade;
  view.light[row * 3 + 1] = colour[1] * shade;
  view.light[row * 3 + 2] = colour[2] * shade;
}

import { type NoiseTile, sampleTile, smoothstep } from "./noise.ts";

/** Linear light, 0 black to 1 white, and beyond for what is brighter than paper. */
export type Light = [red: number, green: number, blue: number];

/** Where the sun stands: low on the left and a little ahead. Unit length, x right, y up, z ahead. */
export const sun = { x: -0.83, y: 0.36, z: 0.42 } as const;

/** Sky without clouds: `across` and `up` are slopes of the line of sight. */
export function clearSky(across: number, up: number, into: Light): void {
  const high = 1 - Math.exp(-Math.max(0, up) * 4.2);
  const length = Math.sqrt(1 + across * across + up * up);
  const towardSun = Math.max(0, (across * sun.x + up * sun.y + sun.z) / length);
  const glow = towardSun ** 4 * (1 - 0.55 * high);
  into[0] = 0.8 + (0.075 - 0.8) * high + 0.62 * glow;
  into[1] = 0.66 + (0.2 - 0.66) * high + 0.3 * glow;
  into[2] = 0.62 + (0.5 - 0.62) * high + 0.02 * glow;
}

/** Two layers of cloud on planes overhead, seen in perspective and lit from the sun's side. */
export function cloudySky(tile: NoiseTile, across: number, up: number, into: Light): void {
  clearSky(across, up, into);
  if (up <= 0.004) return;
  const far = 1 / (up + 0.07);
  const u = across * far;
  const shape =
    sampleTile(tile, u * 84 + 120, far * 120 + 30) * 0.72 +
    sampleTile(tile, u * 420 + 9, far * 500 + 77) * 0.24;
  const cover = smoothstep(0.0, 1.1, shape + 0.035 * far - 0.28);
  if (cover > 0) {
    const shifted = sampleTile(tile, u * 84 + 114, far * 120 + 34) * 0.72;
    const lit = smoothstep(-0.55, 0.6, shape - shifted);
    const thin = 1 - cover * 0.42;
    mix(
      into,
      (0.42 + 0.95 * lit) * thin + 0.1,
      (0.4 + 0.62 * lit) * thin + 0.1,
      0.52 + 0.34 * lit,
      cover * 0.94,
    );
  }
  const veil = smoothstep(0.2, 2.2, sampleTile(tile, u * 21 + far * 16 + 400, far * 96 - u * 9));
  mix(into, 1.0, 0.86, 0.78, veil * 0.3 * smoothstep(0.02, 0.2, up));
}

export function mix(into: Light, red: number, green: number, blue: number, share: number): void {
  into[0] += (red - into[0]) * share;
  into[1] += (green - into[1]) * share;
  into[2] += (blue - into[2]) * share;
}

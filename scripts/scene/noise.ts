/**
 * A square of seamless fractal noise, mean 0 and deviation 1, whose spectrum falls as 1/f the way
 * that of natural surfaces does. Reading it at two or three scales replaces a dozen octaves a pixel.
 */
export interface NoiseTile {
  readonly size: number;
  readonly values: Float32Array;
}

/** `size` is a power of two; `gain` is the amplitude each octave keeps of the one before it. */
export function fractalTile(size: number, gain: number, random: () => number): NoiseTile {
  const values = new Float32Array(size * size);
  let amplitude = 1;
  for (let cells = 4; cells <= size / 2; cells *= 2) {
    addGradientNoise(values, size, cells, amplitude, random);
    amplitude *= gain;
  }
  normalise(values);
  return { size, values };
}

/** Bilinear reading; coordinates are in cells of the tile and wrap around. */
export function sampleTile(tile: NoiseTile, u: number, v: number): number {
  const { size, values } = tile;
  const mask = size - 1;
  const column = Math.floor(u);
  const row = Math.floor(v);
  const fu = u - column;
  const fv = v - row;
  const left = column & mask;
  const right = (column + 1) & mask;
  const top = (row & mask) * size;
  const bottom = ((row + 1) & mask) * size;
  const above = at(values, top + left) * (1 - fu) + at(values, top + right) * fu;
  const below = at(values, bottom + left) * (1 - fu) + at(values, bottom + right) * fu;
  return above + (below - above) * fv;
}

/** Numbers in [0, 1) that are the same for the same seed on every machine (splitmix32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

export function smoothstep(from: number, to: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

/** Perlin's gradient noise on a lattice of `cells` × `cells` that meets itself at the edges. */
function addGradientNoise(
  values: Float32Array,
  size: number,
  cells: number,
  amplitude: number,
  random: () => number,
): void {
  const gradientX = new Float32Array(cells * cells);
  const gradientY = new Float32Array(cells * cells);
  for (let index = 0; index < gradientX.length; index++) {
    const angle = random() * 2 * Math.PI;
    gradientX[index] = Math.cos(angle) * amplitude;
    gradientY[index] = Math.sin(angle) * amplitude;
  }
  const step = cells / size;
  for (let y = 0; y < size; y++) {
    const row = Math.floor(y * step);
    const fy = y * step - row;
    const top = row * cells;
    const bottom = ((row + 1) % cells) * cells;
    const easeY = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    for (let x = 0; x < size; x++) {
      const column = Math.floor(x * step);
      const fx = x * step - column;
      const next = (column + 1) % cells;
      const easeX = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
      const a = at(gradientX, top + column) * fx + at(gradientY, top + column) * fy;
      const b = at(gradientX, top + next) * (fx - 1) + at(gradientY, top + next) * fy;
      const c = at(gradientX, bottom + column) * fx + at(gradientY, bottom + column) * (fy - 1);
      const d = at(gradientX, bottom + next) * (fx - 1) + at(gradientY, bottom + next) * (fy - 1);
      const above = a + (b - a) * easeX;
      const below = c + (d - c) * easeX;
      values[y * size + x] = at(values, y * size + x) + above + (below - above) * easeY;
    }
  }
}

function normalise(values: Float32Array): void {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const scale = 1 / Math.sqrt(squares / values.length - mean * mean);
  for (let index = 0; index < values.length; index++) {
    values[index] = (at(values, index) - mean) * scale;
  }
}

/** Every index above is reduced to the array's length first. */
const at = (values: Float32Array, index: number): number => values[index] as number;

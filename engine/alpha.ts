import type { Raster } from "./raster.ts";

/**
 * Multiplies colour by alpha, in place. A filter mixes neighbours, and only so does the colour hidden
 * under transparent pixels stay out of the mixture.
 */
export function premultiply({ data }: Raster): void {
  for (let index = 3; index < data.length; index += 4) {
    const alpha = data[index] ?? 0;
    if (alpha === 255) continue;
    for (let channel = index - 3; channel < index; channel++) {
      data[channel] = scaled(data[channel] ?? 0, alpha);
    }
  }
}

/** The way back, in place. What is wholly transparent stays black: it has no colour any more. */
export function unpremultiply({ data }: Raster): void {
  for (let index = 3; index < data.length; index += 4) {
    const alpha = data[index] ?? 0;
    if (alpha === 255 || alpha === 0) continue;
    for (let channel = index - 3; channel < index; channel++) {
      data[channel] = Math.min(Math.round(((data[channel] ?? 0) * 255) / alpha), 255);
    }
  }
}

/** `value` · `factor` / 255 rounded, for bytes: whole-number arithmetic that is exact for all of them. */
export function scaled(value: number, factor: number): number {
  const product = value * factor + 128;
  return (product + (product >> 8)) >> 8;
}

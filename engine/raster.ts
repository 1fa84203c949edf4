/** Decoded pixels: RGBA, 8 bits a channel, rows from the top, no padding, 4-byte aligned. */
export interface Raster {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Copies `area`, which must lie inside the raster, to the beginning of `target`. */
export function copyArea(raster: Raster, area: Area, target: Uint8Array): void {
  const rowBytes = 4 * area.width;
  for (let row = 0; row < area.height; row++) {
    const start = 4 * ((area.y + row) * raster.width + area.x);
    target.set(raster.data.subarray(start, start + rowBytes), row * rowBytes);
  }
}

/** `area` of the raster; the raster itself where that is all of it. */
export function cropped(raster: Raster, area: Area): Raster {
  const { width, height } = area;
  if (width === raster.width && height === raster.height) return raster;
  const data = new Uint8Array(4 * width * height);
  copyArea(raster, area, data);
  return { data, width, height };
}

/** The pixels as whole words, to be moved but not looked into. */
export const wordsOf = ({ data }: Raster): Uint32Array =>
  new Uint32Array(data.buffer, data.byteOffset, data.length / 4);

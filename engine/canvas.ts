import type { Geometry } from "../core/transform/geometry.ts";
import type { RenderTransform, Rgba } from "../core/transform/transform.ts";
import { scaled } from "./alpha.ts";
import type { Raster } from "./raster.ts";

/**
 * Lays a premultiplied picture on a canvas of `background`, or of nothing where there is none. Under
 * both lies white if the format has no alpha. The result is premultiplied and never the raster given.
 */
export function onCanvas(
  raster: Raster,
  { offset, canvas }: Pick<Geometry, "offset" | "canvas">,
  { background, format }: Pick<RenderTransform, "background" | "format">,
): Raster {
  const floor = format === "jpeg" ? white : clear;
  const base = background ? over(premultiplied(background), floor) : floor;
  const result = filled(canvas.width, canvas.height, base);
  const { data } = raster;
  for (let y = 0, from = 0; y < raster.height; y++) {
    let to = 4 * ((offset.y + y) * canvas.width + offset.x);
    for (const end = from + 4 * raster.width; from < end; from += 4, to += 4) {
      const uncovered = 255 - (data[from + 3] ?? 0);
      result.data[to] = byte((data[from] ?? 0) + scaled(base.r, uncovered));
      result.data[to + 1] = byte((data[from + 1] ?? 0) + scaled(base.g, uncovered));
      result.data[to + 2] = byte((data[from + 2] ?? 0) + scaled(base.b, uncovered));
      result.data[to + 3] = 255 - uncovered + scaled(base.a, uncovered);
    }
  }
  return result;
}

/** A filter that overshoots can leave a colour above its alpha; the sum must not wrap around. */
const byte = (sum: number) => Math.min(sum, 255);

const white: Rgba = { r: 255, g: 255, b: 255, a: 255 };
const clear: Rgba = { r: 0, g: 0, b: 0, a: 0 };

const premultiplied = ({ r, g, b, a }: Rgba): Rgba => ({
  r: scaled(r, a),
  g: scaled(g, a),
  b: scaled(b, a),
  a,
});

/** Porter and Duff's "over" for premultiplied colours. */
const over = (upper: Rgba, lower: Rgba): Rgba => ({
  r: upper.r + scaled(lower.r, 255 - upper.a),
  g: upper.g + scaled(lower.g, 255 - upper.a),
  b: upper.b + scaled(lower.b, 255 - upper.a),
  a: upper.a + scaled(lower.a, 255 - upper.a),
});

function filled(width: number, height: number, { r, g, b, a }: Rgba): Raster {
  const data = new Uint8Array(4 * width * height);
  if (a > 0) {
    data.set([r, g, b, a]);
    for (let length = 4; length < data.length; length *= 2) data.copyWithin(length, 0, length);
  }
  return { data, width, height };
}

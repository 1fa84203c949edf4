import type { Gravity, RenderTransform } from "./transform.ts";

/**
 * The resize as numbers: take `crop` of the upright (orientation, `flip` and `rotate` applied)
 * source, resample it to `scaled`, place it at `offset` on a `canvas` of the final size.
 * All are whole pixels, no side is 0, `crop` lies inside the source and `scaled` inside the canvas;
 * `offset` is 0,0 and `canvas` equals `scaled` unless the picture is padded.
 */
export interface Geometry {
  readonly crop: Size & { readonly x: number; readonly y: number };
  readonly scaled: Size;
  readonly offset: { readonly x: number; readonly y: number };
  readonly canvas: Size;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What was asked for in device pixels; an absent side keeps the aspect. */
type Box = Partial<Size>;

/**
 * Fits the source into the box that `width`, `height` and `dpr` ask for. Source size is upright and
 * already turned by `rotate`. Sizes are rounded to the nearest pixel; nothing is limited here, the
 * plan refuses what is too large.
 */
export function layOut(
  source: Size,
  transform: Pick<RenderTransform, "width" | "height" | "dpr" | "fit" | "gravity">,
): Geometry {
  const box = devicePixels(transform);
  const ratios = boxRatios(source, box);
  const inside = Math.min(...ratios);
  const outside = Math.max(...ratios);
  switch (transform.fit) {
    case "scale-down":
      return whole(source, scale(source, Math.min(inside, 1)));
    case "contain":
      return whole(source, scale(source, inside));
    case "squeeze":
      return whole(source, fill(box, scale(source, inside)));
    case "pad":
      return padded(source, scale(source, inside), box);
    case "cover":
      return cropped(source, outside, box, transform.gravity);
    case "crop":
      return cropped(source, Math.min(outside, 1), box, transform.gravity);
  }
}

function devicePixels(asked: Pick<RenderTransform, "width" | "height" | "dpr">): Box {
  const side = (length: number | undefined) =>
    length === undefined ? undefined : atLeastOne(length * asked.dpr);
  return { width: side(asked.width), height: side(asked.height) };
}

/** How much each side that was asked for shrinks (below 1) or grows the source. */
function boxRatios(source: Size, box: Box): readonly number[] {
  const ratios: number[] = [];
  if (box.width !== undefined) ratios.push(box.width / source.width);
  if (box.height !== undefined) ratios.push(box.height / source.height);
  return ratios.length === 0 ? [1] : ratios;
}

function whole(source: Size, scaled: Size): Geometry {
  const crop = { x: 0, y: 0, width: source.width, height: source.height };
  return { crop, scaled, offset: { x: 0, y: 0 }, canvas: scaled };
}

/** Cloudflare centres a padded picture whatever the gravity; an odd pixel goes right and below. */
function padded(source: Size, scaled: Size, box: Box): Geometry {
  const canvas = fill(box, scaled);
  const offset = {
    x: Math.floor((canvas.width - scaled.width) / 2),
    y: Math.floor((canvas.height - scaled.height) / 2),
  };
  return { ...whole(source, scaled), offset, canvas };
}

/**
 * Scales by `ratio` and cuts off what is then outside the box. The cut is made in the source, so
 * that nothing is resampled only to be thrown away.
 */
function cropped(source: Size, ratio: number, box: Box, gravity: Gravity): Geometry {
  const across = cut(source.width, ratio, gravity.x, box.width);
  const down = cut(source.height, ratio, gravity.y, box.height);
  const scaled = { width: across.scaled, height: down.scaled };
  return {
    crop: { x: across.start, y: down.start, width: across.length, height: down.length },
    scaled,
    offset: { x: 0, y: 0 },
    canvas: scaled,
  };
}

/** One axis: the stretch of the source that is kept, centred on `focus` as far as the edges allow. */
function cut(length: number, ratio: number, focus: number, room = Number.POSITIVE_INFINITY) {
  const scaled = atLeastOne(length * ratio);
  if (scaled <= room) return { start: 0, length, scaled };
  const kept = Math.min(atLeastOne(room / ratio), length);
  const start = Math.round(length * focus - kept / 2);
  return { start: Math.min(Math.max(start, 0), length - kept), length: kept, scaled: room };
}

const scale = (size: Size, ratio: number): Size => ({
  width: atLeastOne(size.width * ratio),
  height: atLeastOne(size.height * ratio),
});

const fill = (box: Box, other: Size): Size => ({
  width: box.width ?? other.width,
  height: box.height ?? other.height,
});

const atLeastOne = (length: number) => Math.max(Math.round(length), 1);

import type { Size } from "../image/size.ts";
import type { Fit, RenderTransform } from "../transform/transform.ts";
import type { FocalPoint, Sides } from "../transform/values.ts";

/**
 * The resize as numbers: take `crop` of the upright (orientation, `flip` and `rotate` applied)
 * source, resample it to `scaled`, place it at `offset` on a `canvas` of the final size, whose outer
 * `border` has a colour of its own.
 * All are whole pixels, no side is 0, `crop` lies inside what `trim` leaves and `scaled` inside the
 * canvas without its border, which it fills unless the picture is padded.
 */
export interface Geometry {
  readonly crop: Area;
  readonly scaled: Size;
  readonly offset: { readonly x: number; readonly y: number };
  readonly canvas: Size;
  readonly border: Sides;
}

export interface Area extends Size {
  readonly x: number;
  readonly y: number;
}

/** What was asked for in device pixels; an absent side keeps the aspect. */
type Box = Partial<Size>;

/** The resize alone: all of a geometry but its border. */
type Fitted = Omit<Geometry, "border">;

/**
 * Fits `source` into the box that `width`, `height` and `dpr` ask for, and `border` around it. `source`
 * is what `trim` leaves, on the upright picture turned by `flip` and `rotate`; `focus` is a point on it.
 * Sizes are rounded to the nearest pixel; nothing is limited here, the plan refuses what is too large.
 */
export function layOut(
  source: Area,
  transform: Pick<RenderTransform, "width" | "height" | "dpr" | "fit" | "zoom" | "border">,
  focus: FocalPoint,
): Geometry {
  const kept = { focus, share: 1 - (1 - closestShare) * transform.zoom };
  const { crop, scaled, offset, canvas } = fitted(
    source,
    devicePixels(transform),
    transform.fit,
    kept,
  );
  const border = deviceBorder(transform);
  return {
    crop: { ...crop, x: source.x + crop.x, y: source.y + crop.y },
    scaled,
    offset: { x: border.left + offset.x, y: border.top + offset.y },
    canvas: {
      width: border.left + canvas.width + border.right,
      height: border.top + canvas.height + border.bottom,
    },
    border,
  };
}

/**
 * What is sampled for `scaled`, in fractions of a pixel: the crop at one scale along both axes, so that
 * rounding a side to whole pixels distorts nothing. It misses or overhangs the crop by less than half a
 * pixel of the rendition. Only `squeeze` to two sides has two scales.
 */
export function sampledWindow(
  { crop, scaled }: Pick<Geometry, "crop" | "scaled">,
  transform: Pick<RenderTransform, "width" | "height" | "dpr" | "fit">,
): Area {
  const box = devicePixels(transform);
  const isDistorted = transform.fit === "squeeze" && box.width && box.height;
  if (isDistorted) return crop;
  // The side that was asked for is exact; the other was rounded.
  const scale =
    box.width === scaled.width || !box.height
      ? crop.width / scaled.width
      : crop.height / scaled.height;
  const width = scaled.width * scale;
  const height = scaled.height * scale;
  return {
    x: crop.x + (crop.width - width) / 2,
    y: crop.y + (crop.height - height) / 2,
    width,
    height,
  };
}

/** What `zoom=1` keeps along each side of what would be kept without it. */
const closestShare = 0.25;

/** Where a fit that crops looks, and which share of each side it keeps of what it could. */
interface Kept {
  readonly focus: FocalPoint;
  readonly share: number;
}

function fitted(source: Size, box: Box, fit: Fit, kept: Kept): Fitted {
  const ratios = boxRatios(source, box);
  const inside = Math.min(...ratios);
  const outside = Math.max(...ratios);
  switch (fit) {
    case "scale-down":
      return whole(source, scale(source, Math.min(inside, 1)));
    case "contain":
      return whole(source, scale(source, inside));
    case "squeeze":
      return whole(source, fill(box, scale(source, inside)));
    case "pad":
      return padded(source, scale(source, inside), box);
    case "cover":
      return cropped(source, outside, box, kept);
    case "crop":
      return croppedOnly(source, Math.min(outside, 1), box, kept);
    case "aspect-crop":
      return croppedOnly(source, Math.min(outside, 1), shrunk(box, Math.max(outside, 1)), kept);
  }
}

function deviceBorder({ border, dpr }: Pick<RenderTransform, "border" | "dpr">): Sides {
  const side = (length = 0) => Math.round(length * dpr);
  return {
    top: side(border?.top),
    right: side(border?.right),
    bottom: side(border?.bottom),
    left: side(border?.left),
  };
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

function whole(source: Size, scaled: Size): Fitted {
  const crop = { x: 0, y: 0, width: source.width, height: source.height };
  return { crop, scaled, offset: { x: 0, y: 0 }, canvas: scaled };
}

/** Cloudflare centres a padded picture whatever the gravity; an odd pixel goes right and below. */
function padded(source: Size, scaled: Size, box: Box): Fitted {
  const canvas = fill(box, scaled);
  const offset = {
    x: Math.floor((canvas.width - scaled.width) / 2),
    y: Math.floor((canvas.height - scaled.height) / 2),
  };
  return { ...whole(source, scaled), offset, canvas };
}

/** A fit that never enlarges does not zoom in beyond the source's own pixels either. */
function croppedOnly(source: Size, ratio: number, box: Box, { focus, share }: Kept): Fitted {
  return cropped(source, ratio, box, { focus, share: Math.max(share, ratio) });
}

/**
 * Scales by `ratio` and cuts off what is then outside the box. The cut is made in the source, so
 * that nothing is resampled only to be thrown away.
 */
function cropped(source: Size, ratio: number, box: Box, { focus, share }: Kept): Fitted {
  const { x, y, isPosition } = focus;
  const across = cut(source.width, ratio, box.width, { focus: x, share, isPosition });
  const down = cut(source.height, ratio, box.height, { focus: y, share, isPosition });
  const scaled = { width: across.scaled, height: down.scaled };
  return {
    crop: { x: across.start, y: down.start, width: across.length, height: down.length },
    scaled,
    offset: { x: 0, y: 0 },
    canvas: scaled,
  };
}

/** One axis: the stretch of the source that is kept, centred on `focus` as far as the edges allow, or by its share. */
function cut(
  length: number,
  ratio: number,
  room = Number.POSITIVE_INFINITY,
  { focus, share, isPosition }: { focus: number; share: number; isPosition: boolean | undefined },
) {
  const scaled = Math.min(atLeastOne(length * ratio), room);
  if (scaled < room && share === 1) return { start: 0, length, scaled };
  const kept = Math.min(atLeastOne((scaled / ratio) * share), length);
  const start = Math.round(isPosition ? (length - kept) * focus : length * focus - kept / 2);
  return { start: Math.min(Math.max(start, 0), length - kept), length: kept, scaled };
}

/** The box with its aspect kept, as far as rounding allows. */
const shrunk = ({ width, height }: Box, factor: number): Box => ({
  ...(width && { width: atLeastOne(width / factor) }),
  ...(height && { height: atLeastOne(height / factor) }),
});

const scale = (size: Size, ratio: number): Size => ({
  width: atLeastOne(size.width * ratio),
  height: atLeastOne(size.height * ratio),
});

const fill = (box: Box, other: Size): Size => ({
  width: box.width ?? other.width,
  height: box.height ?? other.height,
});

const atLeastOne = (length: number) => Math.max(Math.round(length), 1);

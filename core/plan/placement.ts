import type { Refusal } from "../image/refusal.ts";
import { err, ok, type Result } from "../result.ts";
import type { Size } from "../image/size.ts";
import { layOut, type Area, type Geometry } from "./geometry.ts";
import type { RenderTransform } from "../transform/transform.ts";
import type { FocalPoint } from "../transform/values.ts";

/** What only pixels tell. Before they are decoded nothing is found. */
export interface Findings {
  /** For a border trim: what the border encloses on the upright picture; absent: the picture is all border. */
  readonly content?: Area;
  /** For `gravity=auto`: what draws the eye on the picture as `trim`, `flip` and `rotate` leave it. */
  readonly focus?: FocalPoint;
}

export type PlacedTransform = Omit<RenderTransform, "format">;

/**
 * Lays out a picture of `upright` size (orientation applied). Without findings a border trim cuts off
 * nothing and `gravity=auto` is the centre: a focus never changes a size, a border trim does.
 */
export function place(
  upright: Size,
  transform: PlacedTransform,
  { content, focus = centre }: Findings = {},
): Result<Geometry, Refusal> {
  const kept = trimmed(upright, transform, content);
  if (!kept) return err({ reason: "trimmed_away", ...upright });
  const { gravity } = transform;
  const source = turned(kept, upright, transform);
  return ok(layOut(source, transform, gravity === "auto" ? focus : gravity));
}

const centre: FocalPoint = { x: 0.5, y: 0.5 };

/** What `trim` leaves of the upright picture; absent where it cuts off everything. */
export function trimmed(
  { width, height }: Size,
  { trim, dpr }: Pick<PlacedTransform, "trim" | "dpr">,
  content?: Area,
): Area | undefined {
  switch (trim?.by) {
    case undefined:
      return { x: 0, y: 0, width, height };
    case "sides":
      return areaOf(
        between(trim.left, trim.right, width, dpr),
        between(trim.top, trim.bottom, height, dpr),
      );
    case "area":
      return areaOf(
        stretch(trim.left, trim.width, width, dpr),
        stretch(trim.top, trim.height, height, dpr),
      );
    case "border": {
      // A picture that is all border stays whole.
      const { x, y, ...size } = content ?? { x: 0, y: 0, width, height };
      const keep = Math.round(trim.keep * dpr);
      return areaOf(widened(x, size.width, keep, width), widened(y, size.height, keep, height));
    }
  }
}

/** Where an area of the upright picture lies once the picture is flipped and turned. */
export function turned(
  area: Area,
  upright: Size,
  { flip, rotate }: Pick<PlacedTransform, "flip" | "rotate">,
): Area {
  const { width, height } = area;
  const fromRight = upright.width - area.x - width;
  const fromBottom = upright.height - area.y - height;
  const isMirrored = flip === "h" || flip === "hv";
  const isUpsideDown = flip === "v" || flip === "hv";
  const [left, right] = isMirrored ? [fromRight, area.x] : [area.x, fromRight];
  const [top, bottom] = isUpsideDown ? [fromBottom, area.y] : [area.y, fromBottom];
  switch (rotate) {
    case 0:
      return { x: left, y: top, width, height };
    case 90:
      return { x: bottom, y: left, width: height, height: width };
    case 180:
      return { x: right, y: bottom, width, height };
    case 270:
      return { x: top, y: right, width: height, height: width };
  }
}

/** A stretch of one axis in pixels. */
interface Stretch {
  readonly start: number;
  readonly length: number;
}

function areaOf(across: Stretch, down: Stretch): Area | undefined {
  if (across.length < 1 || down.length < 1) return undefined;
  return { x: across.start, y: down.start, width: across.length, height: down.length };
}

function between(before: number, after: number, side: number, dpr: number): Stretch {
  const start = pixels(before, side, dpr);
  return { start, length: side - start - pixels(after, side, dpr) };
}

function stretch(before: number, length: number | undefined, side: number, dpr: number): Stretch {
  const start = pixels(before, side, dpr);
  const asked = length === undefined ? side : Math.max(pixels(length, side, dpr), 1);
  return { start, length: Math.min(asked, side - start) };
}

function widened(from: number, length: number, margin: number, side: number): Stretch {
  const start = Math.max(from - margin, 0);
  return { start, length: Math.min(from + length + margin, side) - start };
}

/** From 1 on a length is in CSS pixels; below 1 it is a fraction of the side. */
const pixels = (length: number, side: number, dpr: number) =>
  Math.round(length < 1 ? length * side : length * dpr);

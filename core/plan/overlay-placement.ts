import { uprightSize, type ImageInfo } from "../image/image-info.ts";
import type { Size } from "../image/size.ts";
import type { Overlay, RenderTransform } from "../transform/transform.ts";
import { layOut, type Area } from "./geometry.ts";

/** The picture that is drawn on others: its header and the length of its file. */
export interface OverlaySource {
  readonly info: ImageInfo;
  readonly bytes: number;
}

export interface OverlayPlacement {
  /** What is taken of the upright overlay, and the size it gets. */
  readonly crop: Area;
  readonly scaled: Size;
  /** Where on the canvas its top left corner lies; where it is repeated, that of one copy. */
  readonly x: number;
  readonly y: number;
  /** The part of the canvas that is drawn on; a side may be 0. */
  readonly area: Area;
}

/** Where the overlay is drawn on a finished picture of the size `canvas`. */
export function placeOverlay(
  canvas: Size,
  { info }: OverlaySource,
  overlay: Overlay,
  { dpr }: Pick<RenderTransform, "dpr">,
): OverlayPlacement {
  const pixels = (length: number | undefined, side: number) =>
    length === undefined ? undefined : Math.round(length < 1 ? length * side : length * dpr);
  const size = uprightSize(info);
  const asked = {
    width: atLeastOne(pixels(overlay.width, canvas.width)),
    height: atLeastOne(pixels(overlay.height, canvas.height)),
  };
  const fitting = { ...asked, fit: overlay.fit ?? "scale-down", dpr: 1, zoom: 0 } as const;
  const { crop, scaled } = layOut({ x: 0, y: 0, ...size }, fitting, { x: 0.5, y: 0.5 });
  const { top, left, bottom, right, repeat } = overlay;
  const x = start(
    pixels(left, canvas.width),
    pixels(right, canvas.width),
    scaled.width,
    canvas.width,
  );
  const y = start(
    pixels(top, canvas.height),
    pixels(bottom, canvas.height),
    scaled.height,
    canvas.height,
  );
  const across = stretch(x, scaled.width, canvas.width, repeat === "true" || repeat === "x");
  const down = stretch(y, scaled.height, canvas.height, repeat === "true" || repeat === "y");
  const area = { x: across.from, y: down.from, width: across.length, height: down.length };
  return { crop, scaled, x, y, area };
}

const atLeastOne = (length: number | undefined) => length && Math.max(length, 1);

function start(
  before: number | undefined,
  after: number | undefined,
  length: number,
  side: number,
): number {
  if (before !== undefined) return before;
  return after === undefined ? Math.round((side - length) / 2) : side - after - length;
}

/** What of one axis of the canvas is drawn on. */
function stretch(at: number, length: number, side: number, isRepeated: boolean) {
  if (isRepeated) return { from: 0, length: side };
  const from = Math.min(Math.max(at, 0), side);
  return { from, length: Math.max(0, Math.min(at + length, side) - from) };
}

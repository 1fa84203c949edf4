import { placeOverlay, type OverlaySource } from "../core/plan/overlay-placement.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import { rgbaOf } from "./codecs/codec.ts";
import { allocateBitmap, type Bitmap } from "./pixels/bitmap.ts";
import { resize } from "./pixels/resize.ts";
import type { Workspace } from "./pixels/workspace.ts";

/** A decoded overlay, upright and in sRGB, in JavaScript's memory: it outlives the codecs that read it. */
export interface OverlayPicture {
  readonly source: OverlaySource;
  readonly width: number;
  readonly height: number;
  readonly opaque: boolean;
  readonly rgba: Uint8Array;
}

/** Draws the overlay where the output's transform wants it, onto the picture where it lies. */
export function drawOverlay(
  workspace: Workspace,
  picture: Bitmap,
  { transform }: OutputPlan,
  overlay: OverlayPicture,
): void {
  if (!transform.overlay) return;
  const placed = placeOverlay(picture, overlay.source, transform.overlay, transform);
  const opacity = Math.round((transform.overlay.opacity ?? 1) * 255);
  const { scaled, area, x, y } = placed;
  const whole = allocateBitmap(workspace, overlay.width, overlay.height, overlay.opaque);
  rgbaOf({ workspace, bitmap: whole }).set(overlay.rgba);
  const copy = allocateBitmap(workspace, scaled.width, scaled.height, overlay.opaque);
  resize(workspace, whole, placed.crop, {
    pointer: copy.pointer,
    pixelStride: 4,
    rowStride: copy.stride,
    width: scaled.width,
    height: scaled.height,
  });
  const firstColumn = modulo(area.x - x, scaled.width);
  for (let row = 0; row < area.height; row++) {
    const above = copy.pointer + modulo(area.y + row - y, scaled.height) * copy.stride;
    const below = picture.pointer + (area.y + row) * picture.stride + area.x * 4;
    workspace.kernels.drawOver(below, area.width, above, scaled.width, firstColumn, opacity);
  }
  workspace.free(copy.pointer);
  workspace.free(whole.pointer);
}

const modulo = (value: number, length: number): number => ((value % length) + length) % length;

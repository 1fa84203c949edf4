import { formats } from "../core/image/formats.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import type { RenderTransform } from "../core/transform/transform.ts";
import type { Rgba } from "../core/transform/values.ts";
import { allocateBitmap, type Bitmap } from "./pixels/bitmap.ts";
import { fill } from "./pixels/effects.ts";
import { bytesAt, type Workspace } from "./pixels/workspace.ts";

const clear: Rgba = { r: 0, g: 0, b: 0, a: 0 };
const white: Rgba = { r: 255, g: 255, b: 255, a: 255 };

/** The colour under transparent pixels, where there is one: white behind padding and in a format without transparency. */
export function backgroundOf({ background, fit, format }: RenderTransform): Rgba | undefined {
  if (formats[format].keeps.transparency) return background ?? (fit === "pad" ? white : undefined);
  return background ? over(background, white) : white;
}

/** Whether there is padding or a border around the picture. */
export function isOnCanvas({ geometry: { canvas, scaled } }: OutputPlan): boolean {
  return canvas.width !== scaled.width || canvas.height !== scaled.height;
}

/** What is seen of two colours, one upon the other (Porter and Duff, 1984). */
function over(upper: Rgba, lower: Rgba): Rgba {
  const seenBelow = (lower.a * (255 - upper.a)) / 255;
  const a = upper.a + seenBelow;
  // Where nothing is seen the sum is 0.
  const mix = (above: number, below: number) =>
    Math.round((above * upper.a + below * seenBelow) / Math.max(a, 1));
  const [r, g, b] = [mix(upper.r, lower.r), mix(upper.g, lower.g), mix(upper.b, lower.b)];
  return { r, g, b, a: Math.round(a) };
}

/** Border, then padding inside it, then the picture, which is freed. */
export function placeOnCanvas(
  workspace: Workspace,
  picture: Bitmap,
  { transform, geometry: { canvas, scaled, offset, border } }: OutputPlan,
): Bitmap {
  const background = backgroundOf(transform) ?? clear;
  const { width, height } = canvas;
  const blank = allocateBitmap(workspace, width, height, false);
  const borderColour = over(transform.border?.colour ?? clear, background);
  const bordered = fill(workspace, blank, borderColour);
  const inside: Bitmap = {
    ...bordered,
    pointer: bordered.pointer + border.top * bordered.stride + border.left * 4,
    width: width - border.left - border.right,
    height: height - border.top - border.bottom,
  };
  const padded = fill(workspace, inside, background);
  copyRows(workspace, picture, bordered, offset);
  workspace.free(picture.pointer);
  const isPadded = inside.width !== scaled.width || inside.height !== scaled.height;
  return {
    ...bordered,
    opaque: bordered.opaque && picture.opaque && (padded.opaque || !isPadded),
  };
}

function copyRows(
  workspace: Workspace,
  from: Bitmap,
  to: Bitmap,
  offset: { readonly x: number; readonly y: number },
): void {
  const bytes = bytesAt(workspace, 0, workspace.memory.buffer.byteLength);
  for (let y = 0; y < from.height; y++) {
    const start = from.pointer + y * from.stride;
    const target = to.pointer + (offset.y + y) * to.stride + offset.x * 4;
    bytes.copyWithin(target, start, start + from.width * 4);
  }
}

import { formats } from "../core/image/formats.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import type { RenderTransform, Rgba } from "../core/transform/transform.ts";
import { allocateBitmap, type Bitmap } from "./pixels/bitmap.ts";
import { adjustTone, blur, fill, flatten, sharpen } from "./pixels/effects.ts";
import { bytesAt, type Workspace } from "./pixels/workspace.ts";

/** Effects on the small picture, then what lies under and around it. Frees what it does not return. */
export function finish(workspace: Workspace, picture: Bitmap, output: OutputPlan): Bitmap {
  const { transform } = output;
  if (transform.blur > 0) blur(workspace, picture, transform.blur);
  if (transform.sharpen > 0) sharpen(workspace, picture, sharpenSigma, transform.sharpen);
  adjustTone(workspace, picture, transform);

  const background = backgroundOf(transform);
  const flattened = background ? flatten(workspace, picture, background) : picture;
  return onCanvas(workspace, flattened, output, background ?? clear);
}

/** Sharpens what is about a pixel wide, which is what making a picture smaller has softened. */
const sharpenSigma = 1;
const clear: Rgba = { r: 0, g: 0, b: 0, a: 0 };
const white: Rgba = { r: 255, g: 255, b: 255, a: 255 };

/** In a format without transparency, white lies under everything that is seen through. */
function backgroundOf({ background, format }: RenderTransform): Rgba | undefined {
  if (formats[format].keeps.transparency) return background;
  return background ? over(background, white) : white;
}

/** What is seen of two colours, one upon the other (Porter and Duff, 1984). */
function over(upper: Rgba, lower: Rgba): Rgba {
  const seenBelow = (lower.a * (255 - upper.a)) / 255;
  const a = upper.a + seenBelow;
  const mix = (above: number, below: number) =>
    a === 0 ? 0 : Math.round((above * upper.a + below * seenBelow) / a);
  const [r, g, b] = [mix(upper.r, lower.r), mix(upper.g, lower.g), mix(upper.b, lower.b)];
  return { r, g, b, a: Math.round(a) };
}

/** Border, then padding inside it, then the picture; the picture itself where it is all there is. */
function onCanvas(
  workspace: Workspace,
  picture: Bitmap,
  { transform, geometry: { canvas, scaled, offset, border } }: OutputPlan,
  background: Rgba,
): Bitmap {
  if (canvas.width === scaled.width && canvas.height === scaled.height) return picture;
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

import { formats } from "../image/formats.ts";
import type { ImageInfo } from "../image/image-info.ts";
import type { Refusal } from "../image/refusal.ts";
import { pixelsOf, type Size } from "../image/size.ts";
import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import type { RenderTransform } from "../transform/transform.ts";

/**
 * How many frames a rendition is made of: 1, unless `anim` is asked for, the source may have several and the
 * rendition's format keeps them. Where a header does not say how many there are, as many as may be.
 */
export function framesOf(
  info: ImageInfo,
  transform: RenderTransform,
  canvas: Size,
): Result<number, Refusal> {
  if (!staysAnimated(info, transform)) return ok(1);
  const pixels = Math.max(pixelsOf(info), pixelsOf(canvas));
  const framesMax = Math.min(
    limits.sourceFramesMax,
    Math.floor(limits.animationPixelsMax / pixels),
  );
  if (info.frames === 0) return ok(Math.max(1, framesMax));
  if (info.frames <= framesMax) return ok(info.frames);
  const { width, height } = info;
  const millions = limits.animationPixelsMax / 1e6;
  return err({
    reason: "image_too_large",
    detail: `The animation has ${info.frames} frames; at this size ${framesMax} are allowed (${millions} million pixels). anim=false renders the first.`,
    width,
    height,
  });
}

export function staysAnimated(info: ImageInfo, transform: RenderTransform): boolean {
  return (
    transform.anim &&
    info.frames !== 1 &&
    formats[info.format].source.hasFrames &&
    formats[transform.format].keeps.animation
  );
}

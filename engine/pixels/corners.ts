import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Corners } from "../../core/transform/values.ts";
import type { Bitmap } from "./bitmap.ts";
import { bytesAt, type Workspace } from "./workspace.ts";

/**
 * The radii in pixels of a picture of this size. Where two of them meet on one side, all shrink alike until
 * they fit, as in CSS (Backgrounds and Borders 3, §5.5).
 */
export function cornerRadii(
  { width, height }: Pick<Bitmap, "width" | "height">,
  { "border-radius": asked, dpr }: Pick<RenderTransform, "border-radius" | "dpr">,
): Corners {
  const { topLeft = 0, topRight = 0, bottomRight = 0, bottomLeft = 0 } = asked ?? {};
  const fit = Math.min(
    dpr,
    width / (topLeft + topRight),
    width / (bottomLeft + bottomRight),
    height / (topLeft + bottomLeft),
    height / (topRight + bottomRight),
  );
  return {
    topLeft: topLeft * fit,
    topRight: topRight * fit,
    bottomRight: bottomRight * fit,
    bottomLeft: bottomLeft * fit,
  };
}

/** Makes what lies outside of round corners transparent, with smooth edges. */
export function roundCorners(workspace: Workspace, bitmap: Bitmap, radii: Corners): Bitmap {
  const { pointer, stride, width, height } = bitmap;
  const rgba = bytesAt(workspace, pointer, stride * height);
  const cut = (radius: number, isRight: boolean, isBottom: boolean): void => {
    for (let y = 0; covered(0, y, radius) < 1; y++) {
      const row = (isBottom ? height - 1 - y : y) * stride;
      for (let x = 0; ; x++) {
        const share = covered(x, y, radius);
        if (share === 1) break;
        const alphaAt = row + (isRight ? width - 1 - x : x) * 4 + 3;
        rgba[alphaAt] = Math.round((rgba[alphaAt] ?? 0) * share);
      }
    }
  };
  cut(radii.topLeft, false, false);
  cut(radii.topRight, true, false);
  cut(radii.bottomRight, true, true);
  cut(radii.bottomLeft, false, true);
  return { ...bitmap, opaque: false };
}

/** How much of a pixel lies inside the circle that touches both sides of the corner, about. */
function covered(x: number, y: number, radius: number): number {
  const [across, down] = [radius - x - 0.5, radius - y - 0.5];
  if (Math.min(across, down) < 0) return 1;
  return Math.min(1, Math.max(0, radius - Math.hypot(across, down) + 0.5));
}

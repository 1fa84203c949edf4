import type { Size } from "../core/image/size.ts";
import type { Area } from "../core/plan/geometry.ts";
import type { RenderTransform } from "../core/transform/transform.ts";
import type { DecodedSource } from "./decode.ts";
import { allocateBitmap, type Bitmap } from "./pixels/bitmap.ts";
import { storedWindow, swapsSides, turn, uprightTarget } from "./pixels/orientation.ts";
import { resize } from "./pixels/resize.ts";

/**
 * Crop, resample and turn in one pass: `window` of the turned picture is found in the stored one, and each
 * pixel is written where it stands upright. The decoded picture may be smaller than the source; the window
 * shrinks with it, to fractions of a pixel.
 */
export function resizeUpright(
  { workspace, bitmap, info, shrink }: DecodedSource,
  transform: Pick<RenderTransform, "flip" | "rotate">,
  { window, to }: { readonly window: Area; readonly to: Size },
): Bitmap {
  const orientation = turn(info.orientation, transform);
  const { x, y, width, height } = storedWindow(orientation, info, window);
  const upright = allocateBitmap(workspace, to.width, to.height, bitmap.opaque);
  const isSwapped = swapsSides(orientation);
  resize(
    workspace,
    bitmap,
    { x: x / shrink, y: y / shrink, width: width / shrink, height: height / shrink },
    uprightTarget(
      orientation,
      upright,
      { x: 0, y: 0 },
      isSwapped ? to.height : to.width,
      isSwapped ? to.width : to.height,
    ),
  );
  return upright;
}

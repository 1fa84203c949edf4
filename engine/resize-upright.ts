import type { Size } from "../core/image/size.ts";
import type { Area } from "../core/plan/geometry.ts";
import type { RenderTransform } from "../core/transform/transform.ts";
import type { DecodedPlanes } from "./codecs/codec.ts";
import type { DecodedSource } from "./decode.ts";
import { allocateBitmap, type Bitmap } from "./pixels/bitmap.ts";
import { storedWindow, swapsSides, turn, uprightTarget } from "./pixels/orientation.ts";
import { PlaneSampler, type Part } from "./pixels/plane-sampler.ts";
import { resize, type Target, type Window } from "./pixels/resize.ts";

export interface Resize {
  readonly window: Area;
  readonly to: Size;
  /** Planes' chroma gets half the size, and each sample four pixels: the encoder takes their mean again. */
  readonly halvesChroma?: boolean;
}

/**
 * Crop, resample and turn in one pass: `window` of the turned picture is found in the stored one, and each
 * pixel is written where it stands upright. The decoded picture may be smaller than the source; the window
 * shrinks with it, to fractions of a pixel.
 */
export function resizeUpright(
  decoded: DecodedSource,
  transform: Pick<RenderTransform, "flip" | "rotate">,
  { window, to, halvesChroma = false }: Resize,
): Bitmap {
  const { workspace, info, shrink } = decoded;
  const orientation = turn(info.orientation, transform);
  const stored = storedWindow(orientation, info, window);
  const isOpaque = decoded.samples === "planes" || decoded.bitmap.opaque;
  const upright = allocateBitmap(workspace, to.width, to.height, isOpaque);
  const isSwapped = swapsSides(orientation);
  const target = uprightTarget(
    orientation,
    upright,
    { x: 0, y: 0 },
    isSwapped ? to.height : to.width,
    isSwapped ? to.width : to.height,
  );
  if (decoded.samples === "planes") {
    resizePlanes(decoded, partOf(info, stored), target, halvesChroma);
  } else {
    const { x, y, width, height } = stored;
    const own = { x: x / shrink, y: y / shrink, width: width / shrink, height: height / shrink };
    resize(workspace, decoded.bitmap, own, target);
  }
  return upright;
}

/** A window of the stored picture as fractions of it. */
export function partOf({ width, height }: Size, window: Window): Part {
  return {
    x: window.x / width,
    y: window.y / height,
    width: window.width / width,
    height: window.height / height,
  };
}

/** Each plane is resampled by itself; only the rows of the output become RGBA. */
function resizePlanes(
  { workspace, planes }: DecodedPlanes,
  part: Part,
  target: Target,
  halvesChroma: boolean,
): void {
  const { kernels } = workspace;
  const half = { width: target.width / 2, height: target.height / 2 };
  const samplers = planes.map(
    (plane, index) =>
      new PlaneSampler(workspace, plane, part, halvesChroma && index > 0 ? half : target),
  );
  const lineBytes = Math.ceil(target.width / 16) * 32;
  const lines = workspace.allocate(lineBytes * (rgbaLines + 3));
  const at = [0, 1, 2].map((index) => lines + (rgbaLines + index) * lineBytes);
  const [y = 0, cb = 0, cr = 0] = at;
  // A grey picture has no chroma: half of 256 is none.
  new Uint8Array(workspace.memory.buffer, cb, lineBytes * 2).fill(128);
  for (let row = 0; row < target.height; row++) {
    for (const [index, sampler] of samplers.entries()) {
      const line = at[index] ?? y;
      if (!halvesChroma || index === 0) {
        sampler.sample(row, line);
        kernels.samplesToBytes(line, target.width, line);
      } else if (row % 2 === 0) {
        sampler.sample(row / 2, lines);
        kernels.samplesToPairs(lines, sampler.width, line);
      }
    }
    kernels.colourRow(y, cb, cr, target.width, lines);
    const out = target.pointer + row * target.rowStride;
    kernels.place(lines, target.width, out, target.pixelStride);
  }
  for (const sampler of samplers) sampler.free();
  workspace.free(lines);
}

/** A line of RGBA takes as much as two of samples. */
const rgbaLines = 2;

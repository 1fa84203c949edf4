import { uprightSize } from "../../core/image/image-info.ts";
import { layOut, type Area } from "../../core/plan/geometry.ts";
import { trimmed, turned, type Findings } from "../../core/plan/placement.ts";
import type { OutputPlan } from "../../core/plan/render-plan.ts";
import type { BorderTrim } from "../../core/transform/transform.ts";
import type { FocalPoint } from "../../core/transform/values.ts";
import { contentBox } from "./content-box.ts";
import type { DecodedSource } from "../decode.ts";
import { inverse, storedWindow } from "../pixels/orientation.ts";
import { bytesAt } from "../pixels/workspace.ts";
import { resizeUpright } from "../resize-upright.ts";
import { focusOf } from "./saliency.ts";

/** Analyses the decoded pixels where a transform depends on them. */
export function find(decoded: DecodedSource, output: OutputPlan): Findings {
  const { trim, gravity } = output.transform;
  const content = trim?.by === "border" ? findContent(decoded, trim) : undefined;
  const found = content ? { content } : {};
  return gravity === "auto" ? { ...found, focus: findFocus(decoded, output, content) } : found;
}

/** In upright pixels of the source. Border trims are decoded at full size, so that none is lost. */
function findContent(decoded: DecodedSource, { colour, tolerance }: BorderTrim): Area | undefined {
  const { workspace, info } = decoded;
  const stored =
    decoded.samples === "pixels"
      ? decoded.bitmap
      : resizeUpright({ ...decoded, info: { ...info, orientation: 1 } }, asStored, {
          window: { x: 0, y: 0, width: info.width, height: info.height },
          to: info,
        });
  const { width, height, stride, pointer } = stored;
  const rgba = bytesAt(workspace, pointer, stride * height);
  const corner = storedWindow(info.orientation, stored, { x: 0, y: 0, width: 1, height: 1 });
  const at = corner.y * stride + corner.x * 4;
  const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(at, at + 4);
  const box = contentBox({ width, height, stride, rgba }, colour ?? { r, g, b, a }, tolerance);
  if (decoded.samples === "planes") workspace.free(pointer);
  return box && storedWindow(inverse(info.orientation), uprightSize(info), box);
}

const asStored = { flip: "", rotate: 0 } as const;

/** Longest side of the picture that is searched: enough to tell a face from a wall. */
const glanceSide = 96;

function findFocus(
  decoded: DecodedSource,
  { transform }: OutputPlan,
  content: Area | undefined,
): FocalPoint {
  const { workspace, info } = decoded;
  const upright = uprightSize(info);
  const kept = trimmed(upright, transform, content);
  if (!kept) throw new Error("a plan that trims everything away");
  const area = turned(kept, upright, transform);
  // Wherever it lies, the crop has the same size.
  const { crop } = layOut(area, transform, { x: 0.5, y: 0.5 });
  const ratio = Math.min(1, glanceSide / Math.max(area.width, area.height));
  const width = Math.max(1, Math.round(area.width * ratio));
  const height = Math.max(1, Math.round(area.height * ratio));
  const glance = resizeUpright(decoded, transform, {
    window: area,
    to: { width, height },
  });
  const rgba = bytesAt(workspace, glance.pointer, width * height * 4);
  const focus = focusOf(
    { width, height, rgba },
    { width: crop.width / area.width, height: crop.height / area.height },
  );
  workspace.free(glance.pointer);
  return focus;
}

import { latin1At, viewOf } from "../../../core/image/bytes.ts";
import { extentOf } from "../../../core/image/heif/boxes.ts";
import { readItems } from "../../../core/image/heif/items.ts";
import { limits } from "../../../core/limits.ts";

/**
 * The colour profile, which no decoder hands on: the first `colr` property that holds one, since alpha planes and
 * gain maps come with none.
 */
export function readIcc(file: Uint8Array): Uint8Array | undefined {
  const items = readItems(file, "AVIF");
  if (!items.ok) return undefined;
  const profile = items.value.properties.find(
    ({ type, payload }) => type === "colr" && ["prof", "rICC"].includes(latin1At(payload, 0, 4)),
  );
  const icc = profile?.payload.subarray(4);
  return icc === undefined || icc.length > limits.metadataBytesMax ? undefined : icc.slice();
}

/** Whether the file ends inside one of its boxes. */
export function isCutOff(file: Uint8Array): boolean {
  const view = viewOf(file);
  for (let at = 0; at < file.length;) {
    const box = extentOf(view, at);
    if (!box) return true;
    if (box.end === Infinity || box.end < box.start) return false;
    if (box.end > file.length) return true;
    at = box.end;
  }
  return false;
}

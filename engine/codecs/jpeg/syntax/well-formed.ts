import type { Bitmap } from "../../../pixels/bitmap.ts";
import type { Workspace } from "../../../pixels/workspace.ts";
import { JpegReader } from "./header.ts";
import { decodeProgressive } from "../progressive.ts";
import type { JpegScale } from "../scale.ts";
import { decodeSequential } from "../sequential.ts";

/**
 * Decodes the JPEGs that nearly everyone sends: sound files of eight-bit grey or YCbCr. Undefined for
 * anything rarer, and for any irregularity, however small: libjpeg-turbo then decodes the file or says
 * what is wrong with it, so that there is one judge of what is damaged. `unfinished` is a progressive
 * picture whose data are sound to the last byte, but leave bits out: libjpeg-turbo guesses those, and
 * what it has to say of missing scans is no damage.
 */
export function decodeSound(
  workspace: Workspace,
  source: Uint8Array,
  scale: JpegScale,
): Bitmap | "unfinished" | undefined {
  const reader = new JpegReader(source);
  const scan = reader.nextScan(2);
  const frame = reader.frame;
  if (!frame || !scan || scan === "end" || frame.coding === "other") return undefined;
  const hasDivisors = frame.components.every(({ table }) => reader.divisorsOf(table));
  if (!hasDivisors) return undefined;
  const decode = frame.coding === "progressive" ? decodeProgressive : decodeSequential;
  return decode(workspace, source, reader, frame, scan, scale);
}

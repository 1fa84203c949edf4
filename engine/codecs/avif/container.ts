import type { Refusal } from "../../../core/image/refusal.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import type { Result } from "../../../core/result.ts";

export interface Box {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * What libavif does not hand on: that the file is whole, and its colour profile. `over_memory_plan` and
 * the like are the decoder's to say.
 */
export function readAvif(bytes: Uint8Array): Result<{ readonly icc?: Uint8Array }, Refusal> {
  const boxes = boxesOf(bytes);
  if (boxes === undefined) {
    return err({ reason: "truncated_image", detail: "the file ends inside a box" });
  }
  const icc = profileOf(boxes);
  return ok(icc === undefined ? {} : { icc });
}

/** The first `colr` property that holds a profile: alpha planes and gain maps come with none. */
function profileOf(file: readonly Box[]): Uint8Array | undefined {
  const meta = dataOf(file, "meta")?.subarray(FULL_BOX_BYTES);
  const properties = dataOf(boxesOf(dataOf(boxesOf(meta), "iprp")), "ipco");
  const profile = boxesOf(properties)?.find(
    ({ type, data }) => type === "colr" && ["prof", "rICC"].includes(fourCc(data, 0)),
  );
  const icc = profile?.data.subarray(4);
  return icc === undefined || icc.length > limits.metadataBytesMax ? undefined : icc.slice();
}

const FULL_BOX_BYTES = 4;

function dataOf(boxes: readonly Box[] | undefined, wanted: string): Uint8Array | undefined {
  return boxes?.find(({ type }) => type === wanted)?.data;
}

/** Boxes side by side (ISO/IEC 14496-12, 4.2); undefined when the last is longer than what holds it. */
export function boxesOf(bytes: Uint8Array | undefined): readonly Box[] | undefined {
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const boxes: Box[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) return undefined;
    const short = view.getUint32(at);
    if (short === 1 && at + 16 > bytes.length) return undefined;
    const size =
      short === 0 ? bytes.length - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    const headerBytes = short === 1 ? 16 : 8;
    if (size < headerBytes || at + size > bytes.length) return undefined;
    boxes.push({ type: fourCc(bytes, at + 4), data: bytes.subarray(at + headerBytes, at + size) });
    at += size;
  }
  return boxes;
}

function fourCc(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

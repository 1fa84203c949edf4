import { latin1At, viewOf } from "../bytes.ts";

/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2), as a view into the file. */
export interface Box {
  readonly type: string;
  readonly payload: Uint8Array;
  /** Reaches to the end of what holds it, which only the last box of a file may say. */
  readonly isOpenEnded: boolean;
}

/** Version and flags, with which a "full box" begins. */
export const fullBoxBytes = 4;

/** The boxes that a payload consists of; undefined where they are not all of it, each with a size of its own. */
export function boxesOf(payload: Uint8Array): readonly Box[] | undefined {
  const boxes = childrenOf(payload);
  const end = boxes.at(-1)?.payload;
  const filled = end ? end.byteOffset + end.length - payload.byteOffset : 0;
  const isWhole = filled === payload.length && boxes.every(({ isOpenEnded }) => !isOpenEnded);
  return isWhole ? boxes : undefined;
}

/** The boxes in a payload, up to the first that does not fit into it. */
export function childrenOf(payload: Uint8Array): readonly Box[] {
  const view = viewOf(payload);
  const boxes: Box[] = [];
  for (let offset = 0; ;) {
    const box = extentOf(view, offset);
    const end = box?.end === Infinity ? payload.length : box?.end;
    if (!box || end === undefined || end < box.start || end > payload.length) break;
    const type = latin1At(payload, offset + 4, 4);
    const isOpenEnded = box.end === Infinity;
    boxes.push({ type, payload: payload.subarray(box.start, end), isOpenEnded });
    offset = end;
  }
  return boxes;
}

/**
 * Where the box's payload lies; undefined where not even its header is there. A size of 1 stands for
 * the 64-bit one that follows, 0 for "to the end of the file", which is `Infinity` here.
 */
export function extentOf(view: DataView, offset: number) {
  if (offset + 8 > view.byteLength) return undefined;
  const size = view.getUint32(offset);
  if (size === 0) return { start: offset + 8, end: Infinity };
  if (size !== 1) return { start: offset + 8, end: offset + size };
  if (offset + 16 > view.byteLength) return undefined;
  return { start: offset + 16, end: offset + Number(view.getBigUint64(offset + 8)) };
}

import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import type { Orientation } from "../header.ts";
import { corrupt, image, more, refuseSize, type HeaderAnswer } from "../probe-answer.ts";

/**
 * Reads the properties of the primary item (ISO/IEC 23008-12 §6.5, AV1 Image File Format §2). The
 * walk is flat (file, meta, iprp, ipco), so its depth is bounded by this text and not by the file.
 */
export function probeAvif(head: Uint8Array): HeaderAnswer {
  const meta = findMeta(head);
  if (!meta.ok) return meta.error;
  const described = childrenOf(meta.value.subarray(fullBoxBytes));
  const primary = described.find(({ type }) => type === "pitm");
  const itemProperties = described.find(({ type }) => type === "iprp");
  if (!primary || !itemProperties) return corrupt("The AVIF describes no picture");

  const inside = childrenOf(itemProperties.payload);
  const properties = inside
    .filter(({ type }) => type === "ipco")
    .flatMap(({ payload }) => childrenOf(payload));
  const item = primaryItem(primary.payload);
  const own = inside
    .filter(({ type }) => type === "ipma")
    .flatMap(({ payload }) => propertyIndexes(payload, item))
    .flatMap((index) => properties[index - 1] ?? []);
  return describe(own, properties, latin1At(head, 8, 4) === "avis");
}

/** `own` are the primary item's properties, `all` those of tiles and alpha planes too. */
function describe(own: readonly Box[], all: readonly Box[], isSequence: boolean): HeaderAnswer {
  // A decoder allocates for tiles and alpha planes as well, so every size in the file must pass.
  for (const { payload } of all.filter(isSize)) {
    const { width, height } = readSize(payload);
    const refusal = refuseSize(width, height);
    if (refusal) return refusal;
  }
  const size = own.find(isSize);
  if (!size) return corrupt("The AVIF does not say how large its picture is");
  // A grid has no configuration of its own: its tiles share one.
  const isConfiguration = ({ type, payload }: Box) => type === "av1C" && payload.length >= 4;
  const configuration = own.find(isConfiguration) ?? all.find(isConfiguration);
  if (!configuration) return corrupt("The AVIF says nothing of its AV1 coding");
  const coding = configuration.payload[2] ?? 0;
  return image({
    ...readSize(size.payload),
    orientation: readOrientation(own),
    hasAlpha: all.some(isAlphaMark),
    frames: isSequence ? 0 : 1,
    bitDepth: coding & highBitDepthFlag ? (coding & twelveBitFlag ? 12 : 10) : 8,
    progressive: false,
    colour: coding & monochromeFlag ? "grey" : "rgb",
    lossless: false,
    samplesPerPixel: 0,
    hasIcc: own.some(isIccProfile),
  });
}

interface Box {
  readonly type: string;
  readonly payload: Uint8Array;
}

const fullBoxBytes = 4;
const highBitDepthFlag = 0x40;
const twelveBitFlag = 0x20;
const monochromeFlag = 0x10;

/** The top-level `meta` box's payload, once it is there as a whole. */
function findMeta(head: Uint8Array): Result<Uint8Array, HeaderAnswer> {
  const view = viewOf(head);
  for (let offset = 0; offset < head.length;) {
    const box = extentOf(view, offset);
    if (!box) return err(more);
    if (box.end < box.start) return err(corrupt("An AVIF box is shorter than its own header"));
    if (latin1At(head, offset + 4, 4) === "meta") {
      return box.end <= head.length ? ok(head.subarray(box.start, box.end)) : err(more);
    }
    offset = box.end;
  }
  return err(more);
}

/** The boxes in a payload, up to the first that does not fit into it. */
function childrenOf(payload: Uint8Array): readonly Box[] {
  const view = viewOf(payload);
  const boxes: Box[] = [];
  for (let offset = 0; offset < payload.length;) {
    const box = extentOf(view, offset);
    if (!box || box.end < box.start || box.end > payload.length) break;
    const type = latin1At(payload, offset + 4, 4);
    boxes.push({ type, payload: payload.subarray(box.start, box.end) });
    offset = box.end;
  }
  return boxes;
}

/**
 * Where the box's payload lies; undefined where not even its header is there. A size of 1 stands for
 * the 64-bit one that follows, 0 for "to the end of the file" (ISO/IEC 14496-12 §4.2).
 */
function extentOf(view: DataView, offset: number) {
  if (offset + 8 > view.byteLength) return undefined;
  const size = view.getUint32(offset);
  if (size === 0) return { start: offset + 8, end: Infinity };
  if (size !== 1) return { start: offset + 8, end: offset + size };
  if (offset + 16 > view.byteLength) return undefined;
  return { start: offset + 16, end: offset + Number(view.getBigUint64(offset + 8)) };
}

/** The item's number; 0, which no item has, where the box is too short to say. */
function primaryItem(payload: Uint8Array): number {
  const isWide = payload[0] !== 0;
  if (payload.length < fullBoxBytes + (isWide ? 4 : 2)) return 0;
  const view = viewOf(payload);
  return isWide ? view.getUint32(fullBoxBytes) : view.getUint16(fullBoxBytes);
}

/** From an `ipma` box: which properties belong to the item, counted from 1 (23008-12 §9.3). */
function propertyIndexes(payload: Uint8Array, item: number): readonly number[] {
  const view = viewOf(payload);
  const idBytes = payload[0] === 0 ? 2 : 4;
  const indexBytes = (payload[3] ?? 0) & 1 ? 2 : 1;
  // The entry count before the first entry may claim anything; the bytes that are there decide.
  for (let offset = fullBoxBytes + 4; offset + idBytes + 1 <= payload.length;) {
    const id = idBytes === 2 ? view.getUint16(offset) : view.getUint32(offset);
    const count = view.getUint8(offset + idBytes);
    const start = offset + idBytes + 1;
    const end = start + count * indexBytes;
    if (end > payload.length) break;
    if (id === item) {
      // The top bit says whether the property is essential; the rest is its index.
      return Array.from({ length: count }, (_, index) =>
        indexBytes === 2
          ? view.getUint16(start + 2 * index) & 0x7fff
          : view.getUint8(start + index) & 0x7f,
      );
    }
    offset = end;
  }
  return [];
}

const isSize = ({ type, payload }: Box) => type === "ispe" && payload.length >= fullBoxBytes + 8;

const readSize = (payload: Uint8Array) => ({
  width: viewOf(payload).getUint32(fullBoxBytes),
  height: viewOf(payload).getUint32(fullBoxBytes + 4),
});

const isAlphaMark = ({ type, payload }: Box) =>
  type === "auxC" &&
  /^urn:mpeg:(mpegB:cicp:systems:auxiliary:alpha|hevc:2015:auxid:1)\0/.test(
    latin1At(payload, fullBoxBytes, 64),
  );

const isIccProfile = ({ type, payload }: Box) =>
  type === "colr" && /^(prof|rICC)/.test(latin1At(payload, 0, 4));

/**
 * EXIF's name for "turn anticlockwise by `irot` quarters, then mirror by `imir`" (23008-12 §6.5.10,
 * §6.5.12; MIAF fixes that order). Readers of AVIF ignore an orientation in its EXIF.
 */
function readOrientation(own: readonly Box[]): Orientation {
  const quarters = (own.find(({ type }) => type === "irot")?.payload[0] ?? 0) & 3;
  const mirror = own.find(({ type }) => type === "imir")?.payload[0];
  const row = mirror === undefined ? turned : mirror & 1 ? leftRightMirrored : topBottomMirrored;
  return row[quarters] ?? 1;
}

const turned: readonly Orientation[] = [1, 8, 3, 6];
const topBottomMirrored: readonly Orientation[] = [4, 5, 2, 7];
const leftRightMirrored: readonly Orientation[] = [2, 7, 4, 5];

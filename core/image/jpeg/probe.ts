import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import { exifOrientation, hasExifPrefix } from "../exif/orientation.ts";
import type { Orientation, PictureHeader } from "../header.ts";
import {
  corrupt,
  image,
  more,
  refuseSize,
  unsupported,
  type HeaderAnswer,
} from "../probe-answer.ts";

/**
 * Walks the segments (ITU-T T.81 Annex B) from SOI to the first scan. Metadata may stand before or
 * after the frame header, so the answer waits for the scan; a refusal does not.
 */
export function probeJpeg(head: Uint8Array): HeaderAnswer {
  const view = viewOf(head);
  let frame: Frame | undefined;
  let orientation: Orientation | undefined;
  let hasIcc = false;

  for (let offset = 2; ;) {
    const segment = nextSegment(head, view, offset);
    if (!segment.ok) return segment.error;
    const { marker, payload, end } = segment.value;
    offset = end;

    if (isFrameHeader(marker)) {
      if (frame) return corrupt("The JPEG has two frame headers");
      const reading = readFrame(payload, marker);
      if (!reading.ok) return reading.error;
      frame = reading.value;
    } else if (marker === SOS) {
      if (!frame) return corrupt("The JPEG's scan comes before its frame header");
      const progressive = frame.isProgressive || isPartialScan(payload, frame);
      return image({ ...frame.traits, progressive, orientation: orientation ?? 1, hasIcc });
    } else if (marker === APP1 && hasExifPrefix(payload)) {
      orientation ??= exifOrientation(payload);
    } else if (marker === APP2 && latin1At(payload, 0, 12) === "ICC_PROFILE\0") {
      hasIcc = true;
    }
  }
}

interface Segment {
  readonly marker: number;
  readonly payload: Uint8Array;
  /** Offset of the first byte after it. */
  readonly end: number;
}

interface Frame {
  readonly components: number;
  readonly isProgressive: boolean;
  readonly traits: Omit<PictureHeader, "orientation" | "hasIcc" | "progressive">;
}

const SOF0 = 0xc0;
const SOF2 = 0xc2;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;

/** The next segment as a whole, or why there is none. */
function nextSegment(
  head: Uint8Array,
  view: DataView,
  from: number,
): Result<Segment, HeaderAnswer> {
  const start = findMarkerEnd(head, from);
  if (start === undefined) return err(more);
  const marker = head[start - 1] ?? 0;
  if (isBare(marker)) return ok({ marker, payload: head.subarray(start, start), end: start });
  const refusal = refuseMarker(marker);
  if (refusal) return err(refusal);

  if (start + 2 > head.length) return err(more);
  const end = start + view.getUint16(start);
  if (end < start + 2) return err(corrupt("A JPEG segment is shorter than its own length field"));
  if (end > head.length) return err(more);
  return ok({ marker, payload: head.subarray(start + 2, end), end });
}

/**
 * Offset after the next marker. Any number of fill bytes (0xFF) may precede a marker; bytes that
 * belong to no segment are skipped, as every widespread decoder does.
 */
function findMarkerEnd(head: Uint8Array, from: number): number | undefined {
  let at = head.indexOf(0xff, from);
  while (at !== -1 && at + 1 < head.length) {
    const code = head[at + 1];
    if (code !== 0x00 && code !== 0xff) return at + 2;
    at = head.indexOf(0xff, at + 1);
  }
  return undefined;
}

/** TEM and RST0–RST7 stand alone, without a length. */
const isBare = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 baseline, SOF1 extended sequential, SOF2 progressive; all Huffman-coded. */
const isFrameHeader = (marker: number) => marker >= SOF0 && marker <= SOF2;

function refuseMarker(marker: number): HeaderAnswer | undefined {
  switch (marker) {
    case 0xc3:
    case 0xcb:
      return unsupported("a lossless JPEG picture");
    case 0xc9:
    case 0xca:
      return unsupported("a JPEG picture with arithmetic coding");
    case 0xc5:
    case 0xc6:
    case 0xc7:
    case 0xcd:
    case 0xce:
    case 0xcf:
    case 0xde:
    case 0xdf:
      return unsupported("a hierarchical JPEG picture");
    case 0xf7:
      return unsupported("a JPEG-LS picture");
    case SOI:
      return corrupt("The JPEG begins twice");
    case EOI:
      return corrupt("The JPEG ends before its first scan");
  }
  // What is left between SOF0 and COM has a meaning or is application data; the rest is reserved.
  const reserved = marker < SOF0 || marker === 0xc8 || (marker >= 0xf0 && marker <= 0xfd);
  return reserved
    ? corrupt(`The JPEG holds the reserved marker 0x${marker.toString(16)}`)
    : undefined;
}

/** Frame header, T.81 §B.2.2. */
function readFrame(payload: Uint8Array, marker: number): Result<Frame, HeaderAnswer> {
  const [precision = 0, , , , , components] = payload;
  if (components === undefined || payload.length !== 6 + 3 * components) {
    return err(corrupt("The JPEG's frame header has the wrong length"));
  }
  if (precision !== 8) {
    return err(
      precision === 12
        ? unsupported("a JPEG picture of 12 bits a sample")
        : corrupt(`The JPEG's frame header says ${precision} bits a sample`),
    );
  }
  const colour = colourOf.get(components);
  if (!colour) return err(unsupported(`a JPEG picture of ${components} colour components`));

  const view = viewOf(payload);
  const height = view.getUint16(1);
  const width = view.getUint16(3);
  const refusal = refuseSize(width, height);
  if (refusal) return err(refusal);

  const factors = Array.from({ length: components }, (_, index) => view.getUint8(7 + 3 * index));
  if (!factors.every(isSampling)) {
    return err(corrupt("The JPEG's sampling factors are not between 1 and 4"));
  }
  return ok({
    components,
    isProgressive: marker === SOF2,
    traits: {
      width,
      height,
      hasAlpha: false,
      frames: 1,
      bitDepth: 8,
      colour,
      lossless: false,
      samplesPerPixel: samplesPerPixel(factors),
    },
  });
}

/**
 * Whether the first scan (T.81 §B.2.3) leaves components for later ones. A decoder then has to hold
 * the coefficients of the whole picture, just as for a progressive one.
 */
const isPartialScan = (scanHeader: Uint8Array, frame: Frame): boolean =>
  (scanHeader[0] ?? 0) < frame.components;

const colourOf: ReadonlyMap<number, PictureHeader["colour"]> = new Map([
  [1, "grey"],
  [3, "rgb"],
  [4, "cmyk"],
]);

/** Horizontal factor in the high half, vertical in the low, each 1–4. */
const across = (factors: number) => factors >> 4;
const down = (factors: number) => factors & 15;
const isSampling = (factors: number) =>
  across(factors) >= 1 && across(factors) <= 4 && down(factors) >= 1 && down(factors) <= 4;

/** A component has as many samples as the picture has pixels where its factors are the largest (T.81 §A.1.1). */
function samplesPerPixel(factors: readonly number[]): number {
  const densest = Math.max(...factors.map(across)) * Math.max(...factors.map(down));
  return factors.reduce((sum, each) => sum + across(each) * down(each), 0) / densest;
}

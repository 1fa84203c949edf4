import { crc32 } from "../../crc32.ts";
import { err, ok, type Result } from "../../result.ts";
import { latin1At, viewOf } from "../bytes.ts";
import { exifOrientation } from "../exif/orientation.ts";
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
 * Reads IHDR, then steps over the chunks up to the first IDAT (PNG, third edition, §5 and §11).
 * No chunk is inflated, and none but IHDR is checksummed: what lies in them is the decoder's to judge.
 */
export function probePng(head: Uint8Array): HeaderAnswer {
  const view = viewOf(head);
  const header = readHeader(head, view);
  if (!header.ok) return header.error;
  let { hasAlpha } = header.value;
  let frames = 1;
  let hasIcc = false;
  let orientation: Orientation | undefined;

  for (let chunk = headerEnd; chunk + 8 <= head.length;) {
    const length = view.getUint32(chunk);
    const type = latin1At(head, chunk + 4, 4);
    if (type === "IDAT") {
      return image({ ...header.value, hasAlpha, frames, hasIcc, orientation: orientation ?? 1 });
    }
    const refusal = refuseChunk(type, length);
    if (refusal) return refusal;

    const start = chunk + 8;
    const next = start + length + crcBytes;
    if (next > head.length) return more;
    if (type === "tRNS") hasAlpha = true;
    else if (type === "iCCP") hasIcc = true;
    else if (type === "eXIf") orientation ??= exifOrientation(head.subarray(start, start + length));
    else if (type === "acTL" && length === 8) frames = view.getUint32(start);
    chunk = next;
  }
  return more;
}

type Header = Omit<PictureHeader, "orientation" | "frames" | "hasIcc">;

const signatureBytes = 8;
const headerLength = 13;
const crcBytes = 4;
const headerEnd = signatureBytes + 8 + headerLength + crcBytes;

function readHeader(head: Uint8Array, view: DataView): Result<Header, HeaderAnswer> {
  if (head.length < headerEnd) return err(more);
  const type = latin1At(head, signatureBytes + 4, 4);
  if (type === "CgBI") return err(unsupported("a PNG picture in Apple's own CgBI variant"));
  if (type !== "IHDR" || view.getUint32(signatureBytes) !== headerLength) {
    return err(corrupt("The PNG does not begin with an IHDR chunk"));
  }
  const typeAndData = head.subarray(signatureBytes + 4, headerEnd - crcBytes);
  if (crc32(typeAndData) !== view.getUint32(headerEnd - crcBytes)) {
    return err(corrupt("The checksum of the PNG's IHDR chunk is wrong"));
  }
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const refusal = refuseSize(width, height);
  if (refusal) return err(refusal);

  const bitDepth = view.getUint8(24);
  const colourType = colourTypes.get(view.getUint8(25));
  if (!colourType?.bitDepths.includes(bitDepth)) {
    return err(corrupt("The PNG's colour type and bit depth do not go together"));
  }
  const [compression, filter, interlace] = [
    view.getUint8(26),
    view.getUint8(27),
    view.getUint8(28),
  ];
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    return err(corrupt("The PNG's compression, filter or interlace method does not exist"));
  }
  const { colour, hasAlpha } = colourType;
  const progressive = interlace === 1;
  return ok({
    width,
    height,
    hasAlpha,
    bitDepth,
    progressive,
    colour,
    lossless: true,
    samplesPerPixel: 0,
  });
}

interface ColourType {
  readonly colour: PictureHeader["colour"];
  readonly hasAlpha: boolean;
  readonly bitDepths: readonly number[];
}

/** PNG §11.2.1, table 12. */
const colourTypes: ReadonlyMap<number, ColourType> = new Map([
  [0, { colour: "grey", hasAlpha: false, bitDepths: [1, 2, 4, 8, 16] }],
  [2, { colour: "rgb", hasAlpha: false, bitDepths: [8, 16] }],
  [3, { colour: "palette", hasAlpha: false, bitDepths: [1, 2, 4, 8] }],
  [4, { colour: "grey", hasAlpha: true, bitDepths: [8, 16] }],
  [6, { colour: "rgb", hasAlpha: true, bitDepths: [8, 16] }],
]);

const chunkLengthMax = 2 ** 31 - 1;

function refuseChunk(type: string, length: number): HeaderAnswer | undefined {
  if (length > chunkLengthMax || /[^A-Za-z]/.test(type)) {
    return corrupt("The PNG contains data that is not a chunk");
  }
  if (type === "IHDR") return corrupt("The PNG has two headers");
  if (type === "IEND") return corrupt("The PNG holds no picture data");
  return undefined;
}

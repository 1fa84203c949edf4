import { err, ok, type Result } from "../../result.ts";
import { viewOf } from "../bytes.ts";
import { corrupt, image, more, refuseSize, type HeaderAnswer } from "../probe-answer.ts";

/**
 * Reads the logical screen and walks the blocks (GIF89a §§17–27) to the first picture, which answers
 * everything but the number of frames. That is counted when the bytes reach to the trailer.
 *
 * A screen too small for its first picture grows to hold it, as browsers do.
 */
export function probeGif(head: Uint8Array): HeaderAnswer {
  const found = findPicture(head, screenEnd + colourTableBytes(head[10] ?? 0));
  if (!found.ok) return found.error;
  const view = viewOf(head);
  const { offset, isTransparent } = found.value;

  const left = view.getUint16(offset + 1, true);
  const top = view.getUint16(offset + 3, true);
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  const picture = {
    width: view.getUint16(offset + 5, true),
    height: view.getUint16(offset + 7, true),
  };
  // A picture without width or height is as large as the screen.
  const shown = picture.width === 0 || picture.height === 0 ? screen : picture;
  if (shown.width === 0 || shown.height === 0) return corrupt("The GIF's first picture is empty");
  const width = Math.max(screen.width, left + shown.width);
  const height = Math.max(screen.height, top + shown.height);
  const refusal = refuseSize(width, height);
  if (refusal) return refusal;

  return image({
    width,
    height,
    orientation: 1,
    hasAlpha: isTransparent || shown.width < width || shown.height < height,
    frames: countFrames(head, offset),
    bitDepth: 8,
    progressive: (view.getUint8(offset + 9) & 0x40) !== 0,
    colour: "palette",
    lossless: true,
    samplesPerPixel: 0,
    hasIcc: false,
  });
}

const screenEnd = 13;
const descriptorBytes = 10;
const extensionBlock = 0x21;
const pictureBlock = 0x2c;
const trailerBlock = 0x3b;
const graphicControlLabel = 0xf9;

interface Picture {
  readonly offset: number;
  readonly isTransparent: boolean;
}

/** The first image descriptor, and whether a graphic control before it makes a colour transparent. */
function findPicture(head: Uint8Array, from: number): Result<Picture, HeaderAnswer> {
  let isTransparent = false;
  for (let offset = from; offset < head.length;) {
    switch (head[offset]) {
      case pictureBlock:
        if (offset + descriptorBytes > head.length) return err(more);
        return ok({ offset, isTransparent });
      case extensionBlock:
        if (head[offset + 1] === graphicControlLabel) {
          isTransparent = ((head[offset + 3] ?? 0) & 1) !== 0;
        }
        offset = afterSubBlocks(head, offset + 2);
        break;
      case trailerBlock:
        return err(corrupt("The GIF holds no picture"));
      default:
        return err(corrupt("The GIF contains an unknown block"));
    }
  }
  return err(more);
}

/** Pictures from this one to the trailer; 0 when the bytes do not reach it. */
function countFrames(head: Uint8Array, from: number): number {
  let frames = 0;
  for (let offset = from; ;) {
    switch (head[offset]) {
      case pictureBlock: {
        const flags = head[offset + descriptorBytes - 1] ?? 0;
        // After the colour table comes one byte, the LZW code size.
        offset = afterSubBlocks(head, offset + descriptorBytes + colourTableBytes(flags) + 1);
        frames++;
        break;
      }
      case extensionBlock:
        offset = afterSubBlocks(head, offset + 2);
        break;
      default:
        // The trailer ends the file, and so do bytes that are no block, as browsers have it.
        return offset < head.length ? frames : 0;
    }
  }
}

/** Screen and image descriptors share the layout of these flags. */
const colourTableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Data comes in counted runs that an empty run ends (§15). Beyond the end where the bytes end first. */
function afterSubBlocks(head: Uint8Array, from: number): number {
  let offset = from;
  let length: number;
  do {
    length = head[offset] ?? 0;
    offset += 1 + length;
  } while (length > 0);
  return offset;
}

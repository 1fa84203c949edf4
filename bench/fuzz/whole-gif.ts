import { codesAt, findFirstFrame } from "./first-gif-frame.ts";

/**
 * Whether a GIF's first frame is there, behind nothing but blocks, and its codes are all in their table when they are read
 * (GIF89a, appendix F), up to its last pixel. The reader of sharp shows a frame up to a code that is not, takes codes of
 * any size, invents a pixel where neither frame nor screen has one, and passes over bytes behind an empty extension.
 */
export function isWholeGif(source: Uint8Array): boolean {
  const file = Buffer.from(source);
  const frame = findFirstFrame(file);
  if (!frame) return false;
  const sizeAt = (at: number) => file.readUInt16LE(at) * file.readUInt16LE(at + 2);
  // One without width or height is as large as the screen.
  const pixels = sizeAt(frame.start + 5) || sizeAt(6);
  const at = codesAt(file, frame.start);
  const codeBits = file[at] ?? 0;
  // Chrome, too, takes none over 8 bits; with none at all Chrome and Firefox read something different.
  if (codeBits < 1 || codeBits > 8 || pixels === 0) return false;
  return areKnown(joinBlocks(file, at + 1), codeBits, pixels);
}

function areKnown(codes: Buffer, codeBits: number, pixels: number): boolean {
  const clear = 1 << codeBits;
  /** How many pixels each code stands for. */
  let table: number[] = [];
  let width = 0;
  let previous = 0;
  const restart = () => {
    table = [...Array.from({ length: clear }, () => 1), 0, 0];
    [width, previous] = [codeBits + 1, 0];
  };
  restart();
  for (let done = 0, bit = 0; done < pixels;) {
    if (bit + width > 8 * codes.length) return true;
    const code = bitsAt(codes, bit, width);
    bit += width;
    if (code === clear + 1) return true;
    if (code === clear) {
      restart();
      continue;
    }
    if (previous > 0 && table.length < codesMax) {
      table.push(previous + 1);
      if (table.length === 1 << width && table.length < codesMax) width++;
    }
    previous = table[code] ?? 0;
    if (previous === 0) return false;
    done += previous;
  }
  return true;
}

/** Codes have at most 12 bits. */
const codesMax = 4096;

/** From the lowest bit of each byte on. */
const bitsAt = (codes: Buffer, bit: number, width: number): number =>
  (codes.readUIntLE(bit >> 3, Math.min(4, codes.length - (bit >> 3))) >>> (bit & 7)) &
  ((1 << width) - 1);

/** The blocks of data from `start` on, without their lengths. */
function joinBlocks(file: Buffer, start: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = start; (file[at] ?? 0) > 0; at += 1 + (file[at] ?? 0)) {
    blocks.push(file.subarray(at + 1, at + 1 + (file[at] ?? 0)));
  }
  return Buffer.concat(blocks);
}

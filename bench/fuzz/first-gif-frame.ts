/** Where the first frame of a GIF lies: its descriptor, and behind its data; undefined where they do not end. */
export function findFirstFrame(file: Buffer): GifFrame | undefined {
  const controls: Buffer[] = [];
  let at = 13 + tableBytes(file[10] ?? 0);
  for (;;) {
    const introducer = file[at];
    const isImage = introducer === 0x2c;
    if (!isImage && introducer !== 0x21) return undefined;
    const end = afterBlocks(file, isImage ? codesAt(file, at) + 1 : at + 2);
    const isEmptyControl = !isImage && file[at + 1] === graphicControl && file[at + 2] === 0;
    if (end === undefined || isEmptyControl) return undefined;
    if (isImage) return { start: at, end, controls };
    if (file[at + 1] === graphicControl) controls.push(file.subarray(at, end));
    at = end;
  }
}

/** Its data have four bytes (GIF89a, §23). Chrome shows nothing behind one that has none. */
const graphicControl = 0xf9;

interface GifFrame {
  readonly start: number;
  readonly end: number;
  /** The extensions before it that say how it is shown. */
  readonly controls: readonly Buffer[];
}

/** An image has its place, perhaps colours, then the size of its codes. */
export const codesAt = (file: Buffer, frame: number): number =>
  frame + 10 + tableBytes(file[frame + 9] ?? 0);

const tableBytes = (packed: number) => (packed & 0x80 ? 6 << (packed & 7) : 0);

/**
 * A GIF of nothing but its first frame, which by the documented rule is all that a still rendition needs: what follows
 * may be damaged, and extensions that say nothing of the frame. Undefined where that frame's data do not end.
 */
export function firstGifFrame(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  const frame = findFirstFrame(file);
  if (!frame) return undefined;
  const header = file.subarray(0, 13 + tableBytes(file[10] ?? 0));
  const picture = file.subarray(frame.start, frame.end);
  return Buffer.concat([header, ...frame.controls, picture, Buffer.from([0x3b])]);
}

/** Behind the empty block that ends a list of blocks. */
function afterBlocks(file: Buffer, start: number): number | undefined {
  let at = start;
  for (let length = file[at]; length !== undefined; length = file[at]) {
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

/**
 * A GIF up to the end of its first frame, which by the documented rule is all that a still rendition needs: what
 * follows may be damaged. Undefined where that frame's data do not end.
 */
export function firstGifFrame(source: Uint8Array): Buffer | undefined {
  const file = Buffer.from(source);
  const tableBytes = (packed: number) => (packed & 0x80 ? 6 << (packed & 7) : 0);
  let at = 13 + tableBytes(file[10] ?? 0);
  for (;;) {
    const introducer = file[at];
    const isImage = introducer === 0x2c;
    if (!isImage && introducer !== 0x21) return undefined;
    // An image has its place, perhaps colours, and the size of its codes; an extension has a label.
    const blocks = isImage ? at + 11 + tableBytes(file[at + 9] ?? 0) : at + 2;
    const end = afterBlocks(file, blocks);
    if (end === undefined) return undefined;
    if (isImage) return Buffer.concat([file.subarray(0, end), Buffer.from([0x3b])]);
    at = end;
  }
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

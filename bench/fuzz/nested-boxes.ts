/**
 * Whether the boxes that describe the pictures of a HEIC file fit into each other by the letter of ISO/IEC 14496-12: each
 * has a size of its own and ends inside the one that holds it, with nothing left over (§4.2: only the last box of a file
 * may go without a size), and a file's data lie in no other box (§8.1.1). libheif reads on over all of that.
 */
export function areNested(source: Uint8Array): boolean {
  const file = Buffer.from(source);
  for (let at = 0; at + 8 <= file.length;) {
    const { type, start, end } = boxAt(file, at);
    const stop = end === undefined ? file.length : end;
    if (stop < start || stop > file.length) return false;
    if (type === "meta") return isFilled(file, start + fullBoxBytes, stop);
    at = stop;
  }
  return false;
}

function isFilled(file: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at + 8 <= to) {
    const { type, start, end } = boxAt(file, at);
    if (end === undefined || end < start || end > to || type === "mdat") return false;
    if (holders.has(type) && !isFilled(file, start, end)) return false;
    at = end;
  }
  return at === to;
}

const holders: ReadonlySet<string> = new Set(["iprp", "ipco"]);
const fullBoxBytes = 4;

/** No `end` where the box has no size. One of 2^32 bytes and more has it behind its type. */
function boxAt(file: Buffer, at: number) {
  const size = file.readUInt32BE(at);
  const type = file.toString("latin1", at + 4, at + 8);
  if (size === 0) return { type, start: at + 8, end: undefined };
  if (size !== 1) return { type, start: at + 8, end: at + size };
  const wide = at + 16 <= file.length ? Number(file.readBigUInt64BE(at + 8)) : 0;
  return { type, start: at + 16, end: at + wide };
}

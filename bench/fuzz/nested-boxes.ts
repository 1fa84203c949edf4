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

/**
 * Whether the picture to show has a size of its own (`ispe`), as ISO/IEC 23008-12 §6.5.3 demands of every item. libheif
 * takes that of its tiles, or of its data, for it. False, too, where a box ends before what it announces.
 */
export function hasOwnSize(source: Uint8Array): boolean {
  const file = Buffer.from(source);
  const [meta] = boxesIn(file, 0, file.length, "meta");
  if (!meta) return false;
  const [primary] = boxesIn(file, meta.start + fullBoxBytes, meta.end, "pitm");
  const [properties] = boxesIn(file, meta.start + fullBoxBytes, meta.end, "iprp");
  const [container] = properties ? boxesIn(file, properties.start, properties.end, "ipco") : [];
  if (!primary || !properties || !container) return false;
  const types = boxesIn(file, container.start, container.end).map(({ type }) => type);
  try {
    const shown = numberAt(file, primary.start + fullBoxBytes, file[primary.start] === 0 ? 2 : 4);
    return boxesIn(file, properties.start, properties.end, "ipma").some(({ start }) =>
      propertiesOf(file, start, shown).some((index) => types[index - 1] === "ispe"),
    );
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** From an `ipma` box: the numbers, from 1, of an item's properties (§9.3). */
function propertiesOf(file: Buffer, start: number, item: number): number[] {
  const [idBytes, indexBytes] = [file[start] === 0 ? 2 : 4, (file[start + 3] ?? 0) & 1 ? 2 : 1];
  let at = start + fullBoxBytes + 4;
  for (let left = file.readUInt32BE(start + fullBoxBytes); left > 0; left--) {
    const count = file.readUInt8(at + idBytes);
    const first = at + idBytes + 1;
    if (numberAt(file, at, idBytes) === item) {
      const mask = indexBytes === 2 ? 0x7fff : 0x7f;
      return Array.from(
        { length: count },
        (_, index) => numberAt(file, first + index * indexBytes, indexBytes) & mask,
      );
    }
    at = first + count * indexBytes;
  }
  return [];
}

const numberAt = (file: Buffer, at: number, bytes: number): number => file.readUIntBE(at, bytes);

function boxesIn(file: Buffer, from: number, to: number, wanted?: string) {
  const boxes: { readonly type: string; readonly start: number; readonly end: number }[] = [];
  for (let at = from; at + 8 <= to;) {
    const { type, start, end = to } = boxAt(file, at);
    if (wanted === undefined || type === wanted) boxes.push({ type, start, end });
    at = Math.max(end, at + 8);
  }
  return boxes;
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

/** Where a picture file can be cut and where it states sizes, for mutations that look almost right. */
export interface Anatomy {
  /** Segments, chunks, blocks or boxes with their headers: in order, without gaps, the whole file. */
  readonly parts: readonly Part[];
  /** Numbers that say how long a part is. */
  readonly lengths: readonly Field[];
  /** Numbers that say how wide or high a picture or frame is, or where it lies. */
  readonly dimensions: readonly Field[];
}

export interface Part {
  readonly start: number;
  readonly end: number;
}

/** An unsigned whole number of `bytes` bytes. */
export interface Field {
  readonly at: number;
  readonly bytes: 1 | 2 | 3 | 4;
  readonly order: "big" | "little";
}

/** Follows the structure as far as it holds; what comes after is one more part. */
export function dissect(file: Uint8Array): Anatomy {
  const dissection = new Dissection(file);
  const walk = walks.find(({ magic, at }) => startsWith(file, magic, at));
  walk?.walk(dissection);
  dissection.cutTo(file.length);
  return dissection;
}

export const isPng = (file: Uint8Array): boolean => startsWith(file, pngMagic, 0);

const pngMagic = "\x89PNG\r\n\x1a\n";

const walks: readonly { magic: string; at: number; walk: (file: Dissection) => void }[] = [
  { magic: "\xff\xd8", at: 0, walk: walkJpeg },
  { magic: pngMagic, at: 0, walk: walkPng },
  { magic: "GIF8", at: 0, walk: walkGif },
  { magic: "WEBP", at: 8, walk: walkWebp },
  { magic: "ftyp", at: 4, walk: (file) => walkBoxes(file, 0, file.length) },
];

function startsWith(file: Uint8Array, magic: string, at: number): boolean {
  return Array.from(magic).every((char, index) => file[at + index] === char.charCodeAt(0));
}

/** A file that is divided into parts: every cut is behind the one before, every field inside the file. */
class Dissection implements Anatomy {
  readonly parts: Part[] = [];
  readonly lengths: Field[] = [];
  readonly dimensions: Field[] = [];
  readonly #file: Uint8Array;
  readonly #view: DataView;
  #cut = 0;

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  get length(): number {
    return this.#file.length;
  }

  /** Ends a part at `end`, or at the file's end if that comes first. */
  cutTo(end: number): void {
    const stop = Math.min(end, this.length);
    if (stop > this.#cut) this.parts.push({ start: this.#cut, end: stop });
    this.#cut = Math.max(this.#cut, stop);
  }

  addLength(at: number, bytes: Field["bytes"], order: Field["order"]): void {
    if (at + bytes <= this.length) this.lengths.push({ at, bytes, order });
  }

  /** Several fields of one kind, one after the other. */
  addDimensions(at: number, count: number, bytes: Field["bytes"], order: Field["order"]): void {
    for (let field = at; field < at + count * bytes; field += bytes)
      if (field + bytes <= this.length) this.dimensions.push({ at: field, bytes, order });
  }

  /** Beyond the end of the file every byte is 0. */
  byte(at: number): number {
    return this.#file[at] ?? 0;
  }

  uint16(at: number): number {
    return at + 2 <= this.length ? this.#view.getUint16(at) : 0;
  }

  uint32(at: number, order: Field["order"]): number {
    return at + 4 <= this.length ? this.#view.getUint32(at, order === "little") : 0;
  }

  fourChars(at: number): string {
    return String.fromCharCode(...this.#file.subarray(at, at + 4));
  }
}

/** ITU-T T.81, Annex B. A scan's data belongs to its SOS segment. */
function walkJpeg(file: Dissection): void {
  let at = 2;
  while (file.byte(at) === 0xff && file.byte(at + 1) !== 0xd9 && at < file.length) {
    file.cutTo(at);
    const marker = file.byte(at + 1);
    file.addLength(at + 2, 2, "big");
    const isFrame = (marker & 0xf0) === 0xc0 && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) file.addDimensions(at + 5, 2, 2, "big");
    at += 2 + file.uint16(at + 2);
    if (marker === 0xda) at = endOfScan(file, at);
  }
  file.cutTo(at);
}

function endOfScan(file: Dissection, from: number): number {
  let at = from;
  for (; at < file.length; at++) {
    const next = file.byte(at + 1);
    const isStuffed = next === 0 || (next >= 0xd0 && next <= 0xd7);
    if (file.byte(at) === 0xff && !isStuffed) return at;
  }
  return at;
}

/** W3C PNG, third edition, section 5. */
function walkPng(file: Dissection): void {
  for (let at = 8; at < file.length;) {
    file.cutTo(at);
    file.addLength(at, 4, "big");
    const type = file.fourChars(at + 4);
    if (type === "IHDR") file.addDimensions(at + 8, 2, 4, "big");
    if (type === "fcTL") file.addDimensions(at + 12, 4, 4, "big");
    at += 12 + file.uint32(at, "big");
  }
}

/** GIF89a, sections 17 to 26. */
function walkGif(file: Dissection): void {
  const tableBytes = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  file.addDimensions(6, 2, 2, "little");
  let at = 13 + tableBytes(file.byte(10));
  while (file.byte(at) === 0x21 || file.byte(at) === 0x2c) {
    file.cutTo(at);
    const isImage = file.byte(at) === 0x2c;
    if (isImage) file.addDimensions(at + 1, 4, 2, "little");
    at += isImage ? 11 + tableBytes(file.byte(at + 9)) : 2;
    file.addLength(at, 1, "little");
    while (file.byte(at) > 0) at += 1 + file.byte(at);
    at += 1;
  }
  file.cutTo(at);
}

/** RFC 9649. */
function walkWebp(file: Dissection): void {
  file.addLength(4, 4, "little");
  for (let at = 12; at < file.length;) {
    file.cutTo(at);
    file.addLength(at + 4, 4, "little");
    const type = file.fourChars(at);
    if (type === "VP8X") file.addDimensions(at + 12, 2, 3, "little");
    if (type === "ANMF") file.addDimensions(at + 8, 4, 3, "little");
    if (type === "VP8 ") file.addDimensions(at + 14, 2, 2, "little");
    if (type === "VP8L") file.addDimensions(at + 9, 1, 4, "little");
    const bytes = file.uint32(at + 4, "little");
    // A frame holds chunks of its own.
    at += type === "ANMF" ? 24 : 8 + bytes + (bytes & 1);
  }
}

/** ISO/IEC 14496-12, section 4.2; boxes that hold boxes are opened. */
function walkBoxes(file: Dissection, from: number, to: number): void {
  for (let at = from; at < to;) {
    file.cutTo(at);
    file.addLength(at, 4, "big");
    const type = file.fourChars(at + 4);
    const end = Math.min(to, at + Math.max(8, file.uint32(at, "big")));
    if (type === "ispe") file.addDimensions(at + 12, 2, 4, "big");
    if (type === "meta") walkBoxes(file, at + 12, end);
    if (type === "iprp" || type === "ipco") walkBoxes(file, at + 8, end);
    at = end;
  }
}

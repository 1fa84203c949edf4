/**
 * Whether the one scan of a sequential JPEG has all of its picture, by the letter of ITU-T T.81: every code is in its
 * table, every run of zeros ends inside its block, restart markers stand where they belong, and there are bits for
 * the last block. What follows that block does not count. libjpeg-turbo does not warn of wrong codes in its
 * quick path, so this says of which pictures it passes garbage. Undefined for pictures of other kinds.
 */
export function isWholeJpeg(file: Uint8Array): boolean | undefined {
  const header = readHeader(file);
  if (!header) return undefined;
  const { frame, scan, tables, interval, at } = header;
  const blocks = scan.flatMap(({ id, dc, ac }) => {
    const own = frame.components.find((component) => component.id === id);
    const count = own && frame.components.length > 1 ? own.h * own.v : 1;
    return Array.from({ length: count }, () => ({ dc: tables.get(dc), ac: tables.get(16 + ac) }));
  });
  const isAlone = frame.components.length === 1;
  const h = isAlone ? 1 : Math.max(...frame.components.map((component) => component.h));
  const v = isAlone ? 1 : Math.max(...frame.components.map((component) => component.v));
  const mcus = Math.ceil(frame.width / (8 * h)) * Math.ceil(frame.height / (8 * v));
  const bits = new BitReader(file, at);
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (interval > 0 && mcu > 0 && mcu % interval === 0) {
      if (!bits.passRestart((mcu / interval - 1) % 8)) return false;
    }
    for (const { dc, ac } of blocks) {
      if (!dc || !ac || !passBlock(bits, dc, ac)) return false;
    }
  }
  return bits.hasMore();
}

/** Of each length of code, the symbols by code. */
type Codes = ReadonlyMap<number, number>;

interface Header {
  readonly frame: {
    readonly width: number;
    readonly height: number;
    readonly components: readonly { readonly id: number; readonly h: number; readonly v: number }[];
  };
  readonly scan: readonly { readonly id: number; readonly dc: number; readonly ac: number }[];
  /** DC tables by number, AC tables by number + 16. */
  readonly tables: ReadonlyMap<number, Codes>;
  readonly interval: number;
  /** Where the data begin. */
  readonly at: number;
}

/** Up to the first scan. Undefined where that is not the only one that the picture needs. */
function readHeader(source: Uint8Array): Header | undefined {
  const file = Buffer.from(source);
  const tables = new Map<number, Codes>();
  let frame: Header["frame"] | undefined;
  let interval = 0;
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at] === 0xff ? (file[at + 1] ?? 0) : 0xff;
    // Fill and stray bytes between segments, and markers that stand alone.
    if (marker === 0xff || marker === 0) at += 1;
    else if (marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else {
      const end = at + 2 + file.readUInt16BE(at + 2);
      const payload = file.subarray(at + 4, end);
      if (marker === 0xc4) readTables(payload, tables);
      else if (marker === 0xdd) interval = payload.readUInt16BE(0);
      else if (marker === 0xc0 || marker === 0xc1) frame = readFrame(payload);
      else if (marker >= 0xc2 && marker <= 0xcf) return undefined;
      else if (marker === 0xda) {
        const count = payload[0] ?? 0;
        if (!frame || frame.components.length !== count) return undefined;
        const scan = Array.from({ length: count }, (_, k) => {
          const [id = 0, both = 0] = payload.subarray(1 + 2 * k);
          return { id, dc: both >> 4, ac: both & 15 };
        });
        return { frame, scan, tables, interval, at: end };
      } else if (marker === 0xd9) return undefined;
      at = end;
    }
  }
  return undefined;
}

function readFrame(payload: Buffer): Header["frame"] {
  const components = Array.from({ length: payload[5] ?? 0 }, (_, k) => {
    const [id = 0, sampling = 0] = payload.subarray(6 + 3 * k);
    return { id, h: sampling >> 4, v: sampling & 15 };
  });
  return { width: payload.readUInt16BE(3), height: payload.readUInt16BE(1), components };
}

/** T.81, annex C: codes of each length are consecutive; here with a 1 in front, so that their length is part of them. */
function readTables(payload: Buffer, tables: Map<number, Codes>): void {
  for (let at = 0; at + 17 <= payload.length;) {
    const codes = new Map<number, number>();
    const id = payload[at] ?? 0;
    let symbol = at + 17;
    let code = 1;
    for (let length = 1; length <= 16; length++) {
      code *= 2;
      for (let left = payload[at + length] ?? 0; left > 0; left--) {
        codes.set(code++, payload[symbol++] ?? 0);
      }
    }
    tables.set(id, codes);
    at = symbol;
  }
}

/** One block (T.81, F.2.2); false where it cannot be. */
function passBlock(bits: BitReader, dc: Codes, ac: Codes): boolean {
  const size = bits.symbol(dc);
  if (size === undefined || size > 15 || !bits.skip(size)) return false;
  for (let position = 1; position < 64; position++) {
    const symbol = bits.symbol(ac);
    if (symbol === undefined) return false;
    const [run, own] = [symbol >> 4, symbol & 15];
    if (own === 0 && run < 15) return true;
    position += run;
    if (position > 63 || !bits.skip(own)) return false;
  }
  return true;
}

class BitReader {
  readonly #file: Uint8Array;
  #at: number;
  /** Bits of the byte at `#at` that are used. */
  #used = 0;

  constructor(file: Uint8Array, at: number) {
    this.#file = file;
    this.#at = at;
  }

  symbol(codes: Codes): number | undefined {
    for (let code = 1, length = 0; length < 16; length++) {
      const bit = this.#bit();
      if (bit === undefined) return undefined;
      code = code * 2 + bit;
      const symbol = codes.get(code);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  }

  skip(count: number): boolean {
    for (let left = count; left > 0; left--) if (this.#bit() === undefined) return false;
    return true;
  }

  /** Goes on behind the next marker, if that is restart `number`. */
  passRestart(number: number): boolean {
    let at = this.#at;
    while (at < this.#file.length && !this.#isMarker(at)) at++;
    if (this.#file[at + 1] !== 0xd0 + number) return false;
    this.#at = at + 2;
    this.#used = 0;
    return true;
  }

  /** Whether anything follows the byte that was read last: a file that ends there may have been cut. */
  hasMore(): boolean {
    const next = this.#used > 0 ? this.#at + (this.#file[this.#at] === 0xff ? 2 : 1) : this.#at;
    return next < this.#file.length;
  }

  #bit(): number | undefined {
    const byte = this.#file[this.#at];
    if (byte === undefined || this.#isMarker(this.#at)) return undefined;
    const bit = (byte >> (7 - this.#used)) & 1;
    this.#used = (this.#used + 1) % 8;
    // A zero is stuffed behind every FF.
    if (this.#used === 0) this.#at += byte === 0xff ? 2 : 1;
    return bit;
  }

  #isMarker(at: number): boolean {
    return this.#file[at] === 0xff && this.#file[at + 1] !== 0;
  }
}

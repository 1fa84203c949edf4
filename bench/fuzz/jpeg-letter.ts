/** What the fuzzer's own readers of JPEG share, by the letter of ITU-T T.81. */

interface Segment {
  readonly marker: number;
  /** Where its marker stands. */
  readonly start: number;
  readonly payload: Buffer;
  /** Behind the payload: of a scan, where its data begin. */
  readonly end: number;
}

/** The segments up to the end mark (annex B), without bytes that belong to none and markers that stand alone. */
export function* segmentsOf(file: Buffer): Generator<Segment> {
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at] === 0xff ? (file[at + 1] ?? 0) : 0xff;
    if (marker === 0xd9) return;
    if (marker === 0xff || marker === 0) at += 1;
    else if (marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else {
      const end = at + 2 + file.readUInt16BE(at + 2);
      yield { marker, start: at, payload: file.subarray(at + 4, end), end };
      at = marker === startOfScan ? endOfData(file, end) : end;
    }
  }
}

export const startOfScan = 0xda;

/** The first marker from `start` on that is neither a restart nor a stuffed byte. */
export function endOfData(file: Buffer, start: number): number {
  let at = start;
  for (; at + 1 < file.length; at++) {
    const next = file[at + 1] ?? 0;
    if (file[at] === 0xff && next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}

export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly { readonly id: number; readonly h: number; readonly v: number }[];
}

/** B.2.2 */
export function readFrame(payload: Buffer): JpegFrame {
  const components = Array.from({ length: payload[5] ?? 0 }, (_, k) => {
    const [id = 0, sampling = 0] = payload.subarray(6 + 3 * k);
    return { id, h: sampling >> 4, v: sampling & 15 };
  });
  return { width: payload.readUInt16BE(3), height: payload.readUInt16BE(1), components };
}

/** Which tables the components of a scan have (B.2.3). */
export function readScan(payload: Buffer) {
  return Array.from({ length: payload[0] ?? 0 }, (_, k) => {
    const [id = 0, both = 0] = payload.subarray(1 + 2 * k);
    return { id, dc: both >> 4, ac: both & 15 };
  });
}

/** For each length of code, the symbols by code. */
export type Codes = ReadonlyMap<number, number>;

/**
 * T.81, annex C: codes of each length are consecutive; here with a 1 in front, so that their length is part of them.
 */
export function readTables(payload: Buffer, tables: Map<number, Codes>): void {
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

/** Reads bits up to the next marker. */
export class BitReader {
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
    return this.bits(count) !== undefined;
  }

  /** The next bits as a number; undefined where there are fewer. */
  bits(count: number): number | undefined {
    let value = 0;
    for (let left = count; left > 0; left--) {
      const bit = this.#bit();
      if (bit === undefined) return undefined;
      value = value * 2 + bit;
    }
    return value;
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

import type { HuffmanTable } from "./huffman.ts";
import { endOfImage, visitSegments } from "./markers.ts";

/** What a frame header says (ITU-T T.81, annex B.2.2). */
export interface Frame {
  readonly coding: "sequential" | "progressive" | "other";
  readonly width: number;
  readonly height: number;
  readonly components: readonly {
    readonly id: number;
    /** Sampling factors. */
    readonly h: number;
    readonly v: number;
    readonly table: number;
  }[];
}

/** What a scan header says (B.2.3), with the tables in force. */
export interface Scan {
  readonly components: readonly ScanComponent[];
  /** The band of coefficients, in zigzag order, and the bits of them that come before and stay out. */
  readonly start: number;
  readonly end: number;
  readonly high: number;
  readonly low: number;
  /** MCUs between restart markers; 0 where there are none. */
  readonly restartInterval: number;
  /** Where the entropy-coded data begin. */
  readonly dataStart: number;
}

export interface ScanComponent {
  /** Among the frame's components. */
  readonly index: number;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

const codings: Readonly<Record<number, Frame["coding"]>> = {
  0xc0: "sequential",
  0xc1: "sequential",
  0xc2: "progressive",
};
const framesOfOtherCodings = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/** The first frame header of any kind, or undefined where there is none that makes sense. */
export function readFrame(file: Uint8Array): Frame | undefined {
  let frame: Frame | undefined;
  visitSegments(file, 2, (marker, payload) => {
    if (isFrame(marker)) frame ??= parseFrame(marker, payload);
  });
  return frame;
}

/**
 * Reads the headers of an eight-bit grey or YCbCr picture, or of one in any colours, scan by scan. Undefined
 * wherever something is broken, or rarer than that.
 */
export class JpegReader {
  readonly #file: Uint8Array;
  readonly #anyColours: boolean;
  readonly #divisors = new Map<number, Uint16Array>();
  readonly #huffman = new Map<number, HuffmanTable>();
  #frame: Frame | undefined;
  #restartInterval = 0;
  #jfif = false;
  #adobeTransform = -1;
  #wellFormed: boolean;

  constructor(file: Uint8Array, { anyColours = false } = {}) {
    this.#file = file;
    this.#anyColours = anyColours;
    this.#wellFormed = file[0] === 0xff && file[1] === 0xd8;
  }

  /** Of the component, in zigzag order. */
  divisorsOf(table: number): Uint16Array | undefined {
    return this.#divisors.get(table);
  }

  /** The frame, known once the first scan has been read. */
  get frame(): Frame | undefined {
    return this.#wellFormed && this.#frame && this.#isReadable(this.#frame)
      ? this.#frame
      : undefined;
  }

  /** Reads on from `at` to the next scan, or to the picture's end. */
  nextScan(at: number): Scan | "end" | undefined {
    const stop = visitSegments(this.#file, at, (marker, payload) => this.#read(marker, payload));
    const { frame } = this;
    if (!frame) return undefined;
    return this.#file[stop + 1] === endOfImage ? "end" : this.#readScan(stop, frame);
  }

  #read(marker: number, payload: Uint8Array): void {
    if (marker === 0xdb) this.#wellFormed &&= readDivisors(payload, this.#divisors);
    else if (marker === 0xc4) this.#wellFormed &&= readHuffman(payload, this.#huffman);
    else if (marker === 0xdd) this.#restartInterval = word(payload, 0);
    else if (marker === 0xe0) this.#jfif ||= startsWith(payload, "JFIF");
    else if (marker === 0xee && startsWith(payload, "Adobe")) {
      this.#adobeTransform = payload[11] ?? -1;
    } else if (isFrame(marker)) {
      this.#wellFormed &&= this.#frame === undefined && payload[0] === 8;
      this.#frame = parseFrame(marker, payload);
    } else if (!isPassedOver(marker)) this.#wellFormed = false;
  }

  #isReadable(frame: Frame): boolean {
    const count = frame.components.length;
    if (this.#anyColours) return count <= componentsMax;
    return (count === 1 || count === 3) && this.#isYcc(frame);
  }

  /** What libjpeg takes for YCbCr, so that the choice of decoder never changes the colours. */
  #isYcc(frame: Frame): boolean {
    if (frame.components.length === 1 || this.#jfif) return true;
    if (this.#adobeTransform >= 0) return this.#adobeTransform !== 0;
    return String.fromCharCode(...frame.components.map(({ id }) => id)) !== "RGB";
  }

  /** Behind the file's end there is no scan's header. */
  #readScan(stop: number, frame: Frame): Scan | undefined {
    const dataStart = stop + 2 + word(this.#file, stop + 2);
    const payload = this.#file.subarray(stop + 4, dataStart);
    const count = payload[0] ?? 0;
    if (count < 1 || payload.length !== 4 + 2 * count) return undefined;
    const components = Array.from({ length: count }, (_, k) => {
      const [id, tables = 0] = payload.subarray(1 + 2 * k);
      const index = frame.components.findIndex((component) => component.id === id);
      const dc = this.#huffman.get(tables >> 4);
      return { index, dc, ac: this.#huffman.get((tables & 15) | 0x10) };
    });
    if (components.some(({ index }) => index < 0)) return undefined;
    const [start = 0, end = 0, bits = 0] = payload.subarray(1 + 2 * count);
    const band = { start, end, high: bits >> 4, low: bits & 15 };
    return { components, ...band, restartInterval: this.#restartInterval, dataStart };
  }
}

/** Of one scan (T.81, B.2.3). */
const componentsMax = 4;

/** APPn and COM; also 0xe0 and 0xee of other makers than those above. */
function isPassedOver(marker: number): boolean {
  return marker >> 4 === 0xe || marker === 0xfe;
}

function isFrame(marker: number): boolean {
  return marker in codings || framesOfOtherCodings.has(marker);
}

function parseFrame(marker: number, payload: Uint8Array): Frame | undefined {
  const count = payload[5] ?? 0;
  const [height, width] = [word(payload, 1), word(payload, 3)];
  if (width === 0 || height === 0 || payload.length < 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, k) => {
    const [id = 0, sampling = 0, table = 0] = payload.subarray(6 + k * 3);
    return { id, h: sampling >> 4, v: sampling & 15, table };
  });
  const valid = components.every(({ h, v }) => h >= 1 && h <= 4 && v >= 1 && v <= 4);
  // A scan of one component is not interleaved: its sampling says nothing (T.81, A.2.2).
  const [only] = components;
  if (only && count === 1) components[0] = { ...only, h: 1, v: 1 };
  return valid ? { coding: codings[marker] ?? "other", width, height, components } : undefined;
}

function readDivisors(payload: Uint8Array, tables: Map<number, Uint16Array>): boolean {
  let at = 0;
  while (at < payload.length) {
    const head = payload[at] ?? 0;
    const bytes = head >> 4 ? 2 : 1;
    const values = payload.subarray(at + 1, at + 1 + 64 * bytes);
    if (values.length !== 64 * bytes || head > 0x13 || (head & 15) > 3) return false;
    const table = Uint16Array.from({ length: 64 }, (_, k) =>
      bytes === 2 ? word(values, k * 2) : (values[k] ?? 0),
    );
    tables.set(head & 15, table);
    at += 1 + 64 * bytes;
  }
  return true;
}

function readHuffman(payload: Uint8Array, tables: Map<number, HuffmanTable>): boolean {
  let at = 0;
  while (at < payload.length) {
    const lengths = payload.slice(at + 1, at + 17);
    const count = lengths.reduce((sum, length) => sum + length, 0);
    const symbols = payload.slice(at + 17, at + 17 + count);
    const space = lengths.reduce((sum, codes, k) => sum + codes * 2 ** (15 - k), 0);
    const id = payload[at] ?? 0;
    if (id > 0x13 || (id & 15) > 3) return false;
    if (lengths.length < 16 || symbols.length < count || count > 256 || space > 65_536)
      return false;
    tables.set(id, { lengths, symbols });
    at += 17 + count;
  }
  return true;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function startsWith(payload: Uint8Array, text: string): boolean {
  return String.fromCharCode(...payload.subarray(0, text.length)) === text;
}

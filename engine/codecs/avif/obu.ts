/**
 * What the coded data says about its picture: AV1's sequence header (AV1 Bitstream Specification §5.5). Sizes
 * are the largest that a frame may have.
 */
export interface Sequence {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 10 | 12;
  /** Samples of colour for those of luma. */
  readonly layout: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4";
  /** ITU-T H.273's number; 2 where it is not said. */
  readonly matrix: number;
  readonly fullRange: boolean;
}

export interface StillPicture {
  readonly sequence: Sequence;
  /** The data up to the end of its first frame: further frames of a still picture would only cost time. */
  readonly frame: Uint8Array;
}

/** Undefined where the data does not begin with a sequence header and a frame. Never throws. */
export function readStill(data: Uint8Array): StillPicture | undefined {
  let sequence: Sequence | undefined;
  let end = 0;
  let hasFrame = false;
  for (const unit of unitsOf(data)) {
    if (unit.type === SEQUENCE_HEADER) sequence ??= readSequence(unit.payload);
    else if (unit.type === FRAME || unit.type === FRAME_HEADER) {
      if (hasFrame) break;
      hasFrame = true;
    }
    ({ end } = unit);
  }
  return sequence && hasFrame ? { sequence, frame: data.subarray(0, end) } : undefined;
}

const SEQUENCE_HEADER = 1;
const FRAME_HEADER = 3;
const FRAME = 6;

interface Unit {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly end: number;
}

/** Open bitstream units (§5.3), up to the first that is cut off. */
function* unitsOf(data: Uint8Array): Generator<Unit> {
  for (let at = 0; at < data.length;) {
    const header = data[at] ?? 0;
    const hasExtension = (header & 0x04) !== 0;
    const hasSize = (header & 0x02) !== 0;
    let start = at + (hasExtension ? 2 : 1);
    let length = data.length - start;
    if (hasSize) {
      const size = readLeb128(data, start);
      if (!size) return;
      start = size.end;
      length = size.value;
    }
    const end = start + length;
    if (end > data.length) return;
    yield { type: (header >> 3) & 15, payload: data.subarray(start, end), end };
    at = end;
  }
}

/** A number in groups of seven bits, lowest first (§4.10.5). */
function readLeb128(data: Uint8Array, from: number) {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = data[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: from + index + 1 };
  }
  return undefined;
}

/** §5.5.1, read for its sizes and colours; what stands between them is stepped over. */
function readSequence(payload: Uint8Array): Sequence | undefined {
  const bits = new Bits(payload);
  const profile = bits.read(3);
  bits.read(1); // still_picture
  const isReduced = bits.flag();
  if (isReduced) bits.read(5);
  else skipOperatingPoints(bits);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const width = bits.read(widthBits) + 1;
  const height = bits.read(heightBits) + 1;
  if (!isReduced && bits.flag()) bits.read(7); // frame_id_numbers_present_flag
  bits.read(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  if (!isReduced) skipTools(bits);
  bits.read(3); // enable_superres, enable_cdef, enable_restoration
  const colour = readColour(bits, profile);
  return bits.isOver ? undefined : { width, height, ...colour };
}

function skipOperatingPoints(bits: Bits): void {
  let hasDecoderModel = false;
  let delayBits = 0;
  if (bits.flag()) {
    bits.read(32);
    bits.read(32);
    if (bits.flag()) bits.skipUvlc();
    hasDecoderModel = bits.flag();
    if (hasDecoderModel) {
      delayBits = bits.read(5) + 1;
      bits.read(32);
      bits.read(10);
    }
  }
  const hasInitialDelay = bits.flag();
  for (let left = bits.read(5) + 1; left > 0; left--) {
    bits.read(12);
    if (bits.read(5) > 7) bits.read(1);
    if (hasDecoderModel && bits.flag()) {
      bits.read(delayBits);
      bits.read(delayBits);
      bits.read(1);
    }
    if (hasInitialDelay && bits.flag()) bits.read(4);
  }
}

function skipTools(bits: Bits): void {
  bits.read(4); // interintra_compound, masked_compound, warped_motion, dual_filter
  const hasOrderHint = bits.flag();
  if (hasOrderHint) bits.read(2);
  const screenContentTools = bits.flag() ? 2 : bits.read(1);
  if (screenContentTools > 0 && !bits.flag()) bits.read(1);
  if (hasOrderHint) bits.read(3);
}

/** §5.5.2. */
function readColour(bits: Bits, profile: number): Omit<Sequence, "width" | "height"> {
  const isHigh = bits.flag();
  const bitDepth = !isHigh ? 8 : profile === 2 && bits.flag() ? 12 : 10;
  const isGrey = profile !== 1 && bits.flag();
  const [primaries, transfer, matrix] = bits.flag()
    ? [bits.read(8), bits.read(8), bits.read(8)]
    : [2, 2, 2];
  if (isGrey) return { bitDepth, layout: "4:0:0", matrix, fullRange: bits.flag() };
  const isSrgb = primaries === 1 && transfer === 13 && matrix === 0;
  if (isSrgb) return { bitDepth, layout: "4:4:4", matrix, fullRange: true };
  const fullRange = bits.flag();
  return { bitDepth, layout: layoutOf(bits, profile, bitDepth), matrix, fullRange };
}

function layoutOf(bits: Bits, profile: number, bitDepth: number): Sequence["layout"] {
  if (profile === 0) return "4:2:0";
  if (profile === 1) return "4:4:4";
  if (bitDepth !== 12) return "4:2:2";
  if (!bits.flag()) return "4:4:4";
  return bits.flag() ? "4:2:0" : "4:2:2";
}

/** Bits from the highest of each byte; zeros from the end on. */
class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at > 8 * this.#bytes.length;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at++;
    }
    return value;
  }

  /** A number in unary and binary (§4.10.3). */
  skipUvlc(): void {
    let zeros = 0;
    while (zeros < 32 && !this.flag()) zeros++;
    if (zeros < 32) this.read(zeros);
  }
}

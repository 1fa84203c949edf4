import { crc32 } from "node:zlib";
import { type Anatomy, dissect, type Field, isPng, type Part } from "./anatomy.ts";

/**
 * Damages a picture file in one to four ways, each of which some parser has failed on. All choices come
 * from `random` (0 to below 1), so the same numbers give the same bytes. `donors` lend parts.
 */
export function mutate(
  file: Uint8Array,
  donors: readonly Uint8Array[],
  random: () => number,
): Uint8Array {
  const dice = new Dice(random);
  // A copy, which `slice` of a Node Buffer is not.
  let mutant: Uint8Array = new Uint8Array(file);
  // Mostly one: after several, few pictures get past their header.
  for (let left = dice.pick([1, 1, 1, 2, 4]); left > 0; left--) {
    const mutation = dice.pick(mutations);
    mutant = mutation({ file: mutant, anatomy: dissect(mutant), donors, dice });
    if (mutant.length > mutantBytesMax) mutant = mutant.slice(0, mutantBytesMax);
  }
  // With its checksums wrong a PNG is refused at the first, and what lies behind is never tried.
  return isPng(mutant) && dice.below(3) > 0 ? withChecksums(mutant) : mutant;
}

/** Parts can be doubled again and again. */
const mutantBytesMax = 1 << 20;

interface Patient {
  readonly file: Uint8Array;
  readonly anatomy: Anatomy;
  readonly donors: readonly Uint8Array[];
  readonly dice: Dice;
}

type Mutation = (patient: Patient) => Uint8Array;

const mutations: readonly [Mutation, ...Mutation[]] = [
  flipBits,
  setBytes,
  overwriteRun,
  insertBytes,
  truncate,
  duplicatePart,
  deletePart,
  movePart,
  lieAboutLength,
  lieAboutDimension,
  lieAboutDimension,
  transplantPart,
  spliceTail,
];

function flipBits({ file, dice }: Patient): Uint8Array {
  for (let left = 1 + dice.below(8); left > 0; left--) {
    const at = dice.below(file.length);
    file[at] = (file[at] ?? 0) ^ (1 << dice.below(8));
  }
  return file;
}

function setBytes({ file, dice }: Patient): Uint8Array {
  for (let left = 1 + dice.below(4); left > 0; left--)
    file[dice.below(file.length)] = dice.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
  return file;
}

function overwriteRun({ file, dice }: Patient): Uint8Array {
  const start = dice.below(file.length);
  const value = dice.pick([0, 0xff, dice.below(256)]);
  return file.fill(value, start, start + 1 + dice.below(64));
}

function insertBytes({ file, dice }: Patient): Uint8Array {
  const at = dice.below(file.length + 1);
  const bytes = Uint8Array.from({ length: 1 + dice.below(32) }, () => dice.below(256));
  return concat(file.subarray(0, at), bytes, file.subarray(at));
}

function truncate({ file, anatomy, dice }: Patient): Uint8Array {
  const isClean = dice.below(2) === 0;
  const end = isClean ? dice.pick(anatomy.parts, wholeOf(file)).end : dice.below(file.length);
  return file.slice(0, end);
}

function duplicatePart({ file, anatomy, dice }: Patient): Uint8Array {
  const { start, end } = dice.pick(anatomy.parts, wholeOf(file));
  const part = file.subarray(start, end);
  const copies = Array.from({ length: dice.pick([1, 1, 1, 2, 16]) }, () => part);
  return concat(file.subarray(0, end), ...copies, file.subarray(end));
}

function deletePart({ file, anatomy, dice }: Patient): Uint8Array {
  const { start, end } = dice.pick(anatomy.parts, wholeOf(file));
  return concat(file.subarray(0, start), file.subarray(end));
}

function movePart({ file, anatomy, dice }: Patient): Uint8Array {
  const { start, end } = dice.pick(anatomy.parts, wholeOf(file));
  const rest = concat(file.subarray(0, start), file.subarray(end));
  const to = dice.pick(anatomy.parts, wholeOf(file)).start;
  return concat(rest.subarray(0, to), file.subarray(start, end), rest.subarray(to));
}

function lieAboutLength({ file, anatomy, dice }: Patient): Uint8Array {
  return lie(file, dice.pick(anatomy.lengths, anyField(file, dice)), dice);
}

function lieAboutDimension({ file, anatomy, dice }: Patient): Uint8Array {
  return lie(file, dice.pick(anatomy.dimensions, anyField(file, dice)), dice);
}

function transplantPart({ file, anatomy, donors, dice }: Patient): Uint8Array {
  const donor = dice.pick(donors, file);
  const graft = dice.pick(dissect(donor).parts, wholeOf(donor));
  const place = dice.pick(anatomy.parts, wholeOf(file));
  const replaced = dice.below(2) === 0 ? place.end : place.start;
  return concat(
    file.subarray(0, place.start),
    donor.subarray(graft.start, graft.end),
    file.subarray(replaced),
  );
}

function spliceTail({ file, anatomy, donors, dice }: Patient): Uint8Array {
  const donor = dice.pick(donors, file);
  const head = dice.pick(anatomy.parts, wholeOf(file)).end;
  const tail = dice.pick(dissect(donor).parts, wholeOf(donor)).start;
  return concat(file.subarray(0, head), donor.subarray(tail));
}

function lie(file: Uint8Array, { at, bytes, order }: Field, dice: Dice): Uint8Array {
  const max = 2 ** (8 * bytes) - 1;
  let truth = 0;
  for (let index = 0; index < bytes; index++)
    truth = truth * 256 + (file[order === "big" ? at + index : at + bytes - 1 - index] ?? 0);
  const round = [0, 1, 2, max, max - 1, max >>> 1, (max >>> 1) + 1] as const;
  const near = [truth + 1, truth - 1, truth * 2, truth * 16, file.length, dice.below(max)] as const;
  const said = dice.pick([...round, ...near]);
  let rest = Math.min(max, Math.max(0, said));
  for (let index = 0; index < bytes; index++) {
    file[order === "little" ? at + index : at + bytes - 1 - index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return file;
}

/** Where a file has no field of the kind, any four bytes may be one. */
const anyField = (file: Uint8Array, dice: Dice): Field => ({
  at: dice.below(Math.max(1, file.length - 4)),
  bytes: file.length < 4 ? 1 : 4,
  order: "big",
});

const wholeOf = (file: Uint8Array): Part => ({ start: 0, end: file.length });

function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Every chunk whose length stays inside the file gets the checksum of what it now holds. */
function withChecksums(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= png.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > png.length) break;
    view.setUint32(end, crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  return png;
}

/** Whole numbers and choices from a source of randomness. */
class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** 0 to below `bound`; 0 where there is no choice. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  pick<Value>(values: readonly Value[], otherwise: Value): Value;
  pick<Value>(values: readonly Value[], otherwise?: Value): Value | undefined {
    return values[this.below(values.length)] ?? otherwise;
  }
}

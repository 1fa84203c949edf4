import { bytes, u16, u32 } from "../../core/image/made-headers.ts";

/** EXIF blocks written and read without the code that is tested. */

export type Order = "little" | "big";

export interface FixtureEntry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly value: Uint8Array;
}

const ofBytes = (tag: number, type: number, value: Uint8Array): FixtureEntry => ({
  tag,
  type,
  count: value.length,
  value,
});

export const entry = {
  ascii: (tag: number, text: string) => ofBytes(tag, 2, bytes(text, 0)),
  undefined: (tag: number, text: string) => ofBytes(tag, 7, bytes(text)),
  short: (tag: number, value: number, order: Order): FixtureEntry => ({
    tag,
    type: 3,
    count: 1,
    value: u16(value, order),
  }),
  long: (tag: number, value: number, order: Order): FixtureEntry => ({
    tag,
    type: 4,
    count: 1,
    value: u32(value, order),
  }),
};

/** One directory behind a header. */
export const tiffOf = (order: Order, entries: readonly FixtureEntry[]): Uint8Array =>
  bytes(headerOf(order), directoryOf(order, headerBytes, entries, 0));

interface Parts {
  readonly main: readonly FixtureEntry[];
  readonly photo: readonly FixtureEntry[];
  readonly gps: readonly FixtureEntry[];
  readonly thumbnail: string;
}

/** A block as cameras write it: three directories, and a second main one that describes a thumbnail. */
export function exifOf(order: Order, { main, photo, gps, thumbnail }: Parts): Uint8Array {
  const pointers = (photoAt: number, gpsAt: number) => [
    ...main,
    entry.long(0x8769, photoAt, order),
    entry.long(0x8825, gpsAt, order),
  ];
  const mainLength = directoryOf(order, 0, pointers(0, 0), 0).length;
  const photoAt = headerBytes + mainLength;
  const photoDirectory = directoryOf(order, photoAt, photo, 0);
  const gpsAt = photoAt + photoDirectory.length;
  const gpsDirectory = directoryOf(order, gpsAt, gps, 0);
  const secondAt = gpsAt + gpsDirectory.length;
  const second = (at: number) => [
    entry.long(0x0201, at, order),
    entry.long(0x0202, thumbnail.length, order),
  ];
  const secondLength = directoryOf(order, secondAt, second(0), 0).length;
  return bytes(
    headerOf(order),
    directoryOf(order, headerBytes, pointers(photoAt, gpsAt), secondAt),
    photoDirectory,
    gpsDirectory,
    directoryOf(order, secondAt, second(secondAt + secondLength), 0),
    thumbnail,
  );
}

const headerBytes = 8;

const headerOf = (order: Order) =>
  bytes(order === "little" ? "II" : "MM", u16(42, order), u32(headerBytes, order));

function directoryOf(
  order: Order,
  at: number,
  entries: readonly FixtureEntry[],
  next: number,
): Uint8Array {
  const outside: Uint8Array[] = [];
  let valueAt = at + 2 + entries.length * 12 + 4;
  const records = entries.map(({ tag, type, count, value }) => {
    const head = bytes(u16(tag, order), u16(type, order), u32(count, order));
    if (value.length <= 4) return bytes(head, value, new Uint8Array(4 - value.length));
    const record = bytes(head, u32(valueAt, order));
    outside.push(bytes(value, new Uint8Array(value.length & 1)));
    valueAt += value.length + (value.length & 1);
    return record;
  });
  return bytes(u16(entries.length, order), ...records, u32(next, order), ...outside);
}

type Tags = Readonly<Record<number, string | readonly number[]>>;

/**
 * Every value of a well-formed block (with JPEG's prefix): text and bytes as ISO 8859-1, integers as
 * such, other numbers as bytes. Throws where an offset leads outside, and where a directory has a next one.
 */
export function tagsOf(exif: Uint8Array): { main: Tags; photo?: Tags; gps?: Tags } {
  const block = Buffer.from(exif.subarray(6));
  const isLittle = block.toString("latin1", 0, 2) === "II";
  const int16 = (at: number) => (isLittle ? block.readUInt16LE(at) : block.readUInt16BE(at));
  const int32 = (at: number) => (isLittle ? block.readUInt32LE(at) : block.readUInt32BE(at));
  const sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

  const read = (at: number): Record<number, string | readonly number[]> => {
    const tags: Record<number, string | readonly number[]> = {};
    const count = int16(at);
    for (let index = 0; index < count; index++) {
      const entryAt = at + 2 + index * 12;
      const type = int16(entryAt + 2);
      const values = int32(entryAt + 4);
      const length = values * (sizes[type] ?? 1);
      const valueAt = length <= 4 ? entryAt + 8 : int32(entryAt + 8);
      if (valueAt + length > block.length) throw new Error(`a value outside: ${valueAt}`);
      const numbers = (width: number, readAt: (at: number) => number) =>
        Array.from({ length: values }, (_, position) => readAt(valueAt + position * width));
      tags[int16(entryAt)] =
        type === 3
          ? numbers(2, int16)
          : type === 4
            ? numbers(4, int32)
            : block.toString("latin1", valueAt, valueAt + length);
    }
    if (int32(at + 2 + count * 12) !== 0) throw new Error("a next directory");
    return tags;
  };

  const child = (pointer: Tags[number] | undefined) =>
    typeof pointer === "object" ? read(pointer[0] ?? 0) : undefined;
  const { 0x8769: photoAt, 0x8825: gpsAt, ...main } = read(int32(4));
  const photo = child(photoAt);
  const gps = child(gpsAt);
  return { main, ...(photo && { photo }), ...(gps && { gps }) };
}

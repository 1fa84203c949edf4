import { describe, expect, test } from "vitest";
import { childrenOf } from "../../../../core/image/heif/boxes.ts";
import { ItemData } from "../../../../engine/codecs/avif/item-data.ts";
import { box, bytes, u16, u32 } from "../../../core/image/made-headers.ts";

const file = Uint8Array.from({ length: 100 }, (_, at) => at);
const inside = bytes("inside the meta box");

/** `iloc` of this version, with 32-bit offsets and lengths unless `sizes` says otherwise, and these items. */
const iloc = (version: number, sizes: number, ...items: readonly Uint8Array[]) =>
  box(
    "iloc",
    version,
    0,
    0,
    0,
    u16(sizes),
    version === 2 ? u32(items.length) : u16(items.length),
    ...items,
  );
const plainSizes = 0x4400;
type Extent = readonly [offset: number, length: number];
/** As version 1 has it. */
const item = (id: number, method: number, ...extents: readonly Extent[]) =>
  bytes(
    u16(id),
    u16(method),
    u16(0),
    u16(extents.length),
    ...extents.flat().map((value) => u32(value)),
  );

const dataIn = (...boxes: readonly Uint8Array[]) => new ItemData(file, childrenOf(bytes(...boxes)));
const oneOf = (...extents: readonly Extent[]) =>
  dataIn(iloc(1, plainSizes, item(7, 0, ...extents))).of(7);

describe("an item's data", () => {
  test("lies in the file, in one piece or in several", () => {
    expect(oneOf([10, 5])).toEqual(file.subarray(10, 15));
    expect(oneOf([10, 5])?.buffer).toBe(file.buffer);
    expect(oneOf([10, 2], [50, 3])).toEqual(bytes(10, 11, 50, 51, 52));
    expect(oneOf([90, 0])).toEqual(file.subarray(90));
    expect(oneOf([0, 100])).toEqual(file);
  });

  test("is not there where it ends behind the file, or would be more than the file", () => {
    expect(oneOf([99, 1])).toEqual(bytes(99));
    for (const extent of [
      [99, 2],
      [100, 0],
      [100, 1],
    ] as const)
      expect(oneOf(extent)).toBeUndefined();
    expect(oneOf([0, 60], [0, 40])).toHaveLength(100);
    expect(oneOf([0, 60], [0, 41])).toBeUndefined();
  });

  test("lies in the meta box where it says so", () => {
    const idat = box("idat", inside);
    const locations = iloc(1, plainSizes, item(7, 1, [7, 8]), item(8, 0, [7, 8]));
    expect(dataIn(locations, idat).of(7)).toEqual(bytes("the meta"));
    expect(dataIn(locations, idat).of(8)).toEqual(file.subarray(7, 15));
    expect(dataIn(locations).of(7)).toBeUndefined();
  });

  test("is that of the items alone that have some in this file, in their order", () => {
    const data = dataIn(
      iloc(1, plainSizes, item(9, 0, [1, 1]), item(3, 2, [2, 1]), item(4, 0), item(2, 1, [3, 1])),
    );
    expect(data.items).toEqual([9, 2]);
    expect([3, 4, 5].map((id) => data.of(id))).toEqual([undefined, undefined, undefined]);
    expect(dataIn(box("free")).items).toEqual([]);
  });
});

describe("locations are read", () => {
  const where = (location: Uint8Array, id = 7) => dataIn(location).of(id);

  test("of each version", () => {
    const old = bytes(u16(7), u16(0), u16(1), u32(10), u32(5));
    expect(where(iloc(0, plainSizes, old))).toEqual(file.subarray(10, 15));
    const wide = bytes(u32(0x10007), u16(0), u16(0), u16(1), u32(10), u32(5));
    expect(where(iloc(2, plainSizes, wide), 0x10007)).toEqual(file.subarray(10, 15));
    // Of the sixteen bits only the lowest four are the method.
    expect(where(iloc(1, plainSizes, item(7, 0xfff0, [10, 5])))).toEqual(file.subarray(10, 15));
    // Version 0 has no index, whatever its size says.
    expect(where(iloc(0, plainSizes | 4, old))).toEqual(file.subarray(10, 15));
  });

  test("in numbers of any size, from a base on, behind an index", () => {
    const extent = (base: Uint8Array, ...parts: readonly Uint8Array[]) =>
      bytes(u16(7), u16(0), u16(0), base, u16(parts.length), ...parts);
    const small = extent(bytes(0, 20), bytes(9, 9, 9, 3, 0, 2), bytes(9, 9, 9, 30, 0, 1));
    expect(where(iloc(1, 0x1223, small))).toEqual(bytes(23, 24, 50));
    const long = extent(bytes(), bytes(0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 1));
    expect(where(iloc(1, 0x8800, long))).toEqual(bytes(40));
    const high = extent(bytes(), bytes(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
    expect(where(iloc(1, 0x8800, high))).toBeUndefined();
    // No offset is the base, no length all that follows.
    expect(where(iloc(1, 0x0010, bytes(extent(bytes(90), bytes()), 0)))).toEqual(file.subarray(90));
  });

  test("as many as are announced", () => {
    const content = iloc(1, plainSizes, item(7, 0, [1, 1])).subarray(8);
    expect(dataIn(box("iloc", content, item(8, 0, [2, 2]))).items).toEqual([7]);
  });

  test("up to the first that is cut", () => {
    const second = item(8, 0, [2, 2], [3, 3]);
    const cut = (missing: number) => {
      const content = iloc(1, plainSizes, item(7, 0, [1, 1]), second).subarray(8);
      return dataIn(box("iloc", content.subarray(0, content.length - missing)));
    };
    expect(cut(0).items).toEqual([7, 8]);
    for (const missing of [1, 8, 15, 20]) expect(cut(missing).items).toEqual([7]);
    expect(dataIn(box("iloc")).items).toEqual([]);
    expect(dataIn(box("iloc", u32(0))).items).toEqual([]);
    // Extents of no bytes are as many as there are bytes, at most.
    const empty = (count: number) => bytes(u16(7), u16(0), u16(0), u16(count));
    expect(dataIn(iloc(1, 0, bytes(empty(1), 0))).items).toEqual([7]);
    expect(dataIn(iloc(1, 0, empty(1))).items).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { readParts } from "../../../../engine/codecs/avif/parts.ts";
import { av1C, box, bytes, ispe, u16, u32 } from "../../../core/image/made-headers.ts";
import { heifFile, type HeifItem } from "./heif-file.ts";

const picture = { width: 100, height: 60 };
const corrupt = (what: string) => ({
  ok: false,
  error: { reason: "corrupt_image", detail: `The AVIF is damaged: ${what}` },
});
const missing = {
  ok: false,
  error: { reason: "truncated_image", detail: "The file ends before the data of its picture" },
};
const nclx = (matrix: number, range: number) =>
  box("colr", "nclx", u16(1), u16(13), u16(matrix), range);

function opened(file: Uint8Array, size = picture) {
  const parts = readParts(file, size);
  if (!parts.ok) throw new Error(JSON.stringify(parts.error));
  const { dataOf, ...others } = parts.value;
  return { ...others, data: Array.from({ length: others.count }, (_, index) => dataOf(index)) };
}

describe("a picture that is coded in one piece", () => {
  const file = (own: Partial<HeifItem>, ...more: readonly Uint8Array[]) => {
    const properties = [ispe(100, 60), av1C, ...more];
    const indexes = properties.map((_, index) => index + 1);
    const item = { id: 1, type: "av01", data: bytes("coded"), properties: indexes, ...own };
    return heifFile([item], properties);
  };

  test("is one part of its size", () => {
    expect(opened(file({}))).toEqual({
      columns: 1,
      size: picture,
      count: 1,
      data: [bytes("coded")],
    });
  });

  test("has the colours that its container says", () => {
    const colour = (...properties: readonly Uint8Array[]) => opened(file({}, ...properties)).colour;
    expect(colour(nclx(0x106, 0x80))).toEqual({ matrix: 0x106, fullRange: true });
    expect(colour(nclx(9, 0x7f))).toEqual({ matrix: 9, fullRange: false });
    expect(colour(box("colr", "prof", new Uint8Array(20)), nclx(9, 0x80))?.matrix).toBe(9);
    const short = box("colr", nclx(6, 0x80).subarray(8, -1));
    expect(colour(short)).toBeUndefined();
    expect(colour(box("free", nclx(6, 0x80).subarray(8)))).toBeUndefined();
  });

  test("is missing where its data are not in the file, and damaged where nothing says what it is", () => {
    const { data: _, ...without } = { id: 1, type: "av01", data: bytes(), properties: [1, 2] };
    expect(readParts(heifFile([without], [ispe(100, 60), av1C]), picture)).toEqual(missing);
    expect(readParts(file({}).subarray(0, 60), picture)).toEqual(
      corrupt("its items cannot be read"),
    );
  });
});

interface GridCase {
  readonly shape?: Uint8Array;
  readonly tile?: readonly [number, number];
  readonly types?: readonly string[];
  readonly references?: readonly Uint8Array[];
  readonly size?: { readonly width: number; readonly height: number };
}
const narrow = (rows: number, columns: number, { width, height } = picture) =>
  bytes(0, 0, rows - 1, columns - 1, u16(width), u16(height));
const dimg = (from: number, ...to: readonly number[]) =>
  box("dimg", u16(from), u16(to.length), ...to.map((id) => u16(id)));
const iref = (...references: readonly Uint8Array[]) => box("iref", u32(0), ...references);

/** A grid, item 1, of the items 2 and 3. */
function grid(own: GridCase = {}, ...more: readonly Uint8Array[]): Uint8Array {
  const { shape = narrow(1, 2), tile = [64, 64], types = ["av01", "av01"] } = own;
  const { references = [iref(dimg(1, 2, 3))], size = picture } = own;
  const properties = [ispe(size.width, size.height), ispe(...tile), av1C, ...more];
  const tileOf = (id: number, type: string) => ({
    id,
    type,
    data: bytes(`tile ${id}`),
    properties: [2, 3],
  });
  return heifFile(
    [
      { id: 1, type: "grid", data: shape, properties: [1, ...more.map((_, index) => index + 4)] },
      ...types.map((type, index) => tileOf(2 + index, type)),
    ],
    properties,
    references,
  );
}

describe("a grid", () => {
  const misfit = corrupt("its grid does not fit its picture");
  const tiles = [bytes("tile 2"), bytes("tile 3")];

  test("is made of the items that it refers to, row by row", () => {
    const expected = { columns: 2, size: { width: 64, height: 64 }, count: 2, data: tiles };
    expect(opened(grid())).toEqual(expected);
    expect(opened(grid({ references: [iref(dimg(1, 3, 2))] })).data).toEqual(tiles.toReversed());
    const wide = bytes(0, 1, 0, 1, u32(100), u32(60));
    expect(opened(grid({ shape: wide }))).toEqual(expected);
    const below = { width: 60, height: 100 };
    expect(opened(grid({ shape: narrow(2, 1, below), size: below }), below)).toMatchObject({
      ...{ columns: 1, count: 2 },
    });
  });

  test("has its own colours, or else those of its tiles", () => {
    expect(opened(grid({}, nclx(9, 0x80))).colour).toEqual({ matrix: 9, fullRange: true });
    expect(opened(grid()).colour).toBeUndefined();
    const properties = [ispe(100, 60), ispe(64, 64), av1C, nclx(6, 0x80), nclx(9, 0)];
    const item = (id: number, own: readonly number[]) => ({
      ...{ id, type: "av01", data: bytes("x"), properties: own },
    });
    const of = (own: readonly number[]) =>
      opened(
        heifFile(
          [
            { ...item(1, own), type: "grid", data: narrow(1, 2) },
            item(2, [2, 3, 4]),
            item(3, [2, 3]),
          ],
          properties,
          [iref(dimg(1, 2, 3))],
        ),
      ).colour;
    expect(of([1])).toEqual({ matrix: 6, fullRange: true });
    expect(of([1, 5])).toEqual({ matrix: 9, fullRange: false });
  });

  test("is refused where its tiles do not cover the picture, or lie outside of it", () => {
    const of = (shape: Uint8Array, tile: readonly [number, number]) =>
      readParts(grid({ shape, tile }), picture);
    expect(of(narrow(1, 2), [50 + 14, 64]).ok).toBe(true);
    expect(of(narrow(1, 2), [98, 64]).ok).toBe(true);
    // The second column begins where the picture has ended.
    expect(of(narrow(1, 2), [100, 64])).toEqual(misfit);
    expect(of(narrow(2, 1), [100, 64])).toEqual(misfit);
    expect(of(narrow(1, 1), [100, 64])).toEqual(misfit);
    expect(of(narrow(1, 3), [64, 64])).toEqual(misfit);
    const large = { width: 200, height: 60 };
    const tooFew = grid({ shape: narrow(1, 2, large), tile: [98, 64], size: large });
    expect(readParts(tooFew, large)).toEqual(misfit);
    const tall = { width: 60, height: 200 };
    expect(
      readParts(grid({ shape: narrow(2, 1, tall), tile: [64, 98], size: tall }), tall),
    ).toEqual(misfit);
    expect(
      readParts(grid({ shape: narrow(2, 1, tall), tile: [64, 100], size: tall }), tall).ok,
    ).toBe(true);
  });

  test("is refused where its tiles are small or odd", () => {
    const of = (width: number, height: number) => {
      const size = { width: 2 * width, height };
      return readParts(grid({ shape: narrow(1, 2, size), tile: [width, height], size }), size);
    };
    expect(of(64, 64).ok).toBe(true);
    for (const [width, height] of [
      [62, 64],
      [64, 62],
      [65, 64],
      [64, 65],
    ] as const)
      expect(of(width, height)).toEqual(misfit);
  });

  test("is refused where it has another size than its picture", () => {
    for (const size of [
      { width: 99, height: 60 },
      { width: 100, height: 59 },
    ])
      expect(readParts(grid({ shape: narrow(1, 2, size) }), picture)).toEqual(misfit);
  });

  test("is refused where its own data are cut, or of a version that is not known", () => {
    const wide = bytes(0, 1, 0, 1, u32(100), u32(60));
    for (const shape of [
      narrow(1, 2).subarray(0, 7),
      wide.subarray(0, 11),
      narrow(1, 2).with(0, 1),
    ])
      expect(readParts(grid({ shape }), picture)).toEqual(misfit);
  });

  test("is refused where its tiles are not coded, have no size, or are not named", () => {
    expect(readParts(grid({ types: ["av01", "grid"] }), picture)).toEqual(misfit);
    expect(readParts(grid({ types: ["grid", "av01"] }), picture)).toEqual(misfit);
    const sizeless = heifFile(
      [
        { id: 1, type: "grid", data: narrow(1, 2), properties: [1] },
        { id: 2, type: "av01", data: bytes("a"), properties: [2] },
        { id: 3, type: "av01", data: bytes("b"), properties: [2] },
      ],
      [ispe(100, 60), av1C],
      [iref(dimg(1, 2, 3))],
    );
    expect(readParts(sizeless, picture)).toEqual(misfit);
    for (const references of [
      [],
      [iref()],
      [iref(dimg(2, 2, 3))],
      [iref(box("auxl", dimg(1, 2, 3).subarray(8)))],
    ])
      expect(readParts(grid({ references }), picture)).toEqual(misfit);
  });

  test("is found among other references, in numbers of 16 bits or 32", () => {
    const others = [box("auxl", u16(1), u16(1), u16(9)), box("dimg", u16(1)), dimg(7, 8)];
    expect(opened(grid({ references: [iref(...others, dimg(1, 2, 3), dimg(1, 3))] })).data).toEqual(
      tiles,
    );
    const wide = box("dimg", u32(1), u16(2), u32(2), u32(3));
    expect(opened(grid({ references: [box("iref", 1, 0, 0, 0, wide)] })).data).toEqual(tiles);
    // The first of an item counts.
    expect(readParts(grid({ references: [iref(dimg(1), dimg(1, 2, 3))] }), picture)).toEqual(
      misfit,
    );
    // No more of them are read than there are.
    const announced = (count: number) => box("dimg", u16(1), u16(count), u16(2), u16(3));
    expect(opened(grid({ references: [iref(announced(9))] })).data).toEqual(tiles);
    expect(readParts(grid({ references: [iref(announced(1))] }), picture)).toEqual(misfit);
  });

  test("whose tile is missing says so when that is asked for", () => {
    const file = heifFile(
      [
        { id: 1, type: "grid", data: narrow(1, 2), properties: [1] },
        { id: 2, type: "av01", data: bytes("a"), properties: [2, 3] },
        { id: 3, type: "av01", properties: [2, 3] },
      ],
      [ispe(100, 60), ispe(64, 64), av1C],
      [iref(dimg(1, 2, 3))],
    );
    expect(opened(file).data).toEqual([bytes("a"), undefined]);
  });
});

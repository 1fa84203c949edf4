import { describe, expect, test } from "vitest";
import { readLut, whitePoint } from "../../../engine/colour/icc-lut.ts";
import { toLab } from "./cmyk-profile-fixture.ts";

/** Values of 0..1 as entries of a table. */
const entries = (values: readonly number[], bytes: 1 | 2): number[] =>
  values.flatMap((value) => {
    const entry = Math.round(value * (bytes === 1 ? 255 : 65_535));
    return bytes === 1 ? [entry] : [entry >> 8, entry & 255];
  });
const letters = (text: string) => [...Buffer.from(text, "latin1")];
const u16 = (value: number) => [value >> 8, value & 255];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 65_535)];
/** In a buffer that holds more, before and behind. */
function viewOf(bytes: readonly number[]): DataView {
  const held = Uint8Array.from([7, 7, 7, ...bytes, 7, 7]);
  return new DataView(held.buffer, 3, bytes.length);
}

/** What a table in XYZ says of 0..1 is almost twice that. */
const xyz = (values: readonly number[]) => values.map((value) => (value * 65_535) / 32_768);

function expectColour(
  actual: readonly number[] | undefined,
  expected: readonly number[],
  digits = 3,
) {
  expect(actual).toHaveLength(3);
  expected.forEach((value, k) => expect(actual?.[k]).toBeCloseTo(value, digits));
}

/** Of two inks: the first, the second, and the mean of both. */
const corners = [
  [0, 0, 0],
  [0, 1, 0.5],
  [1, 0, 0.5],
  [1, 1, 1],
];

interface Tables {
  readonly side?: number;
  readonly before?: readonly (readonly number[])[];
  readonly after?: readonly (readonly number[])[];
  readonly grid?: readonly (readonly number[])[];
  readonly outputs?: number;
}

const straight = [0, 1];

/** `mft2` of two inks. */
function mft2({
  side = 2,
  before = [straight, straight],
  after = [straight, straight, straight],
  grid = corners,
  outputs = 3,
}: Tables = {}): number[] {
  return [
    ...letters("mft2"),
    ...u32(0),
    ...[2, outputs, side, 0],
    ...Array.from({ length: 36 }, () => 0),
    ...[...u16(before[0]?.length ?? 0), ...u16(after[0]?.length ?? 0)],
    ...entries([...before.flat(), ...grid.flat(), ...after.flat()], 2),
  ];
}

/** `mft1` of one ink: its curves have 256 levels. */
function mft1(grid: readonly number[], curve: (value: number) => number): number[] {
  const levels = Array.from({ length: 256 }, (_, level) => level / 255);
  const after = [0, 1, 2].flatMap((k) => levels.map((value) => value / 2 ** k));
  return [
    ...letters("mft1"),
    ...u32(0),
    ...[1, 3, grid.length / 3, 0],
    ...Array.from({ length: 36 }, () => 0),
    ...entries([...levels.map(curve), ...grid, ...after], 1),
  ];
}

describe("tables of 16 bits", () => {
  const read = (tables?: Tables, inputs = 2) => readLut(viewOf(mft2(tables)), inputs, "XYZ ");

  test("are curves, a grid between whose entries lines are drawn, and curves again", () => {
    const lut = read({
      before: [straight, [1, 0]],
      after: [straight, [0, 0.5], [1, 0]],
    });
    expectColour(lut?.([0.25, 0.4]), xyz([0.25, 0.3, 1 - 0.425]));
    expectColour(lut?.([0, 0]), xyz([0, 0.5, 0.5]));
    expectColour(lut?.([1, 1]), xyz([1, 0, 0.5]));
  });

  test("may have a longer grid, whose last axis varies fastest", () => {
    const grid = Array.from({ length: 9 }, (_, at) => [
      Math.floor(at / 3) / 2,
      (at % 3) / 2,
      at === 4 ? 1 : 0,
    ]);
    const lut = read({
      side: 3,
      grid,
      before: [
        [0, 0.5, 1],
        [0, 0.5, 1],
      ],
    });
    expectColour(lut?.([0.5, 0.5]), xyz([0.5, 0.5, 1]));
    expectColour(lut?.([0.75, 0.25]), xyz([0.75, 0.25, 0.25]));
    expectColour(lut?.([1, 0.5]), xyz([1, 0.5, 0]));
  });

  test("take what lies outside of 0 and 1 for these", () => {
    expectColour(read()?.([-1, 2]), xyz([0, 1, 0.5]));
    expectColour(read()?.([0.25]), xyz([0.25, 0, 0.125]));
  });

  test.each<[string, readonly number[], number]>([
    ["are for another number of inks", mft2(), 3],
    ["give another number of values", mft2({ outputs: 4 }), 2],
    ["have a grid of one level", mft2({ side: 1, grid: [[0, 0, 0]] }), 2],
    ["have curves of one entry before", mft2({ before: [[0], [0]] }), 2],
    ["have curves of one entry behind", mft2({ after: [[0], [0], [0]] }), 2],
    ["are cut off", mft2().slice(0, -1), 2],
    ["end in their head", mft2().slice(0, 51), 2],
    ["end before it", mft2().slice(0, 8), 2],
    ["say that they are for another number", [...mft2().slice(0, 8), 3, ...mft2().slice(9)], 2],
    ["are of no known type", [...letters("mft3"), ...mft2().slice(4)], 2],
  ])("that %s are none", (_, bytes, inputs) => {
    expect(readLut(viewOf(bytes), inputs, "XYZ ")).toBeUndefined();
  });
});

test("tables of 8 bits have curves of 256 levels, and another head", () => {
  const tag = mft1([0, 0, 0, 1, 1, 1], (value) => value ** 2);
  const lut = readLut(viewOf(tag), 1, "XYZ ");
  expectColour(lut?.([0.6]), xyz([0.36, 0.18, 0.09]), 2);
  expectColour(lut?.([1]), xyz([1, 0.5, 0.25]), 2);
  expect(readLut(viewOf(tag.slice(0, -1)), 1, "XYZ ")).toBeUndefined();
  expect(readLut(viewOf(tag.slice(0, 47)), 1, "XYZ ")).toBeUndefined();
});

const gamma = (value: number) => [
  ...letters("curv"),
  ...u32(0),
  ...u32(1),
  ...u16(value * 256),
  0,
  0,
];
const identity = [...letters("curv"), ...u32(0), ...u32(0)];
const fixed = (value: number) => u32(Math.round(value * 65_536) >>> 0);

interface Elements {
  readonly a?: readonly number[];
  readonly grid?: readonly number[];
  readonly m?: readonly number[];
  readonly matrix?: readonly number[];
  readonly b?: readonly number[];
  readonly inputs?: number;
  readonly outputs?: number;
}

const gridOf = (sides: readonly number[], bytes: number, values: readonly number[]) => [
  ...sides,
  ...Array.from({ length: 16 - sides.length }, () => 0),
  ...[bytes, 0, 0, 0],
  ...entries(values, bytes === 1 ? 1 : 2),
];
const twoInks = gridOf([2, 2], 2, corners.flat());
const three = (curve: readonly number[]) => [...curve, ...curve, ...curve];

/** `mAB ` of two inks; an element that is undefined is not there. The matrix is last, so that nothing lies behind it. */
function mab(elements: Elements = {}): number[] {
  const { inputs = 2, outputs = 3 } = elements;
  const {
    a = [...identity, ...identity],
    grid = twoInks,
    m,
    matrix,
    b = three(identity),
  } = elements;
  const offsets = new Map<string, number>();
  const body: number[] = [];
  for (const [name, part] of Object.entries({ a, grid, m, b, matrix })) {
    if (part === undefined || part.length === 0) continue;
    offsets.set(name, 32 + body.length);
    body.push(...part);
  }
  const head = ["b", "matrix", "m", "grid", "a"].flatMap((name) => u32(offsets.get(name) ?? 0));
  return [...letters("mAB "), ...u32(0), inputs, outputs, 0, 0, ...head, ...body];
}

describe("elements", () => {
  const read = (elements?: Elements) => readLut(viewOf(mab(elements)), 2, "XYZ ");

  test("are curves A, a grid and curves B", () => {
    const lut = read({ a: [...gamma(2), ...identity], b: [...identity, ...gamma(2), ...gamma(3)] });
    expectColour(lut?.([0.5, 0.5]), xyz([0.25, 0.25, 0.375 ** 3]));
    expectColour(read()?.([0.25, 0.75]), xyz([0.25, 0.75, 0.5]));
  });

  test("have curves M and a matrix in between, both or one of them", () => {
    const m = [...gamma(2), ...identity, ...identity];
    const numbers = [0.5, 0.25, 0.125, 0, 0.125, 0.5, 0.0625, 0, 0.25, 0.125, 0.25, 0.5];
    const matrix = numbers.flatMap(fixed);
    const through = ([x = 0, y = 0, z = 0]: readonly number[]) => [
      0.5 * x + 0.25 * y + 0.125 * z + 0.125,
      0.125 * y + 0.5 * z + 0.25,
      0.0625 * x + 0.25 * z + 0.5,
    ];
    expectColour(read({ m })?.([0.5, 0.75]), xyz([0.25, 0.75, 0.625]));
    expectColour(read({ matrix })?.([0.5, 0.75]), xyz(through([0.5, 0.75, 0.625])));
    expectColour(read({ m, matrix })?.([0.5, 0.75]), xyz(through([0.25, 0.75, 0.625])));
    expect(read({ matrix: matrix.slice(0, -1) })).toBeUndefined();
    const full = [1, 0, 0, 0.5, 0.25, 0, 0.25, 0.125, 0.5, 0, 0, 0].flatMap(fixed);
    expectColour(read({ matrix: full })?.([0.5, 0.25]), xyz([0.5, 0.3125, 0.34375]));
  });

  test("have a grid of sides of their own, of entries of one byte or two", () => {
    const values = Array.from({ length: 6 }, (_, at) => [Math.floor(at / 3), (at % 3) / 2, 0]);
    for (const bytes of [1, 2]) {
      const lut = read({ grid: gridOf([2, 3], bytes, values.flat()) });
      expectColour(lut?.([0.25, 0.6]), xyz([0.25, 0.6, 0]), 2);
    }
  });

  test.each<[string, readonly number[]]>([
    ["without curves A", mab({ a: [] })],
    ["without a grid", mab({ grid: [] })],
    ["without curves B", mab({ b: [] })],
    [
      "with a curve that cannot be read",
      mab({ b: three([...letters("text"), ...u32(0), ...u32(0)]) }),
    ],
    ["with curves M that cannot be read", mab({ m: letters("text") })],
    [
      "of a grid of entries of three bytes",
      mab({ grid: [...gridOf([2, 2], 3, corners.flat()), ...twoInks] }),
    ],
    ["of a grid with a side of one", mab({ grid: gridOf([2, 1], 2, corners.flat()) })],
    ["of another number of inks", mab({ inputs: 3 })],
    ["of another number of values", mab({ outputs: 4 })],
    ["that are cut off in their head", mab().slice(0, 31)],
    ["that are only their type", mab().slice(0, 8)],
    ["of another type", [...letters("mBA "), ...mab().slice(4)]],
  ])("%s are none", (_, bytes) => {
    expect(readLut(viewOf(bytes), 2, "XYZ ")).toBeUndefined();
  });

  test("whose grid is cut off are none, not by a byte nor in its head", () => {
    const [a, b] = [[...identity, ...identity], three(identity)];
    const head = [...letters("mAB "), ...u32(0), 2, 3, 0, 0];
    const at = 32 + a.length + b.length;
    const offsets = [32 + a.length, 0, 0, at, 32].flatMap(u32);
    const whole = [...head, ...offsets, ...a, ...b, ...twoInks];
    const inks = [0.25, 0.75];
    expectColour(readLut(viewOf(whole), 2, "XYZ ")?.(inks), xyz([0.25, 0.75, 0.5]));
    expect(readLut(viewOf(whole.slice(0, -1)), 2, "XYZ ")).toBeUndefined();
    expect(readLut(viewOf(whole.slice(0, at + 19)), 2, "XYZ ")).toBeUndefined();
    expect(readLut(viewOf(whole.slice(0, at + 3)), 2, "XYZ ")).toBeUndefined();
  });
});

describe("a table in Lab", () => {
  /** Every entry is that colour. */
  const flat = (lab: readonly number[], scale: number) => {
    const [l = 0, a = 0, b = 0] = lab;
    return [l / 100, (a + 128) / 255, (b + 128) / 255].map((value) => value * scale);
  };
  const colours: readonly (readonly [string, readonly number[]])[] = [
    ["white", whitePoint],
    ["black", [0, 0, 0]],
    ["a red", [0.3, 0.15, 0.02]],
    ["a dark blue", [0.004, 0.003, 0.02]],
    ["a green", [0.1, 0.25, 0.05]],
  ];

  test.each(colours)("of version 2 keeps the scale of its 16 bits: %s", (_, colour) => {
    const entry = flat(toLab(colour), 65_280 / 65_535);
    const grid = corners.map(() => entry);
    expectColour(readLut(viewOf(mft2({ grid })), 2, "Lab ")?.([0.5, 0.5]), colour, 3);
  });

  test.each(colours)("of elements has the scale of all numbers: %s", (_, colour) => {
    const entry = flat(toLab(colour), 1);
    const grid = gridOf(
      [2, 2],
      2,
      corners.flatMap(() => entry),
    );
    expectColour(readLut(viewOf(mab({ grid })), 2, "Lab ")?.([0.5, 0.5]), colour, 3);
  });
});

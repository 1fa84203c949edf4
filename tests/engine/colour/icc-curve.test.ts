import { describe, expect, test } from "vitest";
import {
  readCurve,
  readCurves,
  rest,
  sampledCurve,
  samplesAt,
  unit,
} from "../../../engine/colour/icc-curve.ts";

const viewOf = (bytes: readonly number[]) => new DataView(Uint8Array.from(bytes).buffer);
const letters = (text: string) => [...Buffer.from(text, "latin1")];
const u16 = (value: number) => [(value >> 8) & 255, value & 255];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value)];

const sampled = (...entries: readonly number[]) => [
  ...letters("curv"),
  ...u32(0),
  ...u32(entries.length),
  ...entries.flatMap(u16),
];
const parametric = (form: number, ...values: readonly number[]) => [
  ...letters("para"),
  ...u32(0),
  ...u16(form),
  ...u16(0),
  ...values.flatMap((value) => u32(Math.round(value * 65_536))),
];

describe("a sampled curve", () => {
  const curve = (...entries: readonly number[]) => readCurve(viewOf(sampled(...entries)));

  test("of no entries leaves what it is given, of one is a gamma", () => {
    expect(curve()?.(0.3)).toBe(0.3);
    expect(curve(0x0280)?.(0.3)).toBeCloseTo(0.3 ** 2.5, 10);
  });

  test("of more is straight lines between them, from 0 to 1", () => {
    const three = curve(0, 0x4000, 0xffff);
    const middle = 0x4000 / 0xffff;
    expect([0, 0.5, 1].map((value) => three?.(value))).toEqual([0, middle, 1]);
    expect(three?.(0.25)).toBeCloseTo(middle / 2, 10);
    expect(three?.(0.75)).toBeCloseTo((1 + middle) / 2, 10);
    expect([three?.(-1), three?.(2)]).toEqual([0, 1]);
    expect(curve(0xffff, 0)?.(0.25)).toBeCloseTo(0.75, 10);
  });

  test("that is cut off is none", () => {
    expect(readCurve(viewOf(sampled(0, 0x4000, 0xffff).slice(0, -1)))).toBeUndefined();
    expect(readCurve(viewOf(sampled().slice(0, -1)))).toBeUndefined();
  });
});

describe("a parametric curve", () => {
  test.each<[string, number, readonly number[], readonly (readonly [number, number])[]]>([
    ["a power", 0, [2], [[0.5, 0.25]]],
    [
      "of a line from its foot on",
      1,
      [2, 2, -1],
      [
        [0.4, 0],
        [0.75, 0.25],
      ],
    ],
    [
      "which is there at its foot",
      1,
      [0, 2, -1],
      [
        [0.4, 0],
        [0.5, 1],
      ],
    ],
    [
      "lifted",
      2,
      [2, 2, -1, 0.125],
      [
        [0.4, 0.125],
        [0.75, 0.375],
      ],
    ],
    [
      "lifted, at its foot",
      2,
      [0, 2, -1, 0.125],
      [
        [0.4, 0.125],
        [0.5, 1.125],
      ],
    ],
    [
      "with a straight foot",
      3,
      [2, 0.5, 0.25, 0.125, 0.5],
      [
        [0.25, 0.03125],
        [0.5, 0.25],
        [1, 0.5625],
      ],
    ],
    [
      "with both lifted",
      4,
      [2, 0.5, 0.25, 0.125, 0.5, 0.25, 0.5],
      [
        [0.25, 0.53125],
        [0.5, 0.5],
        [1, 0.8125],
      ],
    ],
  ])("is %s", (_, form, values, points) => {
    const curve = readCurve(viewOf(parametric(form, ...values)));
    for (const [value, expected] of points) expect(curve?.(value)).toBeCloseTo(expected, 8);
    // Not a byte less will do.
    expect(readCurve(viewOf(parametric(form, ...values).slice(0, -1)))).toBeUndefined();
  });

  test("of a form that the standard does not know is none", () => {
    expect(readCurve(viewOf(parametric(5, 1, 1, 1, 1, 1, 1, 1)))).toBeUndefined();
  });
});

test("of another type there is no curve, nor where there is nothing", () => {
  expect(readCurve(viewOf([...letters("text"), ...u32(0), ...u32(0)]))).toBeUndefined();
  expect(readCurve(undefined)).toBeUndefined();
});

describe("several curves", () => {
  // 14 bytes, and two that are skipped.
  const gamma = [...sampled(0x0200), 0, 0];
  const halves = (curves: ReturnType<typeof readCurves>) => curves?.map((curve) => curve(0.5));

  test("lie one behind the other, each at a multiple of four bytes", () => {
    const view = viewOf([...gamma, ...parametric(2, 3, 1, 0, 0.25), ...sampled()]);
    expect(halves(readCurves(view, 3))).toEqual([0.25, 0.375, 0.5]);
    expect(halves(readCurves(view, 2))).toEqual([0.25, 0.375]);
  });

  test("are none where one of them is missing or cannot be read", () => {
    expect(readCurves(viewOf([...gamma, ...gamma]), 3)).toBeUndefined();
    expect(
      readCurves(viewOf([...gamma, ...letters("text"), ...u32(0), ...u32(0)]), 2),
    ).toBeUndefined();
  });
});

test("the rest of a view begins in it, or is nothing", () => {
  const view = new DataView(Uint8Array.of(0, 1, 2, 3, 4).buffer, 1);
  expect([rest(view, 1).getUint8(0), rest(view, 1).byteLength]).toEqual([2, 3]);
  expect(rest(view, 9).byteLength).toBe(0);
});

test("entries of a table are parts of the most that they can be", () => {
  const view = viewOf([9, 0, 51, 255, 0x80, 0x00]);
  const bytes = samplesAt(view, 1, 1);
  expect([bytes(0), bytes(1), bytes(2)]).toEqual([0, 0.2, 1]);
  const words = samplesAt(view, 2, 2);
  expect([words(0), words(1)]).toEqual([0x33ff / 65_535, 0x8000 / 65_535]);
  const curve = sampledCurve(bytes, 3);
  expect([curve(0.25), curve(1)]).toEqual([0.1, 1]);
});

test("what is clamped lies from 0 to 1, and what is no number is 0", () => {
  expect([-2, 0, 0.25, 1, 7, NaN].map(unit)).toEqual([0, 0, 0.25, 1, 1, 0]);
});

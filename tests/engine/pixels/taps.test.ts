import { describe, expect, test } from "vitest";
import { gaussianTaps, one, quantise, resampleTaps } from "../../../engine/pixels/taps.ts";
import { weightMatrix } from "./weight-matrix.ts";

/** Weights by the definition of the filter, not rounded. Beyond the border its sample is repeated. */
function byDefinition(
  inputs: number,
  centres: readonly number[],
  weightAt: (distance: number) => number,
) {
  return centres.map((centre) => {
    const row = Array.from({ length: inputs }, () => 0);
    for (let input = -100; input < inputs + 100; input++) {
      const inside = Math.min(Math.max(input, 0), inputs - 1);
      row[inside] = (row[inside] ?? 0) + weightAt(input + 0.5 - centre);
    }
    const sum = row.reduce((total, weight) => total + weight, 0);
    return row.map((weight) => (weight / sum) * one);
  });
}

function expectNear(actual: readonly number[][], expected: readonly number[][]) {
  const differences = actual.flatMap((row, y) =>
    row.map((weight, x) => Math.abs(weight - (expected[y]?.[x] ?? NaN))),
  );
  // The largest takes what rounding leaves of the others.
  expect(Math.max(...differences)).toBeLessThan(6);
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const lanczos = (x: number) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0);
/** Keys (1981) with a = -1/2. */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t >= 2) return 0;
  return t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2;
}
const centresOf = (origin: number, scale: number, outputs: number) =>
  Array.from({ length: outputs }, (_, output) => origin + (output + 0.5) * scale);

const axes = [
  { inputs: 40, origin: 0, size: 40, outputs: 17 },
  { inputs: 41, origin: 3.25, size: 30, outputs: 10 },
  { inputs: 30, origin: 0.5, size: 20, outputs: 20 },
  { inputs: 7, origin: 0, size: 7, outputs: 2 },
  { inputs: 1, origin: 0, size: 1, outputs: 1 },
  { inputs: 20, origin: 2, size: 10, outputs: 33 },
  { inputs: 1, origin: 0, size: 1, outputs: 5 },
  { inputs: 10, origin: -1.5, size: 13, outputs: 6 },
  { inputs: 5, origin: 9.5, size: 4, outputs: 4 },
];

describe.each(axes)("$size of $inputs samples from $origin to $outputs", (axis) => {
  const { inputs, origin, size, outputs } = axis;
  const tapsOfAxis = () => resampleTaps(inputs, origin, size, outputs);
  const scale = size / outputs;

  test("are weighed by Lanczos where they become fewer, by Catmull and Rom where more", () => {
    const taps = tapsOfAxis();
    const weightAt = (distance: number) =>
      scale < 1 ? cubic(distance) : lanczos(distance / scale);
    expectNear(
      weightMatrix(taps, inputs),
      byDefinition(inputs, centresOf(origin, scale, outputs), weightAt),
    );
  });

  test("keep a flat colour, and lie in pairs that never go back", () => {
    const taps = tapsOfAxis();
    for (const row of weightMatrix(taps, inputs)) {
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBe(one);
    }
    const starts = [...taps.starts];
    expect(starts).toEqual(starts.toSorted((left, right) => left - right));
    expect(starts.filter((start) => start % 2 !== 0 || start >= inputs)).toEqual([]);
  });
});

test("there are no more pairs than the filter reaches", () => {
  const pairsOf = (size: number, outputs: number) => resampleTaps(100, 0, size, outputs).pairs;
  expect([pairsOf(100, 50), pairsOf(100, 60), pairsOf(20, 40), pairsOf(100, 100)]).toEqual([
    7, 6, 3, 1,
  ]);
  expect([gaussianTaps(50, 2).pairs, gaussianTaps(50, 0.1).pairs]).toEqual([8, 2]);
});

test("a copy has one weight, wherever it begins", () => {
  const even = resampleTaps(20, 4, 3, 3);
  expect([[...even.starts], [...even.weights]]).toEqual([
    [4, 4, 6],
    [one, 0, 0, one, one, 0],
  ]);
  const odd = resampleTaps(20, 5, 2, 2);
  expect([[...odd.starts], [...odd.weights]]).toEqual([
    [4, 6],
    [0, one, one, 0],
  ]);
});

describe("a blur", () => {
  test.each([0.4, 1.3, 3])("is a Gaussian of that deviation: %d", (sigma) => {
    const support = Math.max(1, sigma * 3.53);
    const weightAt = (distance: number) =>
      Math.abs(distance) <= support ? Math.exp(-(distance ** 2) / (2 * sigma ** 2)) : 0;
    const expected = byDefinition(25, centresOf(0, 1, 25), weightAt);
    expectNear(weightMatrix(gaussianTaps(25, sigma), 25), expected);
  });
});

test("a blur looks as far to one side as to the other", () => {
  for (const sigma of [0.4, 1.3, 3]) {
    const [middle = []] = weightMatrix(gaussianTaps(51, sigma), 51).slice(25);
    expect(middle).toEqual(middle.toReversed());
  }
});

test("rounded weights add up to one: the first of the largest takes the rest", () => {
  const rounded = (...exact: readonly number[]) => {
    const weights = new Int16Array(exact.length);
    quantise(
      Float64Array.from(exact),
      exact.reduce((sum, each) => sum + each, 0),
      weights,
    );
    return [...weights];
  };
  expect(rounded(1, 1, 1)).toEqual([5462, 5461, 5461]);
  expect(rounded(0.1, 3, 0.1, 3, 0.1)).toEqual([260, 7802, 260, 7802, 260]);
  expect(rounded(-1, 5, 3)).toEqual([-2341, 11_703, 7022]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { Sketch } from "../../../core/metrics/sketch.ts";

const shares = [0.5, 0.9, 0.99, 0.999];

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

function merged(...parts: readonly Sketch[]): Sketch {
  const all = new Sketch();
  for (const part of parts) all.merge(part);
  return all;
}

/** Nearest rank. */
function exact(values: readonly number[], share: number): number {
  const ordered = values.toSorted((left, right) => left - right);
  return ordered[Math.max(1, Math.ceil(share * ordered.length)) - 1] ?? Number.NaN;
}

/** From a millisecond to an hour, as many of each magnitude. */
const times = fc.double({ min: 0, max: Math.log(3_600_000), noNaN: true }).map(Math.exp);

describe("quantiles", () => {
  test("of 100 parts merged are within 1 % of the exact ones", () => {
    const values = fc.array(times, { minLength: 1, maxLength: 5000, size: "max" });
    fc.assert(
      fc.property(values, (all) => {
        const parts = Array.from({ length: 100 }, (_, part) =>
          sketchOf(all.filter((_value, index) => index % 100 === part)),
        );
        const sketch = merged(...parts);
        expect(sketch.count).toBe(all.length);
        for (const share of shares) {
          const right = exact(all, share);
          const error = Math.abs((sketch.quantile(share) ?? Infinity) - right) / right;
          expect(error).toBeLessThanOrEqual(0.01 + 1e-9);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("of nothing are null", () => {
    expect(new Sketch().quantile(0.5)).toBeNull();
  });

  test("of what takes less than the clock shows are 0", () => {
    expect(sketchOf([0, 0, 0.4]).quantile(0.99)).toBe(0);
  });

  test("the first and the last value are its ends", () => {
    const sketch = sketchOf([100, 200, 300]);
    expect(sketch.quantile(0)).toBeCloseTo(100, -1);
    expect(sketch.quantile(1)).toBeCloseTo(300, -1);
  });
});

describe("merging", () => {
  const sketches = fc.array(fc.integer({ min: -5, max: 2 * limits.measuredMillisMax }), {
    size: "max",
    maxLength: 200,
  });

  test("is the same in any order and grouping", () => {
    fc.assert(
      fc.property(sketches, sketches, sketches, (...values) => {
        const [a, b, c] = values.map(sketchOf) as [Sketch, Sketch, Sketch];
        const one = merged(a, merged(b, c)).toJSON();
        expect(merged(merged(c, a), b).toJSON()).toEqual(one);
        expect(sketchOf(values.flat()).toJSON()).toEqual(one);
      }),
    );
  });

  test("of full counts stops, in any order and grouping", () => {
    const full = () =>
      Sketch.of({ sum: Number.MAX_SAFE_INTEGER, bins: [10, Number.MAX_SAFE_INTEGER] });
    const one = () => sketchOf([1.2]);
    const sketch = merged(full(), merged(one(), full()));
    expect(sketch.toJSON()).toEqual(merged(merged(full(), full()), one()).toJSON());
    expect([sketch.count, sketch.sumMillis]).toEqual([
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    ]);
    expect(Number.isSafeInteger(full().toJSON().bins[1])).toBe(true);
  });
});

test("a sketch is read back as it was written", () => {
  const sketch = sketchOf([0, 3, 3, 4000, Infinity]);
  const read = Sketch.of(JSON.parse(JSON.stringify(sketch)) as never);
  expect(read.toJSON()).toEqual(sketch.toJSON());
  expect(read.count).toBe(5);
});

test("values have bounds, so bins have too", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const { bins } = sketchOf([value]).toJSON();
      expect(bins.length).toBe(Number.isNaN(value) ? 0 : 2);
      for (const bin of bins.slice(0, 1)) expect(bin >= -1 && bin <= 825).toBe(true);
    }),
  );
});

test("what is no number is not counted", () => {
  expect(sketchOf([Number.NaN]).toJSON()).toEqual({ sum: 0, bins: [] });
});

test.each([
  ["nothing", 0, -1],
  ["less than a millisecond", 0.999, -1],
  ["less than nothing", -5, -1],
  ["a millisecond", 1, 0],
  ["the longest time", limits.measuredMillisMax, 825],
  ["more than the longest time", Infinity, 825],
])("%s is in one bin, and is read back", (_, millis, bin) => {
  const counts = sketchOf([millis]).toJSON();
  expect(counts.bins).toEqual([bin, 1]);
  expect(Sketch.of(counts).toJSON()).toEqual(counts);
});

test("the sum is of whole milliseconds within the bounds", () => {
  expect(sketchOf([0.6, 2.4, -3, Infinity]).sumMillis).toBe(3 + limits.measuredMillisMax);
});

test("what is stored without a pair, or twice, is read as far as it goes", () => {
  expect(Sketch.of({ sum: 4, bins: [7, 2, 9] }).toJSON()).toEqual({ sum: 4, bins: [7, 2] });
  const twice = Sketch.of({ sum: 4, bins: [7, 2, 7, 3] });
  expect([twice.count, twice.toJSON().bins]).toEqual([5, [7, 5]]);
});

test("bins that make no sense are left out", () => {
  const bins = [-2, 1, 3.5, 1, 5, -1, 6, 0.5, 900, 1, 7, 2, 9, 0, 8];
  expect(Sketch.of({ sum: -1, bins }).toJSON()).toEqual({ sum: 0, bins: [7, 2] });
});

test("how many took at most a time is known but for those within 1 % of it", () => {
  const sketch = sketchOf([0, 10, 480, 520, 9000]);
  expect([0, 11, 500, 600, 10_000].map((millis) => sketch.atMost(millis))).toEqual([1, 2, 3, 4, 5]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binOf,
  emptySketch,
  mergeSketches,
  quantile,
  sketchOf,
} from "../../../core/metrics/sketch.ts";

const shares = [0.5, 0.9, 0.99, 0.999, 1];
const values = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), {
  minLength: 1,
  maxLength: 400,
  size: "max",
});

describe("a sketch", () => {
  test("is within one per cent of each exact quantile, merged from a hundred parts", () => {
    fc.assert(
      fc.property(values, (all) => {
        const parts = Array.from({ length: 100 }, (_, part) =>
          sketchOf(
            all.filter((_, index) => index % 100 === part).map((value) => [binOf(value), 1]),
          ),
        );
        const sketch = mergeSketches(parts);
        const sorted = all.toSorted((left, right) => left - right);
        expect(sketch.count).toBe(all.length);
        for (const share of shares) {
          const exact = sorted[Math.ceil(share * all.length) - 1]!;
          expect(Math.abs(quantile(sketch, share)! / exact - 1)).toBeLessThanOrEqual(0.01 + 1e-9);
        }
      }),
    );
  });

  test("is the same however its values were split and in which order they are merged", () => {
    fc.assert(
      fc.property(values, fc.nat(), (all, cut) => {
        const bins = all.map((value) => [binOf(value), 1] as const);
        const at = cut % all.length;
        const [left, right] = [sketchOf(bins.slice(0, at)), sketchOf(bins.slice(at))];
        const sorted = ({ bins: counted }: typeof left) =>
          [...counted].toSorted(([a], [b]) => a - b);
        expect(sorted(mergeSketches([left, right]))).toEqual(sorted(sketchOf(bins)));
        expect(sorted(mergeSketches([right, left]))).toEqual(sorted(sketchOf(bins)));
      }),
    );
  });

  test("counts zero, and what a clock that stepped back makes less than zero, as zero", () => {
    const sketch = sketchOf([0, -3, 5].map((value) => [binOf(value), 1]));
    expect(quantile(sketch, 0.5)).toBe(0);
    expect(quantile(sketch, 1)).toBeCloseTo(5, 1);
  });

  test("without values has no quantile", () => {
    expect(quantile(emptySketch, 0.5)).toBeNull();
  });
});

import { describe, expect, test, vi } from "vitest";
import { planeTaps } from "../../../engine/pixels/plane-taps.ts";
import { one, resampleTaps } from "../../../engine/pixels/taps.ts";
import { weightMatrix } from "./weight-matrix.ts";

describe("weights over a plane", () => {
  test.each([
    { inputs: 40, origin: 0, scale: 2, outputs: 20 },
    { inputs: 41, origin: 3.5, scale: 1.7, outputs: 20 },
    { inputs: 60, origin: 0, scale: 3, outputs: 20 },
    { inputs: 20, origin: 2.25, scale: 0.5, outputs: 30 },
    { inputs: 30, origin: 0.5, scale: 1, outputs: 28 },
    { inputs: 5, origin: 0, scale: 2.5, outputs: 2 },
    { inputs: 1, origin: 0, scale: 0.25, outputs: 4 },
    { inputs: 25, origin: 5, scale: 1, outputs: 20 },
  ])("are those over pixels: $inputs from $origin by $scale to $outputs", (axis) => {
    const { inputs, origin, scale, outputs } = axis;
    const taps = planeTaps(inputs, origin, scale, outputs, 8);
    const pixels = resampleTaps(inputs, origin, scale * outputs, outputs);
    expect(weightMatrix(taps, inputs)).toEqual(weightMatrix(pixels, inputs));
  });

  test("lie within the plane where it is long enough, from the first sample that counts", () => {
    const { starts, count } = planeTaps(60, 0, 3, 20, 2);
    expect(count).toBe(18);
    expect([...starts]).toEqual(
      Array.from({ length: 20 }, (_, output) => Math.min(Math.max(3 * output - 7, 0), 60 - 18)),
    );
  });

  test("are as many as the filter needs, filled up to whole vectors", () => {
    const countOf = (scale: number, multiple: number) => planeTaps(90, 0, scale, 9, multiple).count;
    expect([countOf(2, 2), countOf(2, 8), countOf(2.1, 2), countOf(0.5, 8)]).toEqual([
      12, 16, 14, 8,
    ]);
  });

  test("are worked out once for all outputs of a phase", () => {
    const sines = vi.spyOn(Math, "sin");
    // Of the first two, which reach over the edge, and of one phase for the others; the last ends with the last sample.
    planeTaps(46, 1, 2, 20, 8);
    expect(sines).toHaveBeenCalledTimes((2 + 1) * 12);
    sines.mockRestore();
  });

  test("of a copy are one, and beyond the last sample that one is repeated", () => {
    const { starts, weights, count } = planeTaps(4, 2, 1, 3, 8);
    expect(count).toBe(8);
    expect([...starts]).toEqual([2, 3, 3]);
    expect([...weights]).toEqual([0, 1, 2].flatMap(() => [one, 0, 0, 0, 0, 0, 0, 0]));
  });
});

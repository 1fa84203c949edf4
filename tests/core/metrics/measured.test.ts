import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFaultOfService, Measured, stages, yieldOf } from "../../../core/metrics/measured.ts";

const reasons = fc.dictionary(fc.constantFrom("overloaded", "corrupt-image", "other"), fc.nat());
const counts = fc.record({
  stages: fc.dictionary(
    fc.constantFrom(...stages),
    fc.nat().map((millis) => {
      const measured = new Measured();
      measured.took("wait", millis);
      return measured.stage("wait").toJSON();
    }),
  ),
  failed: reasons,
  refused: reasons,
});

function together(...parts: readonly Parameters<Measured["add"]>[0][]) {
  const all = new Measured();
  for (const part of parts) all.add(part);
  return all.toJSON();
}

test("merging gives the same in any order and grouping", () => {
  fc.assert(
    fc.property(counts, counts, counts, (a, b, c) => {
      const one = together(a, b, c);
      expect(together(together(b, c), a)).toEqual(one);
      expect(together(JSON.parse(JSON.stringify(together(c, a))) as never, b)).toEqual(one);
    }),
  );
});

test("what another version leaves out or adds is no fault", () => {
  expect(together({}, { later: 1, stages: { later: { sum: 1, bins: [] } } } as never)).toEqual({
    stages: {},
    failed: {},
    refused: {},
  });
});

test("reasons are problem codes; what is none is counted as other, and no count is below one", () => {
  const measured = new Measured();
  for (const code of ["overloaded", "made up", "constructor"]) measured.refused(code);
  measured.refused("overloaded", 2);
  for (const times of [0, -1, 0.5, Number.NaN]) measured.refused("internal", times);
  expect(measured.toJSON().refused).toEqual({ overloaded: 3, other: 2 });
});

test("times are by stage, and a stage without any is not told", () => {
  const measured = new Measured();
  for (const stage of stages) measured.took(stage, 5);
  measured.took("wait", 5);
  expect(measured.stage("wait").count).toBe(2);
  expect(Object.keys(measured.toJSON().stages ?? {})).toEqual([...stages]);
  const asked = new Measured();
  expect(asked.stage("wait").count).toBe(0);
  expect(asked.toJSON()).toEqual({ stages: {}, failed: {}, refused: {} });
});

test("reasons are counted up to where they would not be exact", () => {
  const measured = Measured.of({ failed: { internal: Number.MAX_SAFE_INTEGER } });
  measured.failed("internal");
  expect(measured.toJSON().failed).toEqual({ internal: Number.MAX_SAFE_INTEGER });
});

test.each<[string, boolean]>([
  ["attempts-exhausted", true],
  ["deadline-exceeded", true],
  ["internal", true],
  ["misconfigured", true],
  ["overloaded", true],
  ["unavailable", true],
  ["corrupt-image", false],
  ["other", false],
])("%s is a fault of the service: %s", (code, isOurs) => {
  expect(isFaultOfService(code)).toBe(isOurs);
});

describe("yield", () => {
  test.each([
    ["nothing asked for", 0, {}, null],
    ["all done", 3, {}, 1],
    ["nothing done", 0, { failed: { internal: 1 }, refused: { unavailable: 1 } }, 0],
    [
      "what the asker caused aside",
      3,
      { failed: { "corrupt-image": 9 }, refused: { "rate-limited": 9 } },
      1,
    ],
    ["failed here", 3, { failed: { "deadline-exceeded": 1 } }, 0.75],
    ["refused here", 1, { refused: { overloaded: 1 } }, 0.5],
  ])("%s", (_, done, measured, expected) => {
    expect(yieldOf(done, measured)).toBe(expected);
  });
});

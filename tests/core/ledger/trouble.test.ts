import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../core/job/job.ts";
import {
  apartUntil,
  isTrouble,
  isTroubleToBegin,
  laneOf,
  moreTrouble,
  noTrouble,
  troubleAt,
} from "../../../core/ledger/trouble.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";

const start = Date.UTC(2026, 10, 28);
const half = limits.troubleHalfLifeMillis;

function after(times: number, everyMillis = 0) {
  let trouble = noTrouble;
  for (let each = 0; each < times; each++)
    trouble = moreTrouble(trouble, start + each * everyMillis);
  return trouble;
}

describe("a tenant", () => {
  test("is set apart by so much trouble at once, and not by less", () => {
    expect(laneOf(after(limits.troubleApart - 1), start)).toBe("batch");
    expect(laneOf(after(limits.troubleApart), start)).toBe("solo");
  });

  test("is not by a picture now and then, however many in all", () => {
    expect(after(1000, half).apart).toBe(false);
  });

  test("is back when next to nothing is left, and is told when that is", () => {
    const trouble = after(limits.troubleApart);
    const until = apartUntil(trouble, start) ?? 0;
    expect(until).toBe(start + Math.ceil(half * Math.log2(limits.troubleApart)));
    expect([laneOf(trouble, until - 2), laneOf(trouble, until)]).toEqual(["solo", "batch"]);
    expect(apartUntil(trouble, until)).toBeNull();
    // Back is back: a single picture does not set it apart again.
    expect(laneOf(moreTrouble(trouble, until), until)).toBe("batch");
  });

  test("stays apart while it goes on, at less than set it apart", () => {
    let trouble = after(limits.troubleApart);
    for (let each = 1; each <= 20; each++) trouble = moreTrouble(trouble, start + each * half);
    expect(laneOf(trouble, start + 20 * half)).toBe("solo");
  });

  test("is back within 17 minutes of its last, however much there was", () => {
    const trouble = after(100_000);
    expect(trouble.score).toBe(limits.troubleMax);
    expect((apartUntil(trouble, start) ?? 0) - start).toBeLessThan(17 * 60_000);
  });

  test("gains nothing by a clock that steps back", () => {
    const trouble = after(limits.troubleApart);
    expect(troubleAt(trouble, start - 600_000)).toMatchObject({
      score: trouble.score,
      apart: true,
    });
  });

  test("without trouble is not apart", () => {
    expect([laneOf(noTrouble, start), apartUntil(noTrouble, start)]).toEqual(["batch", null]);
    expect(noTrouble.apart).toBe(false);
  });

  test("with as much left as keeps it apart is apart, for no longer than this moment", () => {
    const trouble = { score: limits.troubleOver, at: start, apart: true };
    expect([laneOf(trouble, start), laneOf(trouble, start + 1)]).toEqual(["solo", "batch"]);
    expect(apartUntil(trouble, start)).toBeNull();
  });
});

describe("trouble is", () => {
  const threw: Outcome = { kind: "deferred", cause: "render threw", blame: "job" };
  const failed = (code: Parameters<typeof problem>[0]): Outcome => ({
    kind: "failed",
    problem: problem(code, "…"),
  });
  test.each<[string, Outcome, number, boolean]>([
    ["a first render that threw", threw, 1, true],
    ["not its repetition: a picture counts little more than once", threw, 2, false],
    ["not what failed around it", { kind: "deferred", cause: "R2 is away" }, 1, false],
    ["a codec that trapped", failed("render-crashed"), 2, true],
    ["a render that was stopped", failed("render-timeout"), 2, true],
    ["not a picture that is no picture", failed("corrupt-image"), 1, false],
  ])("%s", (_, outcome, claims, expected) => {
    expect(isTrouble({ claims }, outcome)).toBe(expected);
  });

  test("a job that has ended two consumers, when it is begun for the third time", () => {
    const begun = [0, 1, 2, 3].map((strikes) => isTroubleToBegin({ strikes }, true));
    expect(begun).toEqual([false, false, true, false]);
    expect(isTroubleToBegin({ strikes: 2 }, false)).toBe(false);
  });
});

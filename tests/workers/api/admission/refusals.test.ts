import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import { problem, type ProblemCode } from "../../../../core/problem.ts";
import { Refusals } from "../../../../workers/api/admission/refusals.ts";

const now = Date.UTC(2026, 10, 20, 12);
const ledger = "tnt_a/local/0";
const rate = { limit: 20, windowSeconds: 2, remaining: 0, resetSeconds: 2 };
const refusal = (code: ProblemCode, retryAfterMillis?: number) => ({
  problem: problem(code, "No.", retryAfterMillis === undefined ? {} : { retryAfterMillis }),
  rate,
});

let refusals: Refusals;
beforeEach(() => {
  refusals = new Refusals();
});

describe("a refusal", () => {
  test.each(["rate-limited", "too-many-in-flight", "overloaded"] as const)(
    "as %s holds until its Retry-After, for its ledger alone",
    (code) => {
      refusals.remember(ledger, refusal(code, 4000), now);
      expect(refusals.holding(ledger, now + 1000)).toEqual(refusal(code, 3000));
      expect(refusals.holding(ledger, now + 3999)).toEqual(refusal(code, 1));
      expect(refusals.holding(ledger, now + 4000)).toBeNull();
      expect(refusals.holding("tnt_b/local/0", now)).toBeNull();
    },
  );

  test("that depends on the job does not hold for the next one", () => {
    refusals.remember(ledger, refusal("quota-exceeded", 4000), now);
    refusals.remember("other", refusal("rate-limited"), now);
    expect(refusals.holding(ledger, now)).toBeNull();
    expect(refusals.holding("other", now)).toBeNull();
  });

  test("holds for a bounded time, and tells all of what is left", () => {
    refusals.remember(ledger, refusal("overloaded", 60_000), now);
    const last = now + limits.rememberedRefusalMillisMax - 1;
    expect(refusals.holding(ledger, last)?.problem.retryAfterMillis).toBe(60_000 - (last - now));
    expect(refusals.holding(ledger, last + 1)).toBeNull();
  });

  test("of whatever kind makes the next jobs ask first, for a while", () => {
    expect(refusals.lately(ledger, now)).toBe(false);
    refusals.remember(ledger, refusal("quota-exceeded", 4000), now);
    expect(refusals.lately(ledger, now + limits.refusedLatelyMillis - 1)).toBe(true);
    expect(refusals.lately(ledger, now + limits.refusedLatelyMillis)).toBe(false);
    expect(refusals.lately("tnt_b/local/0", now)).toBe(false);
  });

  test("does not hold for longer because the clock steps back", () => {
    refusals.remember(ledger, refusal("overloaded", 4000), now);
    refusals.expect(ledger, now);
    const before = now - HOUR;
    expect(refusals.holding(ledger, before)).toBeNull();
    expect(refusals.lately(ledger, before)).toBe(false);
    expect(refusals.areLikely(ledger, before)).toBe(false);
  });

  test("of the ledger longest unheard of makes room for a new one", () => {
    for (let number = 0; number <= limits.refusalsCacheMax; number++) {
      refusals.remember(`tnt_${number}/local/0`, refusal("overloaded", 4000), now);
    }
    expect(refusals.holding("tnt_0/local/0", now)).toBeNull();
    expect(refusals.holding("tnt_1/local/0", now)).not.toBeNull();
  });
});

describe("the next job of a ledger may be refused", () => {
  test("for a while after it said that its queues fill up, although it refused nothing", () => {
    expect(refusals.areLikely(ledger, now)).toBe(false);
    refusals.expect(ledger, now);
    expect(refusals.areLikely(ledger, now + limits.pressureHalfLifeMillis - 1)).toBe(true);
    expect(refusals.areLikely(ledger, now + limits.pressureHalfLifeMillis)).toBe(false);
    expect(refusals.areLikely("tnt_b/local/0", now)).toBe(false);
    expect(refusals.lately(ledger, now)).toBe(false);
  });

  test("for as long as it is known to have refused lately", () => {
    refusals.remember(ledger, refusal("quota-exceeded", 4000), now);
    expect(refusals.areLikely(ledger, now + limits.refusedLatelyMillis - 1)).toBe(true);
    expect(refusals.areLikely(ledger, now + limits.refusedLatelyMillis)).toBe(false);
  });
});

test("what was refused without the ledger is told once, by ledger and code", () => {
  refusals.count(ledger, "overloaded");
  refusals.count(ledger, "overloaded");
  refusals.count(ledger, "corrupt-image");
  refusals.count("other", "overloaded");
  expect(refusals.takeCounts(ledger)).toEqual({ overloaded: 2, "corrupt-image": 1 });
  expect(refusals.takeCounts(ledger)).toBeUndefined();
  expect(refusals.takeCounts("other")).toEqual({ overloaded: 1 });
});

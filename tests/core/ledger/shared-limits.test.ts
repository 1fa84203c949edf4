import { describe, expect, test } from "vitest";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import { admit, admitCall, rateStatus, type Standing } from "../../../core/ledger/admission.ts";
import { noAmounts } from "../../../core/ledger/lease.ts";
import { limits } from "../../../core/limits.ts";
import { idleStanding } from "./idle-standing.ts";

const now = Date.UTC(2026, 10, 20, 12);
const tenant = limitsOf("custom", {
  ...{ requestsPerSecond: 10, burst: 20, jobsInFlight: 5, jobsPerMonth: 100 },
});
const standing = idleStanding(now);

describe("each of four shards", () => {
  test("takes a quarter of the rate, rounded up, and says so when it refuses", () => {
    let bucket = admitCall(null, "jobs", tenant, now, 4).bucket;
    for (let call = 2; call <= 5; call++) {
      const answer = admitCall(bucket, "jobs", tenant, now, 4);
      expect(answer.verdict.ok).toBe(true);
      bucket = answer.bucket;
    }
    expect(admitCall(bucket, "jobs", tenant, now, 4).verdict).toMatchObject({
      ok: false,
      error: {
        detail: "This tenant may send 3 jobs a second, 5 at once, to each of its 4 shards.",
      },
    });
  });

  test("tells what all four take together", () => {
    expect(rateStatus({ milliTokens: 2500, at: now }, tenant, 4)).toEqual({
      ...{ limit: 20, windowSeconds: 2, remaining: 10, resetSeconds: 1 },
    });
  });
});

describe("what other shards use counts", () => {
  const refusal = (more: Partial<Standing>) =>
    admit({ ...standing, ...more }, tenant, { computeUnits: 1, outputs: 1 }, now).verdict;

  test("with the jobs in flight", () => {
    const elsewhere = { ...noAmounts, jobsInFlight: 2 };
    expect(refusal({ jobsInFlight: 2, elsewhere })).toMatchObject({ ok: true });
    expect(refusal({ jobsInFlight: 3, elsewhere })).toMatchObject({
      error: { code: "too-many-in-flight", limit: { used: 5 } },
    });
  });

  test("with the month, and is given back soon where they do not use it", () => {
    const elsewhere = { ...noAmounts, jobsPerMonth: 40 };
    expect(refusal({ jobsThisMonth: 59, elsewhere })).toMatchObject({ ok: true });
    const reached = { jobsThisMonth: 60, elsewhere };
    expect(refusal(reached)).toMatchObject({
      error: {
        ...{ code: "quota-exceeded", limit: { used: 100 } },
        retryAfterMillis: Date.UTC(2026, 11, 1) - now,
      },
    });
    const idle = { ...noAmounts, jobsPerMonth: 1 };
    expect(refusal({ ...reached, idle })).toMatchObject({
      error: { code: "quota-exceeded", retryAfterMillis: limits.shareMillis },
    });
  });
});

import { noAmounts } from "../../../core/ledger/lease.ts";
import { describe, expect, test } from "vitest";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import { admit, admitCall, rateStatus, type Standing } from "../../../core/ledger/admission.ts";
import { limits } from "../../../core/limits.ts";
import { idleStanding } from "./idle-standing.ts";

const now = Date.UTC(2026, 10, 20, 12);
const untilDecember = Date.UTC(2026, 11, 1) - now;
const tenant = limitsOf("custom", {
  requestsPerSecond: 10,
  burst: 20,
  jobsInFlight: 5,
  jobsPerMonth: 100,
  computeUnitsPerMonth: 1000,
  spendMicrosPerMonth: 1_000_000,
});
const cost = { computeUnits: 30, outputs: 2 };
const idle = idleStanding(now);

/** One refusal after the other, in the order in which they are checked: each is the least that causes it. */
const refusals: readonly {
  code: string;
  cause: Partial<Standing>;
  retryAfterMillis: number;
  words: string;
}[] = [
  {
    code: "rate-limited",
    cause: { bucket: { milliTokens: 500, at: now } },
    retryAfterMillis: 50,
    words: "This tenant may send 10 jobs a second, 20 at once.",
  },
  {
    code: "too-many-in-flight",
    cause: { jobsInFlight: 5 },
    retryAfterMillis: limits.inFlightRetryMillis,
    words: "5 jobs are unfinished and 5 are allowed. Wait until some have finished.",
  },
  {
    code: "quota-exceeded",
    cause: { jobsThisMonth: 100 },
    retryAfterMillis: untilDecember,
    words:
      "All 100 jobs of this month are used. The quota resets on the first of next month (UTC).",
  },
  {
    code: "quota-exceeded",
    cause: { computeUnitsThisMonth: 971 },
    retryAfterMillis: untilDecember,
    words: "This job needs 30 compute units and 29 of this month's 1000 are left.",
  },
  {
    code: "spend-cap-reached",
    // 14.5 micros a rendition and 0.021 a unit: 68,966 renditions are 1,000,007 micros.
    cause: { outputsThisMonth: 68_965 },
    retryAfterMillis: untilDecember,
    words:
      "This job may cost $0.000030 and $0.000007 of this month's cap of $1.00 are left. The operator can raise it.",
  },
  {
    code: "overloaded",
    cause: {
      elsewhere: noAmounts,
      idle: noAmounts,
      pressure: { waiting: 2 * limits.queueBacklogMax, oldestMillis: 0 },
      computeUnitsInFlight: 7,
    },
    retryAfterMillis: limits.pressureHalfLifeMillis,
    words:
      "Too much work is waiting; 7 compute units of it are this tenant's. Send the job again after Retry-After.",
  },
  {
    code: "overloaded",
    cause: { storedBytes: limits.ledgerBytesMax },
    retryAfterMillis: limits.fullRetryMillis,
    words: "This tenant's ledger is full. It has room again as old jobs expire; ask the operator.",
  },
];

describe("a job is refused", () => {
  test.each(refusals)("as $code: $words", ({ code, cause, retryAfterMillis, words }) => {
    const { verdict } = admit({ ...idle, ...cause }, tenant, cost, now);
    expect(verdict).toMatchObject({ ok: false, error: { code, detail: words, retryAfterMillis } });
  });

  test("for too many in flight with the limit and what is used of it", () => {
    const { verdict } = admit({ ...idle, jobsInFlight: 5 }, tenant, cost, now);
    expect(verdict).toMatchObject({
      error: { limit: { name: "jobsInFlight", value: 5, used: 5 } },
    });
  });

  test.each([
    [10_000, "$0.01"],
    [9_999, "$0.009999"],
  ])("for a cap of %i micros in as many decimals as it takes", (spendMicrosPerMonth, words) => {
    const capped = { ...tenant, spendMicrosPerMonth };
    const { verdict } = admit({ ...idle, outputsThisMonth: 1e6 }, capped, cost, now);
    expect(verdict).toMatchObject({
      error: { detail: expect.stringContaining(`of ${words} are`) },
    });
  });

  test("for several reasons: the one that passes soonest is named", () => {
    const seen: string[] = [];
    for (const from of refusals.keys()) {
      const causes = refusals.slice(from).map(({ cause }) => cause);
      const { verdict } = admit(Object.assign({}, idle, ...causes), tenant, cost, now);
      if (!verdict.ok) seen.push(verdict.error.detail);
    }
    expect(seen).toEqual(refusals.map(({ words }) => words));
  });

  test("with 0 units left, not fewer, when a limit was lowered below what is used", () => {
    const { verdict } = admit({ ...idle, computeUnitsThisMonth: 2000 }, tenant, cost, now);
    expect(verdict.ok || verdict.error.detail).toContain("and 0 of this month's 1000 are left");
  });
});

describe("a job is accepted", () => {
  test.each([
    ["full", idle.bucket],
    ["new, and so full", null],
  ])("when all is well, and takes one token from a bucket that is %s", (_, full) => {
    const { bucket, verdict } = admit({ ...idle, bucket: full }, tenant, cost, now);
    expect(verdict).toEqual({ ok: true, value: true });
    expect(bucket.milliTokens).toBe(19_000);
  });

  test("up to the last that each limit allows", () => {
    const full: Standing = {
      bucket: { milliTokens: 1000, at: now },
      shards: 1,
      jobsInFlight: 4,
      computeUnitsInFlight: limits.heldUnitsMin - 30,
      jobsThisMonth: 99,
      computeUnitsThisMonth: 970,
      outputsThisMonth: 68_900,
      elsewhere: noAmounts,
      idle: noAmounts,
      pressure: { waiting: limits.queueBacklogMax, oldestMillis: limits.queueAgeMillisMax },
      storedBytes: limits.ledgerBytesMax - 1,
    };
    expect(admit(full, tenant, cost, now).verdict.ok).toBe(true);
  });

  test("however much the month has seen, when the tenant has no quota", () => {
    const month = { jobsThisMonth: 1e9, computeUnitsThisMonth: 1e12 };
    const unlimited = limitsOf("custom", { jobsInFlight: 5 });
    expect(admit({ ...idle, ...month }, unlimited, cost, now).verdict.ok).toBe(true);
  });
});

describe("a call", () => {
  test.each([
    ["jobs", 10, 20],
    ["reads", 10 * limits.readsPerJob, 20 * limits.readsPerJob],
    ["deletions", 10 * limits.deletionsPerJob, 20 * limits.deletionsPerJob],
  ] as const)(
    "of the kind %s is let in %i times a second, %i at once",
    (kind, perSecond, burst) => {
      let bucket: Standing["bucket"] = null;
      const call = (at: number) => {
        const { bucket: next, verdict } = admitCall(bucket, kind, tenant, at);
        bucket = next;
        return verdict;
      };
      for (let calls = 0; calls < burst; calls++) expect(call(now).ok).toBe(true);
      expect(call(now)).toMatchObject({
        ok: false,
        error: {
          code: "rate-limited",
          retryAfterMillis: 1000 / perSecond,
          detail: `This tenant may send ${perSecond} ${kind} a second, ${burst} at once.`,
        },
      });
      expect(call(now + 1000 / perSecond).ok).toBe(true);
    },
  );
});

describe("what a client is told of its rate", () => {
  test.each([
    ["full", 20_000, { remaining: 20, resetSeconds: 0 }],
    ["half spent", 10_500, { remaining: 10, resetSeconds: 1 }],
    ["all but empty", 999, { remaining: 0, resetSeconds: 2 }],
    ["empty", 0, { remaining: 0, resetSeconds: 2 }],
  ])("%s", (_, milliTokens, told) => {
    expect(rateStatus({ milliTokens, at: now }, tenant, 1)).toEqual({
      limit: 20,
      windowSeconds: 2,
      ...told,
    });
  });
});

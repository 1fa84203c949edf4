import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../core/job/job.ts";
import { claimedAtOnce } from "../../../core/ledger/express.ts";
import * as ledger from "../../../core/ledger/progress.ts";
import type { Progress } from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";

const start = Date.UTC(2026, 10, 20, 12);
const deferred: Outcome = { kind: "deferred", cause: "storage did not answer" };
const thrown: Outcome = { kind: "deferred", cause: "render threw", blame: "job" };

const lease = { leaseMillis: 100 };

test("a new job is looked at again after a while, and ends within the hour", () => {
  expect(ledger.accepted(start)).toMatchObject({
    status: "accepted",
    due: start + limits.redispatchMillis,
    deadline: start + limits.jobDeadlineMillis,
  });
});

test("a job past its deadline is told how long it had", () => {
  const late = { ...ledger.accepted(start), deadline: start };
  const asker = { redelivered: false, alone: false, ...lease };
  expect(ledger.claim(late, start, asker)).toMatchObject({
    problem: { detail: expect.stringContaining("within 60 minutes") },
  });
});

describe("a message's job", () => {
  const shared = { redelivered: false, alone: false, ...lease };
  const alone = { ...shared, alone: true };
  const again = { ...shared, redelivered: true };
  const running: Progress = {
    ...ledger.accepted(start),
    status: "running",
    claims: 1,
    due: start + 1,
  };
  const isolated: Progress = { ...ledger.accepted(start), claims: 1, lane: "solo" };
  const settled: Progress = { ...running, status: "done", due: null };
  const atOnce = claimedAtOnce(ledger.accepted(start, 5000), start, lease.leaseMillis);

  test.each([
    ["waiting", "render", ledger.accepted(start), shared],
    ["waiting, though the message was seen before", "render", ledger.accepted(start), again],
    [
      "taken before the ledger slept, and seen before",
      "isolate",
      ledger.withForgottenClaim(ledger.accepted(start)),
      again,
    ],
    ["held by a consumer", "drop", running, shared],
    ["held, to a lone consumer too", "drop", running, alone],
    ["held, though the message was seen before", "isolate", running, again],
    ["held, seen before, and alone here", "render", running, { ...again, alone: true }],
    ["held as long as its lease", "isolate", { ...running, due: start }, shared],
    ["claimed with its acceptance", "render", atOnce, shared],
    ["claimed so, and asked for by a consumer since", "drop", { ...atOnce, claims: 2 }, shared],
    ["claimed so, and begun since", "drop", { ...atOnce, due: start + 101 }, shared],
    ["claimed so, and sent since", "drop", { ...atOnce, sentAt: start }, shared],
    ["claimed so, as long ago as its lease", "isolate", { ...atOnce, due: start }, shared],
    ["handed back", "render", { ...running, status: "accepted", sentAt: null }, shared],
    ["waiting in the other queue", "drop", isolated, shared],
    ["on its way to the other queue, which its consumer did not reach", "isolate", isolated, again],
    ["not sent to the other queue yet", "isolate", { ...isolated, sentAt: null }, shared],
    ["waiting in the other queue, and alone here", "render", isolated, alone],
    ["settled", "drop", settled, { ...again, alone: true }],
    [
      "given up on after five strikes",
      "give-up",
      { ...isolated, strikes: limits.attemptsMax },
      alone,
    ],
    ["past its deadline", "give-up", { ...ledger.accepted(start), deadline: start }, shared],
  ] as const)("%s → %s", (_, verdict, progress, asker) => {
    expect(ledger.claim(progress, start, asker).verdict).toBe(verdict);
  });

  test("belongs to the claim, whose number it bears, until the lease ends", () => {
    expect(ledger.claim(ledger.accepted(start), start + 7, shared)).toMatchObject({
      next: { status: "running", claims: 1, due: start + 107, strikes: 0 },
    });
  });

  test("that is claimed with its acceptance is its caller's for as long as any other is its consumer's", () => {
    const { status, due, claims } = atOnce;
    expect({ status, due, claims }).toEqual({ status: "running", due: start + 100, claims: 1 });
    expect(ledger.claim(atOnce, start, shared)).toMatchObject({ next: { claims: 2 } });
  });

  test("that is isolated waits in the other queue from now on", () => {
    expect(ledger.claim(running, start + 50, again)).toMatchObject({
      next: { status: "accepted", lane: "solo", sentAt: start + 50, claims: 1, resends: 0 },
    });
  });
});

describe("beginning a render", () => {
  const running: Progress = { ...ledger.accepted(start), status: "running", claims: 2, due: start };

  test("gives a new lease, and alone a strike", () => {
    const asker = { alone: false, ...lease };
    expect(ledger.begin(running, 2, start, asker)).toEqual({ ...running, due: start + 100 });
    expect(ledger.begin(running, 2, start, { ...asker, alone: true })?.strikes).toBe(1);
  });

  test("is refused at the deadline, and not a millisecond before", () => {
    const asker = { alone: false, ...lease };
    expect(ledger.begin(running, 2, running.deadline, asker)).toBeNull();
    expect(ledger.begin(running, 2, running.deadline - 1, asker)).not.toBeNull();
  });

  test.each([
    ["another claim has it", { ...running, claims: 3 }],
    ["it was handed back", { ...running, status: "accepted", sentAt: null, deferrals: 1 }],
    ["it was handed back and sent", { ...running, status: "accepted", deferrals: 1 }],
    [
      "it was handed back and sent again",
      { ...running, status: "accepted", deferrals: 1, resends: 1 },
    ],
    ["it was sent again", { ...running, status: "accepted", resends: 1 }],
    ["it waits to be rendered alone", { ...running, status: "accepted", lane: "solo" }],
    ["it is done", { ...running, status: "done", due: null }],
  ] as const)("is refused when %s", (_, progress) => {
    expect(ledger.begin(progress, 2, start, { alone: false, ...lease })).toBeNull();
  });
});

test("a claim that was forgotten has its job again when it begins it", () => {
  const woken = ledger.withForgottenClaim(ledger.accepted(start));
  expect(ledger.begin(woken, 1, start, { alone: false, ...lease })).toEqual({
    ...ledger.accepted(start),
    ...{ status: "running", claims: 1, due: start + 100 },
  });
  expect(ledger.begin(woken, 2, start, { alone: false, ...lease })).toBeNull();
});

test("a claim is forgotten only if the job's message was sent once and no consumer is known to have it", () => {
  const sentOnce = ledger.accepted(start);
  expect(ledger.withForgottenClaim(sentOnce)).toEqual({ ...sentOnce, claims: 1 });
  for (const other of [
    { ...sentOnce, claims: 2 },
    { ...sentOnce, sentAt: null },
  ]) {
    expect(ledger.withForgottenClaim(other)).toBe(other);
  }
});

describe("a job that is handed back", () => {
  const running: Progress = {
    ...ledger.accepted(start),
    status: "running",
    claims: 2,
    due: start + 100,
    strikes: 1,
    lane: "solo",
  };
  const settle = (progress: Progress, outcome: Outcome, attempt: number | null, random = 0) => {
    const settlement = ledger.settle(progress, outcome, attempt, start, random);
    return settlement.verdict === "deferred" ? settlement.next : settlement.verdict;
  };

  test("is forgiven its strike when the trouble is around it, and keeps it when it threw", () => {
    expect(settle(running, deferred, 2)).toMatchObject({
      status: "accepted",
      strikes: 0,
      deferrals: 1,
      sentAt: null,
      lane: "solo",
    });
    expect(settle({ ...running, strikes: 0 }, deferred, 2)).toMatchObject({ strikes: 0 });
    expect(settle(running, thrown, 2)).toMatchObject({ strikes: 1, deferrals: 1 });
    expect(settle({ ...running, lane: "batch" }, thrown, 2)).toMatchObject({
      strikes: 2,
      lane: "solo",
    });
    expect(settle({ ...running, lane: "batch", strikes: 4 }, thrown, 2)).toBe("settled");
  });

  test("stays with the consumer that has it, unless that one hands it back or its lease is over", () => {
    expect(settle(running, deferred, 1)).toEqual(running);
    expect(settle(running, deferred, null)).toEqual(running);
    expect(settle({ ...running, due: start }, deferred, null)).toMatchObject({
      status: "accepted",
    });
    expect(settle({ ...running, status: "accepted" }, deferred, null)).toMatchObject({
      sentAt: null,
    });
  });

  test("waits twice as long each time, up to five minutes, half of it at random", () => {
    const waits = [0, 1, 2, 3, 4, 10].map((deferrals) =>
      [0, 1].map((random) => {
        const next = settle({ ...running, deferrals }, deferred, 2, random);
        return typeof next === "string" ? next : ((next.due ?? 0) - start) / 1000;
      }),
    );
    expect(waits).toEqual([
      [10, 20],
      [20, 40],
      [40, 80],
      [80, 160],
      [150, 300],
      [150, 300],
    ]);
  });
});

describe("a job that is overdue", () => {
  const waiting: Progress = { ...ledger.accepted(start), due: start };
  const overdue = (progress: Progress, now: number, lost = false, random = 0) =>
    ledger.overdue(progress, now, random, () => lost);

  test("is looked at again, and not sent, while its message may wait in the queue", () => {
    const waits = [20, 40, 100, 600].map((age) => {
      const now = start + age * 1000;
      return [0, 1].map((random) => {
        const decision = overdue(waiting, now, false, random);
        return decision.verdict === "wait" ? ((decision.next.due ?? 0) - now) / 1000 : decision;
      });
    });
    expect(waits).toEqual([
      [10, 20],
      [20, 40],
      [50, 100],
      [150, 300],
    ]);
  });

  test("is sent again when its message is lost, each time later, up to five minutes", () => {
    const waits = [0, 1, 2, 3, 4, 10].map((resends) => {
      const decision = overdue({ ...waiting, resends }, start, true);
      if (decision.verdict !== "send") return decision.verdict;
      expect(decision.next).toMatchObject({ resends: resends + 1, sentAt: start, lane: "batch" });
      return ((decision.next.due ?? 0) - start) / 1000;
    });
    expect(waits).toEqual([10, 20, 40, 80, 150, 150]);
  });

  test("and was never sent is sent now, which is no repetition", () => {
    const now = start + 5;
    expect(overdue({ ...waiting, sentAt: null, lane: "solo" }, now)).toEqual({
      verdict: "send",
      next: { ...waiting, lane: "solo", sentAt: now, due: now + limits.redispatchMillis },
    });
  });

  test("and whose lease is over is sent to where it is rendered alone", () => {
    expect(overdue({ ...waiting, status: "running", claims: 1 }, start)).toMatchObject({
      verdict: "send",
      next: { status: "accepted", lane: "solo", sentAt: start, resends: 1, claims: 1 },
    });
  });

  test("is never due after its deadline", () => {
    const deadline = start + 1000;
    for (const progress of [waiting, { ...waiting, sentAt: null }]) {
      for (const lost of [true, false]) {
        const decision = overdue({ ...progress, deadline }, start, lost, 1);
        expect(decision.verdict === "give-up" ? null : decision.next.due).toBe(deadline);
      }
    }
    expect(overdue({ ...waiting, deadline }, deadline).verdict).toBe("give-up");
  });
});

test("a job that could not be sent is sent when it is due, unless somebody has taken it meanwhile", () => {
  const waiting = ledger.accepted(start);
  expect(ledger.unsent(waiting)).toEqual({ ...waiting, sentAt: null });
  const running: Progress = { ...waiting, status: "running" };
  expect(ledger.unsent(running)).toBe(running);
});

test("a lease grows with the work", () => {
  expect(ledger.leaseMillis(0)).toBe(limits.leaseMillis);
  expect(ledger.leaseMillis(1000)).toBe(limits.leaseMillis + 1000 * limits.leaseMillisPerUnit);
});

test("only a job that a consumer has tells when it was taken: its lease before its end", () => {
  const claimed = claimedAtOnce(ledger.accepted(start), start, ledger.leaseMillis(40));
  expect(ledger.claimedAt(claimed, 40)).toBe(start);
  expect(ledger.claimedAt(ledger.accepted(start), 40)).toBeNull();
});

test("a job that is not given up yet is looked at again soon", () => {
  const late = ledger.postponed({ ...ledger.accepted(start), due: start }, start + 5);
  expect(late.due).toBe(start + 5 + limits.redispatchMillis);
});

test("a held job that is given up says when to send it again", () => {
  const held = ledger.accepted(start, 1000, true);
  expect(ledger.overdue(held, start + 1000, 0.5, () => false)).toMatchObject({
    verdict: "give-up",
    problem: { code: "interrupted", retryAfterMillis: limits.unavailableRetryMillis },
  });
});

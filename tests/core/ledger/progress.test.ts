import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTerminal, type Outcome } from "../../../core/job/job.ts";
import * as ledger from "../../../core/ledger/progress.ts";
import type { Progress } from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";

const start = Date.UTC(2026, 10, 20, 12);
const done: Outcome = {
  kind: "done",
  outputs: [{ index: 0, width: 10, height: 10, format: "webp", bytes: 100 }],
  usage: { computeUnits: 3, bytesIn: 200, bytesOut: 100, pixels: 500, renderMillis: 4 },
};
const failed: Outcome = { kind: "failed", problem: problem("corrupt-image", "It is damaged.") };
const deferred: Outcome = { kind: "deferred", cause: "storage did not answer" };

/** One job's progress and how often it was settled, as its ledger would keep them. */
class Row {
  progress = ledger.accepted(start);
  readonly settledAs: string[] = [];

  claim(
    now: number,
    asker: { redelivered: boolean; alone: boolean },
  ): "render" | "isolate" | "drop" {
    const claim = ledger.claim(this.progress, now, asker);
    if (claim.verdict === "give-up") {
      this.settle(now, { kind: "failed", problem: claim.problem }, 0);
      return "drop";
    }
    if (claim.verdict !== "drop") this.progress = claim.next;
    return claim.verdict;
  }

  settle(now: number, outcome: Outcome, random: number): void {
    const settlement = ledger.settle(this.progress, outcome, now, random);
    if (settlement.verdict === "already") return;
    this.progress = settlement.next;
    if (settlement.verdict === "deferred") return;
    const { outcome: final } = settlement;
    this.settledAs.push(final.kind === "failed" ? final.problem.code : final.kind);
  }

  /** The alarm, if it is time for it. True: a message goes out. */
  ring(now: number, random: number): boolean {
    if (this.progress.due === null || this.progress.due > now) return false;
    const decision = ledger.overdue(this.progress, now, random);
    if (decision.verdict === "resend") this.progress = decision.next;
    else this.settle(now, { kind: "failed", problem: decision.problem }, random);
    return decision.verdict === "resend";
  }
}

describe("whatever happens to a job, in whatever order", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const event = fc.oneof(
    fc.record({ message: fc.record({ redelivered: fc.boolean(), alone: fc.boolean() }) }),
    fc.record({ outcome: fc.constantFrom(done, failed, deferred, deferred), random: fraction }),
    fc.record({ alarm: fraction }),
  );
  const pause = fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 10 * 60_000 }));
  const history = fc.array(fc.record({ pause, event }), { maxLength: 40 });

  type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

  /** Yields the time after each event. */
  function* happen(row: Row, events: History) {
    let now = start;
    for (const { pause: millis, event: next } of events) {
      now += millis;
      if ("message" in next) row.claim(now, next.message);
      else if ("outcome" in next) row.settle(now, next.outcome, next.random);
      else row.ring(now, next.alarm);
      yield now;
    }
  }

  test("it is settled at most once, is due until then and never after, and is begun five times at most", () => {
    fc.assert(
      fc.property(history, (events) => {
        const row = new Row();
        for (const now of happen(row, events)) expectSound(row, now);
      }),
      { numRuns: 500 },
    );
  });

  test("it ends without anybody's help, by its deadline or when the lease then held is over", () => {
    fc.assert(
      fc.property(history, fraction, (events, random) => {
        const row = new Row();
        const lastEventAt = [start, ...happen(row, events)].at(-1) ?? start;
        let now = lastEventAt;
        for (let rings = 0; row.progress.due !== null; rings++) {
          expect(rings).toBeLessThan(60);
          now = Math.max(now, row.progress.due);
          row.ring(now, random);
          expectSound(row, now);
        }
        expect(row.settledAs).toHaveLength(1);
        const latest = Math.max(lastEventAt, row.progress.deadline + limits.leaseMillis);
        expect(now).toBeLessThanOrEqual(latest);
      }),
      { numRuns: 500 },
    );
  });

  function expectSound({ progress, settledAs }: Row, now: number): void {
    expect(settledAs.length).toBe(isTerminal(progress.status) ? 1 : 0);
    expect(progress.due === null).toBe(isTerminal(progress.status));
    expect(progress.due ?? now).toBeLessThanOrEqual(now + limits.redispatchMillisMax);
    expect(progress.attempts).toBeLessThanOrEqual(limits.attemptsMax);
    expect(progress.deadline).toBe(start + limits.jobDeadlineMillis);
  }
});

describe("with a queue that loses messages and consumers that crash", () => {
  /** What becomes of each render that is begun; after the last one all goes well. */
  type Fate = "crash" | "defer" | "done";
  interface Story {
    readonly fates: readonly Fate[];
    /** How long each message is under way; null: it is lost. After the last one all arrive at once. */
    readonly delays: readonly (number | null)[];
  }
  const story: fc.Arbitrary<Story> = fc.record({
    fates: fc.array(fc.constantFrom<Fate>("crash", "defer", "done"), { maxLength: 7 }),
    delays: fc.array(fc.option(fc.integer({ min: 0, max: 60_000 }), { freq: 4 }), { maxLength: 8 }),
  });

  test("a job is done by the first of its five renders that ends well, else it fails, visibly", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { row, rendersAlone } = live(given);
        const wentWell = [...given.fates, "done"].indexOf("done");
        const renders = Math.min(wentWell + 1, limits.attemptsMax);
        expect(rendersAlone).toHaveLength(renders);
        expect(row.progress.attempts).toBe(renders);
        expect(row.settledAs).toEqual([
          wentWell < limits.attemptsMax ? "done" : "attempts-exhausted",
        ]);
      }),
      { numRuns: 500 },
    );
  });

  test("only a job's first render shares a batch: after a crash it can take nobody with it", () => {
    fc.assert(
      fc.property(story, (given) => {
        const [first, ...others] = live(given).rendersAlone;
        expect(first).toBe(false);
        expect(others.every((alone) => alone)).toBe(true);
      }),
    );
  });

  /** Lets messages arrive and the alarm ring, in the order of their times, until the job is settled. */
  function live({ fates, delays }: Story) {
    const row = new Row();
    const rendersAlone: boolean[] = [];
    const messages: { at: number; alone: boolean }[] = [];
    const delaysLeft = [...delays];
    const fatesLeft = [...fates];
    const send = (now: number, alone: boolean) => {
      const delay = delaysLeft.length > 0 ? (delaysLeft.shift() ?? null) : 0;
      if (delay !== null) messages.push({ at: now + delay, alone });
      messages.sort((a, b) => a.at - b.at);
    };
    send(start, false);
    while (row.progress.due !== null) {
      const [next] = messages;
      if (!next || next.at > row.progress.due) {
        const now = row.progress.due;
        if (row.ring(now, 0.5)) send(now, false);
        continue;
      }
      messages.shift();
      const verdict = row.claim(next.at, { redelivered: false, alone: next.alone });
      if (verdict === "isolate") send(next.at, true);
      if (verdict !== "render") continue;
      rendersAlone.push(next.alone);
      const fate = fatesLeft.shift() ?? "done";
      if (fate !== "crash") row.settle(next.at, fate === "done" ? done : deferred, 0.5);
    }
    return { row, rendersAlone };
  }
});

describe("a message's job", () => {
  const shared = { redelivered: false, alone: false };
  const running: Progress = {
    ...ledger.accepted(start),
    status: "running",
    attempts: 1,
    due: start + 100,
  };
  const settled: Progress = { ...running, status: "done", due: null };

  test.each([
    ["waiting", "render", ledger.accepted(start), shared],
    ["held by a consumer", "drop", running, shared],
    [
      "held, though the message was seen before",
      "isolate",
      running,
      { ...shared, redelivered: true },
    ],
    ["held, seen before, and alone here", "render", running, { redelivered: true, alone: true }],
    ["held longer than its lease", "isolate", { ...running, due: start - 1 }, shared],
    ["deferred", "isolate", { ...running, status: "accepted" }, shared],
    [
      "deferred, and alone here",
      "render",
      { ...running, status: "accepted" },
      { ...shared, alone: true },
    ],
    ["settled", "drop", settled, { redelivered: true, alone: true }],
    [
      "begun five times",
      "give-up",
      { ...running, due: start - 1, attempts: limits.attemptsMax },
      shared,
    ],
    ["past its deadline", "give-up", { ...ledger.accepted(start), deadline: start }, shared],
  ] as const)("%s → %s", (_, verdict, progress, asker) => {
    expect(ledger.claim(progress, start, asker).verdict).toBe(verdict);
  });

  test("that is sent to be rendered alone keeps the later of its due time and a lease", () => {
    const begun: Progress = { ...running, status: "accepted" };
    const dueAfterClaim = (due: number) => {
      const claim = ledger.claim({ ...begun, due }, start, shared);
      return claim.verdict === "isolate" ? claim.next.due : null;
    };
    expect(dueAfterClaim(start - 1)).toBe(start + limits.leaseMillis);
    const backedOff = start + limits.redispatchMillisMax;
    expect(dueAfterClaim(backedOff)).toBe(backedOff);
  });

  test("that is sent again waits twice as long each time, up to five minutes, half of it at random", () => {
    const waits = [0, 1, 2, 3, 4, 10].map((resends) =>
      [0, 1].map((random) => {
        const decision = ledger.overdue({ ...ledger.accepted(start), resends }, start, random);
        return decision.verdict === "resend" ? ((decision.next.due ?? 0) - start) / 1000 : null;
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

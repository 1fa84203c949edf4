import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTerminal, type Outcome } from "../../../core/job/job.ts";
import { claimedAtOnce, handedOver, type CallOutcome } from "../../../core/ledger/express.ts";
import * as ledger from "../../../core/ledger/progress.ts";
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
const thrown: Outcome = { kind: "deferred", cause: "render threw", blame: "job" };

/** One job's progress and how often it was settled, as its ledger would keep them. */
class Row {
  progress: ledger.Progress;
  readonly settledAs: string[] = [];

  constructor(isClaimedAtOnce = false) {
    const accepted = ledger.accepted(start);
    const held = ledger.accepted(start, limits.expressHoldMillis);
    this.progress = isClaimedAtOnce ? claimedAtOnce(held, start, limits.leaseMillis) : accepted;
  }

  /** Its caller has heard of the consumer that it called. */
  handOver(now: number, outcome: CallOutcome, random: number): void {
    this.progress = handedOver(this.progress, now, random, outcome) ?? this.progress;
  }

  claim(
    now: number,
    asker: { redelivered: boolean; alone: boolean },
  ): "render" | "isolate" | "drop" {
    const leaseMillis = limits.leaseMillis;
    const claim = ledger.claim(this.progress, now, { ...asker, leaseMillis });
    if (claim.verdict === "give-up") {
      this.settle(now, { kind: "failed", problem: claim.problem }, null, 0);
      return "drop";
    }
    if (claim.verdict !== "drop") this.progress = claim.next;
    return claim.verdict;
  }

  begin(now: number, attempt: number, alone: boolean): boolean {
    const asker = { alone, leaseMillis: limits.leaseMillis };
    const next = ledger.begin(this.progress, attempt, now, asker);
    if (next) this.progress = next;
    return next !== null;
  }

  settle(now: number, outcome: Outcome, attempt: number | null, random: number): void {
    const settlement = ledger.settle(this.progress, outcome, attempt, now, random);
    if (settlement.verdict === "already") return;
    this.progress = settlement.next;
    if (settlement.verdict === "deferred") return;
    const { outcome: final } = settlement;
    this.settledAs.push(final.kind === "failed" ? final.problem.code : final.kind);
  }

  /** The alarm, if it is time for it. The lane into which a message goes; null: none. */
  ring(now: number, random: number, lost: boolean): ledger.Lane | null {
    if (this.progress.due === null || this.progress.due > now) return null;
    const decision = ledger.overdue(this.progress, now, random, () => lost);
    if (decision.verdict === "give-up") {
      this.settle(now, { kind: "failed", problem: decision.problem }, null, random);
      return null;
    }
    this.progress = decision.next;
    return decision.verdict === "send" ? decision.next.lane : null;
  }
}

describe("whatever happens to a job, in whatever order", () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const event = fc.oneof(
    fc.record({ message: fc.record({ redelivered: fc.boolean(), alone: fc.boolean() }) }),
    fc.record({ begins: fc.nat({ max: 3 }), alone: fc.boolean() }),
    fc.record({
      call: fc.record({ lost: fc.boolean(), unbegun: fc.boolean() }),
      random: fraction,
    }),
    fc.record({
      outcome: fc.constantFrom(done, failed, deferred, thrown, deferred),
      attempt: fc.option(fc.nat({ max: 3 })),
      random: fraction,
    }),
    fc.record({ alarm: fraction, lost: fc.boolean() }),
  );
  const pause = fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 10 * 60_000 }));
  const history = fc.array(fc.record({ pause, event }), { maxLength: 40, size: "max" });

  type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

  /** Yields the time after each event. Attempts are counted back from the last claim. */
  function* happen(row: Row, events: History) {
    let now = start;
    for (const { pause: millis, event: next } of events) {
      now += millis;
      const { claims } = row.progress;
      if ("message" in next) row.claim(now, next.message);
      else if ("call" in next) row.handOver(now, next.call, next.random);
      else if ("begins" in next) row.begin(now, claims - next.begins, next.alone);
      else if ("outcome" in next) {
        const attempt = next.attempt === null ? null : claims - next.attempt;
        row.settle(now, next.outcome, attempt, next.random);
      } else row.ring(now, next.alarm, next.lost);
      yield now;
    }
  }

  test("it is settled at most once, is due until then and never after, and gets five strikes at most", () => {
    fc.assert(
      fc.property(history, fc.boolean(), (events, isClaimedAtOnce) => {
        const row = new Row(isClaimedAtOnce);
        for (const now of happen(row, events)) expectSound(row, now);
      }),
      { numRuns: 500 },
    );
  });

  test("it ends without anybody's help, by its deadline or when the lease then held is over", () => {
    fc.assert(
      fc.property(history, fraction, fc.boolean(), fc.boolean(), (events, random, lost, atOnce) => {
        const row = new Row(atOnce);
        const lastEventAt = [start, ...happen(row, events)].at(-1) ?? start;
        let now = lastEventAt;
        for (let rings = 0; row.progress.due !== null; rings++) {
          expect(rings).toBeLessThan(80);
          now = Math.max(now, row.progress.due);
          row.ring(now, random, lost);
          expectSound(row, now);
        }
        expect(row.settledAs).toHaveLength(1);
        const latest = Math.max(lastEventAt, row.progress.deadline + limits.leaseMillis);
        expect(now).toBeLessThanOrEqual(latest);
      }),
      { numRuns: 500 },
    );
  });

  test("nothing but five strikes, its deadline and its own outcome ever ends it", () => {
    const infrastructure = history.map((events) =>
      events.filter(({ event: next }) => {
        if ("begins" in next) return !next.alone;
        return !("outcome" in next) || next.outcome === deferred;
      }),
    );
    fc.assert(
      fc.property(infrastructure, (events) => {
        const row = new Row();
        for (const now of happen(row, events)) {
          const { due, deadline } = row.progress;
          expect(now).toBeGreaterThanOrEqual(due === null ? deadline : start);
        }
      }),
      { numRuns: 500 },
    );
  });

  function expectSound({ progress, settledAs }: Row, now: number): void {
    expect(settledAs.length).toBe(isTerminal(progress.status) ? 1 : 0);
    expect(progress.due === null).toBe(isTerminal(progress.status));
    expect(progress.due ?? now).toBeLessThanOrEqual(now + limits.redispatchMillisMax);
    expect(progress.strikes).toBeLessThanOrEqual(limits.attemptsMax);
    expect(progress.deadline).toBe(start + limits.jobDeadlineMillis);
  }
});

describe("with a queue that loses messages and consumers that crash", () => {
  /** What becomes of each render that is begun; after the last one all goes well. */
  type Fate = "crash" | "throw" | "defer" | "done";
  interface Story {
    readonly fates: readonly Fate[];
    /** How long each message is under way; null: it is lost. After the last one all arrive at once. */
    readonly delays: readonly (number | null)[];
  }
  const story: fc.Arbitrary<Story> = fc.record({
    fates: fc.array(fc.constantFrom<Fate>("crash", "throw", "defer", "done"), { maxLength: 8 }),
    delays: fc.array(fc.option(fc.integer({ min: 0, max: 15_000 }), { freq: 4 }), { maxLength: 8 }),
  });

  test("a job is done by its first render that ends well, unless it got five strikes before", () => {
    fc.assert(
      fc.property(story, (given) => {
        const { row, renders } = live(given);
        const strikes = (before: number) =>
          renders
            .slice(0, before)
            .filter(({ fate, alone }) => fate === "throw" || (fate === "crash" && alone)).length;
        const last = renders.at(-1)?.fate;
        expect(row.progress.claims).toBe(renders.length);
        expect(row.settledAs).toEqual([last === "done" ? "done" : "attempts-exhausted"]);
        expect(strikes(renders.length)).toBe(
          last === "done" ? strikes(renders.length - 1) : limits.attemptsMax,
        );
        expect(strikes(renders.length - 1)).toBeLessThan(limits.attemptsMax);
      }),
      { numRuns: 500 },
    );
  });

  test("a job is rendered alone after a crash or a throw, and among others after a deferral", () => {
    fc.assert(
      fc.property(story, (given) => {
        let suspected = false;
        for (const { fate, alone } of live(given).renders) {
          expect(alone).toBe(suspected);
          suspected ||= fate === "crash" || fate === "throw";
        }
      }),
    );
  });

  /** Lets messages arrive and the alarm ring, in the order of their times, until the job is settled. */
  function live({ fates, delays }: Story) {
    const row = new Row();
    const renders: { fate: Fate; alone: boolean }[] = [];
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
        const lane = row.ring(now, 0.5, messages.length === 0);
        if (lane) send(now, lane === "solo");
        continue;
      }
      messages.shift();
      const verdict = row.claim(next.at, { redelivered: false, alone: next.alone });
      if (verdict === "isolate") send(next.at, true);
      if (verdict !== "render") continue;
      const attempt = row.progress.claims;
      row.begin(next.at, attempt, next.alone);
      const fate = fatesLeft.shift() ?? "done";
      renders.push({ fate, alone: next.alone });
      const outcomes = { crash: null, throw: thrown, defer: deferred, done };
      const outcome = outcomes[fate];
      if (outcome) row.settle(next.at, outcome, attempt, 0.5);
    }
    return { row, renders };
  }
});

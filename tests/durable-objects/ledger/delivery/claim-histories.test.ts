import fc from "fast-check";
import { expect, test } from "vitest";
import { MINUTE } from "../../../../core/magnitudes.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** `nth`: of the jobs or the consumers that there are. */
const nth = fc.nat(4);
const step = fc.oneof(
  fc.record({ kind: fc.constant("accept" as const) }),
  fc.record({
    kind: fc.constant("claim" as const),
    ...{ nth, redelivered: fc.boolean(), alone: fc.boolean() },
  }),
  fc.record({ kind: fc.constant("begin" as const), nth }),
  fc.record({
    kind: fc.constant("end" as const),
    nth,
    outcome: fc.constantFrom(done, { kind: "deferred", cause: "storage is away" } as const),
  }),
  fc.record({ kind: fc.constant("wake" as const) }),
  fc.record({ kind: fc.constant("pass" as const), millis: fc.nat(2 * MINUTE) }),
  fc.record({ kind: fc.constant("backlog" as const), waits: fc.boolean() }),
);

/** A ledger, and those who have taken its jobs. Nobody comes back for sure. */
class History {
  readonly world = new LedgerWorld();
  readonly jobs: string[] = [];
  readonly #taken: { readonly job: string; readonly attempt: number; readonly alone: boolean }[] =
    [];

  async take(each: typeof step extends fc.Arbitrary<infer Step> ? Step : never): Promise<void> {
    const { world } = this;
    if (each.kind === "accept") this.jobs.push(world.accept());
    else if (each.kind === "wake") world.wake();
    else if (each.kind === "pass") await world.ring(each.millis);
    else if (each.kind === "backlog") {
      const waiting = { backlogCount: 1, oldestMessageTimestamp: new Date(world.now - MINUTE) };
      world.jobs.readings = each.waits ? waiting : { backlogCount: 0 };
    } else if (each.kind === "claim") this.#claim(each);
    else {
      const taken = this.#taken[each.nth];
      if (taken && each.kind === "begin") world.ledger.begin(taken, taken.alone);
      if (taken && each.kind === "end") world.ledger.settle([{ ...taken, outcome: each.outcome }]);
    }
  }

  #claim(asked: { readonly nth: number; readonly redelivered: boolean; readonly alone: boolean }) {
    const job = this.jobs[asked.nth];
    const { redelivered, alone } = asked;
    const [answer] = job ? this.world.ledger.claim([{ job, redelivered }], alone) : [];
    if (answer?.verdict !== "render" || answer.attempt === undefined) return;
    this.#taken.unshift({ job: answer.job, attempt: answer.attempt, alone });
  }

  /** Of each job, the numbers under which it was given out. */
  given(): Map<string, number[]> {
    const byJob = Map.groupBy(this.#taken, ({ job }) => job);
    return new Map([...byJob].map(([job, all]) => [job, all.map(({ attempt }) => attempt)]));
  }
}

test("no number is given to two consumers, and none is unknown when the job ends, whenever the object wakes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const history = new History();
      for (const each of steps) await history.take(each);
      const { world, jobs } = history;
      world.jobs.readings = { backlogCount: 0 };
      for (let minutes = 0; minutes < 70; minutes += 5) await world.ring(5 * MINUTE);
      const given = history.given();
      for (const numbers of given.values()) expect(new Set(numbers).size).toBe(numbers.length);
      const rows = world.rows<{ id: string; due: number | null; claims: number }>(
        `SELECT id, due, claims FROM jobs`,
      );
      expect(rows).toHaveLength(jobs.length);
      for (const { id, due, claims } of rows) {
        expect(due).toBeNull();
        expect(claims).toBeGreaterThanOrEqual(Math.max(0, ...(given.get(id) ?? [])));
      }
      await world.ledger.seal();
      const ended = { accepted: jobs.length, ended: jobs.length, open: 0 };
      expect(await world.ledger.figures.balance()).toMatchObject(ended);
    }),
    { numRuns: 50 },
  );
});

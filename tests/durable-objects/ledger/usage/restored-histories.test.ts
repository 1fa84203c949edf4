import fc from "fast-check";
import { expect, test } from "vitest";
import { addTotals, emptyTotals } from "../../../../core/ledger/usage.ts";
import { directSum } from "../../../core/billing/usage-samples.ts";
import { LedgerWorld } from "../ledger-world.ts";
import { chainOf } from "./stored-chain.ts";

const actions = fc.array(
  fc.constantFrom("accept", "finish", "seal", "alarm", "sleep", "backup", "restore"),
  { minLength: 5, maxLength: 60 },
);

test("whenever it is restored, each job is in the chain once and the hours are its sums", async () => {
  await fc.assert(
    fc.asyncProperty(actions, async (history) => {
      const world = new LedgerWorld();
      let backup = world.storage.backup();
      const open: string[] = [];
      for (const action of history) {
        world.pass(20 * 60_000);
        if (action === "accept") open.push(await acceptSoon(world));
        if (action === "finish") finishOne(world, open);
        if (action === "seal") await world.ledger.seal();
        if (action === "alarm") await world.ledger.alarm();
        if (action === "sleep") world.wake();
        if (action === "backup") backup = world.storage.backup();
        if (action === "restore") world.restore(backup);
      }
      await world.wake().seal();
      const events = chainOf(world).flatMap((segment) => segment.events);
      expect(new Set(events.map(({ job }) => job)).size).toBe(events.length);
      const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
      const sum = hours.map(({ totals }) => totals).reduce(addTotals, emptyTotals);
      expect(sum).toEqual(directSum(events));
      const settled = world.rows<{ id: string }>(`SELECT id FROM jobs WHERE due IS NULL`);
      const billed = new Set(events.map(({ job }) => job));
      expect(settled.filter(({ id }) => !billed.has(id))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

/** A restored ledger asks the Directory before it takes new work. */
async function acceptSoon(world: LedgerWorld): Promise<string> {
  const request = world.request();
  while (!world.answer(request).verdict.ok) await world.ring(1000);
  return request.id;
}

/** Settles one of the jobs that the ledger still knows as open. */
function finishOne(world: LedgerWorld, open: string[]): void {
  for (let id = open.shift(); id; id = open.shift()) {
    const [claim] = world.ledger.claim([{ job: id, redelivered: true }], true);
    if (claim?.verdict !== "render") continue;
    const outcome = { kind: "failed", problem: { code: "internal" } } as never;
    world.ledger.settle([{ job: id, outcome, ...(claim.attempt && { attempt: claim.attempt }) }]);
    return;
  }
}

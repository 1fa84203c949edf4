import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import type { Statement } from "../../../core/billing/statement.ts";
import {
  hourOf,
  monthEnd,
  monthOf,
  monthStart,
  type UsageEvent,
} from "../../../core/ledger/usage.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, eventHistory, hour, utc } from "../../core/billing/usage-samples.ts";

const tenant = "tnt_a";
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

type Step =
  | { readonly kind: "settle"; readonly jobs: number }
  | { readonly kind: "roll-up"; readonly preview: boolean; readonly putsLeft: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("settle" as const), jobs: fc.integer({ min: 1, max: 10 }) }),
  fc.record({
    kind: fc.constant("roll-up" as const),
    preview: fc.boolean(),
    putsLeft: fc.constantFrom(0, 1, 2, 3, 4, 5, Infinity),
  }),
);

test("crashes, repeats and previews in any order end in the same statements, billed once", async () => {
  await fc.assert(
    fc.asyncProperty(eventHistory, fc.array(step, { maxLength: 25 }), async (events, steps) => {
      const world = new MemoryWorld([tenant], events[0]?.at ?? 0);
      const waiting = [...events];
      const settle = (jobs: number) => {
        for (const event of waiting.splice(0, jobs)) {
          world.clock = event.at;
          world.ledgerOf(tenant).settle(event);
        }
      };
      for (const next of steps) {
        if (next.kind === "settle") {
          settle(next.jobs);
        } else {
          world.bucket.putsLeft = next.putsLeft;
          await rollUpNext(world, { preview: next.preview }).catch(() => null);
          world.bucket.putsLeft = Infinity;
        }
      }
      settle(waiting.length);
      world.clock += hour;
      await rollUpNext(world, { preview: false });
      expect(await rollUpNext(world, { preview: false })).toMatchObject({
        changed: 0,
        segments: 0,
      });
      for (const month of new Set(events.map(({ at }) => monthOf(at)))) {
        const statement = await world.store.statement(tenant, month);
        if (!statement) throw new Error(`no statement for ${month}`);
        expectBilled(statement, events, world.clock);
      }
    }),
  );
});

/** Against the raw events and the published prices, the way a customer would check the bill. */
function expectBilled(statement: Statement, events: readonly UsageEvent[], now: number): void {
  const through = Math.min(hourOf(now), monthEnd(monthStart(statement.month)));
  expect(utc(statement.through)).toBe(through);
  const billable = events.filter(({ at }) => monthOf(at) === statement.month && at < through);
  expect(statement.usage).toEqual(directSum(billable));
  const sum = (figure: "outputs" | "computeUnits") =>
    billable.reduce((total, event) => total + BigInt(event[figure]), 0n);
  const amounts = [
    (sum("outputs") * 14_500n + 500n) / 1000n,
    (sum("computeUnits") * 21_000n + 500_000n) / 1_000_000n,
  ].map(Number);
  expect(statement.lines.map(({ amountMicros }) => amountMicros)).toEqual(amounts);
  expect(statement.totalMicros).toBe(amounts.reduce((total, amount) => total + amount, 0));
}

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../core/billing/roll-up.ts";
import type { Statement } from "../../core/billing/statement.ts";
import { amountMicros, priceListFor } from "../../core/billing/price-list.ts";
import { segmentKey } from "../../core/ledger/segment.ts";
import { monthOf, type Month, type UsageEvent } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { rollUp } from "../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, doneAt, eventHistory, hour, utc } from "./usage-samples.ts";

const tenant = "tnt_a";
const start = utc("2026-11-20T10:15:00.000Z");
const billed = { preview: false };
const previewed = { preview: true };
const november = `statements/${tenant}/2026-11.json`;

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));
afterEach(() => vi.useRealTimers());

/** One tenant with one job in a closed hour and one in the open hour. */
function worldWithUsage(): MemoryWorld {
  const world = new MemoryWorld([tenant], start + hour);
  world.ledgerOf(tenant).settle(doneAt(start, 1));
  world.ledgerOf(tenant).settle(doneAt(start + hour, 2));
  return world;
}

describe("a roll-up", () => {
  test("bills the closed hours", async () => {
    const world = worldWithUsage();
    expect(await rollUp(world, billed)).toEqual({
      tenants: 1,
      more: false,
      ledgers: { included: 1, known: 1 },
      segments: 1,
      statements: 1,
      changed: 1,
    });
    const statement = world.bucket.json<Statement>(november);
    expect(statement.usage).toEqual(directSum([doneAt(start, 1)]));
    expect(statement.through).toBe("2026-11-20T11:00:00.000Z");
  });

  test("run twice changes nothing, even when the open hour has grown in between", async () => {
    const world = worldWithUsage();
    await rollUp(world, billed);
    const before = world.bucket.text(november);
    world.clock += 60_000;
    world.ledgerOf(tenant).settle(doneAt(world.clock, 3));
    expect(await rollUp(world, billed)).toMatchObject({ segments: 1, changed: 0 });
    expect(world.bucket.text(november)).toBe(before);
  });

  test("with a preview shows the open hour and leaves the bill alone", async () => {
    const world = worldWithUsage();
    await rollUp(world, billed);
    const before = world.bucket.json<Statement>(november);
    await rollUp(world, previewed);
    const { preview, ...rest } = world.bucket.json<Statement>(november);
    expect(rest).toEqual(before);
    expect(preview?.usage.jobsDone).toBe(2);
    expect(preview?.asOf).toBe("2026-11-20T11:15:00.000Z");
  });

  test("gives a tenant without usage a statement that says so", async () => {
    const world = new MemoryWorld([tenant], start);
    await rollUp(world, billed);
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      totalMicros: 0,
      status: "open",
    });
    world.clock = utc("2026-12-01T00:05:00.000Z");
    await rollUp(world, billed);
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      totalMicros: 0,
      status: "final",
    });
  });

  test("makes a month final once, then keeps its sum instead of its hours", async () => {
    const world = worldWithUsage();
    world.clock = utc("2026-11-30T23:59:59.999Z");
    world.ledgerOf(tenant).settle(doneAt(world.clock, 3));
    await rollUp(world, billed);
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      status: "open",
      usage: { jobsDone: 2 },
    });
    world.clock += 1;
    await rollUp(world, billed);
    const final = world.bucket.text(november);
    expect(JSON.parse(final ?? "")).toMatchObject({ status: "final", usage: { jobsDone: 3 } });

    world.clock += hour;
    world.ledgerOf(tenant).settle(doneAt(world.clock, 4));
    await rollUp(world, previewed);
    expect(world.bucket.text(november)).toBe(final);
    const checkpointKey = `rollups/${tenant}/local/0/checkpoint.json`;
    const { hours, openMonths, closedMonths } = world.bucket.json<Checkpoint>(checkpointKey);
    expect(hours.map((usage) => monthOf(usage.hour))).toEqual(["2026-12"]);
    expect(openMonths).toEqual(["2026-12"]);
    expect(closedMonths.map(({ month }) => month)).toEqual(["2026-11"]);
  });

  test("rebuilds the same statements from the segments alone", async () => {
    const world = worldWithUsage();
    await rollUp(world, billed);
    world.clock = utc("2026-12-10T00:05:00.000Z");
    world.ledgerOf(tenant).settle(doneAt(utc("2026-12-09T05:00:00.000Z"), 3));
    await rollUp(world, billed);
    await rollUp(world, billed);
    const before = new Map(world.bucket.objects);
    for (const key of before.keys()) {
      if (!key.startsWith("segments/")) world.bucket.objects.delete(key);
    }
    await rollUp(world, billed);
    await rollUp(world, billed);
    expect(world.bucket.objects).toEqual(before);
  });

  test("beside another one loses nothing and counts nothing twice", async () => {
    const world = worldWithUsage();
    await Promise.all([rollUp(world, billed), rollUp(world, previewed), rollUp(world, billed)]);
    await rollUp(world, billed);
    const alone = worldWithUsage();
    await rollUp(alone, billed);
    expect(world.bucket.objects).toEqual(alone.bucket.objects);
  });

  test("never lets an earlier hour's run undo a later one's statement", async () => {
    const world = worldWithUsage();
    await rollUp(world, billed);
    const before = world.bucket.text(november);
    world.clock -= hour;
    expect(await rollUp(world, billed)).toMatchObject({ changed: 0 });
    expect(world.bucket.text(november)).toBe(before);
  });

  test("goes on where the last one had to stop", async () => {
    const tenants = ["tnt_1", "tnt_2", "tnt_3"];
    const world = new MemoryWorld(tenants, start);
    world.pageSize = 2;
    expect(await rollUp(world, billed)).toMatchObject({ tenants: 2, more: true });
    expect(world.bucket.text("statements/tnt_3/2026-11.json")).toBeNull();
    expect(await rollUp(world, billed)).toMatchObject({ tenants: 1, more: false });
    expect(world.bucket.text("statements/tnt_3/2026-11.json")).not.toBeNull();
    expect(await rollUp(world, billed)).toMatchObject({ tenants: 2, more: true });
  });

  test("reads a long backlog in several runs and bills none of it before it is whole", async () => {
    const world = new MemoryWorld([tenant], start);
    for (let seq = 1; seq <= limits.rollUpSegmentsPerLedgerMax + 1; seq++) {
      world.ledgerOf(tenant).settle(doneAt(start, seq));
      await world.ledgerOf(tenant).seal(start);
    }
    world.clock += hour;
    expect(await rollUp(world, billed)).toMatchObject({
      segments: limits.rollUpSegmentsPerLedgerMax,
      ledgers: { included: 0, known: 1 },
      changed: 0,
    });
    expect(await rollUp(world, billed)).toMatchObject({ segments: 1, ledgers: { included: 1 } });
    expect(world.bucket.json<Statement>(november).usage.jobsDone).toBe(
      limits.rollUpSegmentsPerLedgerMax + 1,
    );
  });
});

describe("a ledger that fails", () => {
  test("leaves its statement as it was and stops no other tenant", async () => {
    const tenants = ["tnt_1", "tnt_2", "tnt_3"];
    const world = new MemoryWorld(tenants, start);
    await rollUp(world, billed);
    const before = world.bucket.text("statements/tnt_2/2026-11.json");
    world.clock += hour;
    world.ledgerOf("tnt_2").reachable = false;
    expect(await rollUp(world, billed)).toMatchObject({
      tenants: 3,
      ledgers: { included: 2, known: 3 },
      changed: 2,
    });
    expect(world.bucket.text("statements/tnt_2/2026-11.json")).toBe(before);
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ event: "ledger-not-read", ledger: "tnt_2/local/0" }),
    );
  });

  test("by never answering is waited for a bounded time", async () => {
    vi.useFakeTimers();
    const world = new MemoryWorld([tenant], start);
    world.seal = () => new Promise(() => undefined);
    const running = rollUp(world, billed);
    await vi.advanceTimersByTimeAsync(limits.sealMillisMax);
    expect(await running).toMatchObject({ ledgers: { included: 0, known: 1 } });
  });

  test("by not having stored a closed hour yet is not included", async () => {
    const world = worldWithUsage();
    world.seal = async (name) => ({
      ...(await MemoryWorld.prototype.seal.call(world, name)),
      sealedThrough: start,
    });
    expect(await rollUp(world, billed)).toMatchObject({ ledgers: { included: 0, known: 1 } });
    expect(world.bucket.text(november)).toBeNull();
  });

  test.each(["checkpoint", "statement"] as const)(
    "because its %s cannot be read stops no other tenant",
    async (kind) => {
      const world = new MemoryWorld(["tnt_1", "tnt_2"], start);
      const read = world.store[kind].bind(world.store) as (...keys: string[]) => Promise<never>;
      vi.spyOn(world.store, kind).mockImplementation((...keys: string[]) =>
        keys[0]?.startsWith("tnt_1") ? Promise.reject(new Error("R2 is down")) : read(...keys),
      );
      expect(await rollUp(world, billed)).toMatchObject({ tenants: 2, changed: 1 });
      expect(errors).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ event: "tenant-roll-up-failed", tenant: "tnt_1" }),
      );
    },
  );
});

describe("a chain that cannot be trusted raises an alarm and bills nothing", () => {
  /** Three stored segments of which the books have read one. */
  async function worldWithChain(): Promise<MemoryWorld> {
    const world = new MemoryWorld([tenant], start);
    for (const seq of [1, 2, 3]) {
      world.clock = start + seq * hour;
      world.ledgerOf(tenant).settle(doneAt(world.clock - 1, seq));
      await world.seal(`${tenant}/local/0`);
      if (seq === 1) await rollUp(world, billed);
    }
    return world;
  }

  const key = (number: number) => segmentKey(`${tenant}/local/0`, number);

  async function expectAlarm(world: MemoryWorld, segment: number, reason?: string): Promise<void> {
    const before = new Map(world.bucket.objects);
    expect(await rollUp(world, billed)).toMatchObject({
      ledgers: { included: 0, known: 1 },
      segments: 0,
      changed: 0,
    });
    expect(world.bucket.objects).toEqual(before);
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        event: "ledger-chain-broken",
        ledger: `${tenant}/local/0`,
        segment,
        ...(reason ? { reason } : {}),
      }),
    );
  }

  test("when a segment is missing", async () => {
    const world = await worldWithChain();
    world.bucket.objects.delete(key(3));
    await expectAlarm(world, 3, "missing");
  });

  test("when two segments have changed places", async () => {
    const world = await worldWithChain();
    const [second, third] = [world.bucket.objects.get(key(2)), world.bucket.objects.get(key(3))];
    if (!second || !third) throw new Error("three segments were stored");
    world.bucket.objects.set(key(2), third).set(key(3), second);
    await expectAlarm(world, 2, "other-number");
  });

  test("when another ledger's segment lies there", async () => {
    const world = await worldWithChain();
    const text = world.bucket.text(key(2))?.replace(tenant, "tnt_b");
    world.bucket.objects.set(key(2), new TextEncoder().encode(text));
    await expectAlarm(world, 2, "other-ledger");
  });

  test.each([
    ["one in the middle is rewritten", 2, 3, "broken-chain"],
    ["the last one is rewritten", 3, 3, "other-hash"],
  ])("when %s to perfect form", async (_, rewritten, segment, reason) => {
    const world = await worldWithChain();
    const text = world.bucket
      .text(key(rewritten))
      ?.replace('"computeUnits":117', '"computeUnits":118');
    world.bucket.objects.set(key(rewritten), new TextEncoder().encode(text));
    await expectAlarm(world, segment, reason);
  });

  test("when the ledger knows less than the books", async () => {
    const world = await worldWithChain();
    world.seal = () => Promise.resolve({ segments: 0, hash: "", sealedThrough: world.clock });
    await expectAlarm(world, 0, "ledger-is-behind");
  });

  test("when any byte has changed", async () => {
    const pristine = await worldWithChain();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2, 3),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (number, position, mask) => {
          errors.mockClear();
          const world = await worldWithChain();
          const bytes = Uint8Array.from(pristine.bucket.objects.get(key(number)) ?? []);
          const at = position % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          world.bucket.objects.set(key(number), bytes);
          expect(await rollUp(world, billed)).toMatchObject({
            ledgers: { included: 0, known: 1 },
            changed: 0,
          });
          expect(errors).toHaveBeenCalledOnce();
        },
      ),
    );
  });
});

describe("whatever happens on the way", () => {
  type Step =
    | { readonly kind: "settle"; readonly jobs: number }
    | { readonly kind: "roll-up"; readonly preview: boolean; readonly putsLeft: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant("settle" as const), jobs: fc.integer({ min: 1, max: 10 }) }),
    fc.record({
      kind: fc.constant("roll-up" as const),
      preview: fc.boolean(),
      putsLeft: fc.constantFrom(0, 1, 2, 3, Infinity),
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
            await rollUp(world, { preview: next.preview }).catch(() => null);
            world.bucket.putsLeft = Infinity;
          }
        }
        settle(waiting.length);
        world.clock += hour;
        await rollUp(world, billed);
        expect(await rollUp(world, billed)).toMatchObject({ changed: 0, segments: 0 });
        for (const month of new Set(events.map(({ at }) => monthOf(at)))) {
          const statement = world.bucket.json<Statement>(`statements/${tenant}/${month}.json`);
          expectBilled(statement, month, events);
        }
      }),
    );
  });

  /** Against the raw events, in BigInt, the way a customer would check the bill. */
  function expectBilled(statement: Statement, month: Month, events: readonly UsageEvent[]): void {
    const through = utc(statement.through);
    const billable = events.filter(({ at }) => monthOf(at) === month && at < through);
    expect(statement.usage).toEqual(directSum(billable));
    let total = 0;
    for (const [index, price] of priceListFor(month).prices.entries()) {
      const quantity = statement.usage[price.counts];
      expect(statement.lines[index]).toMatchObject({
        quantity,
        amountMicros: amountMicros(quantity, price),
      });
      total += amountMicros(quantity, price);
    }
    expect(statement.totalMicros).toBe(total);
  }
});

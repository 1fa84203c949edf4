import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../core/billing/roll-up.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { monthOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import { rollUp } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

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

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../core/billing/statement.ts";
import { monthOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";
import { directSum, doneAt, hour, utc } from "../../core/billing/usage-samples.ts";

const tenant = "tnt_a";
const start = utc("2026-11-20T10:15:00.000Z");
const billed = { preview: false };
const previewed = { preview: true };
const november = `statements/${tenant}/2026-11.json`;
const finalNovember = `final-statements/${tenant}/2026-11.json`;
const december = `statements/${tenant}/2026-12.json`;
const checkpointKey = `rollups/${tenant}/local/0/checkpoint.json`;

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
    expect(await rollUpNext(world, billed)).toEqual({
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
    await rollUpNext(world, billed);
    const before = world.bucket.text(november);
    world.clock += 60_000;
    world.ledgerOf(tenant).settle(doneAt(world.clock, 3));
    expect(await rollUpNext(world, billed)).toMatchObject({
      ledgers: { included: 1, known: 1 },
      segments: 0,
      changed: 0,
    });
    expect(world.bucket.text(november)).toBe(before);
  });

  test("asks no ledger that is complete up to the last closed hour", async () => {
    const world = worldWithUsage();
    const seal = vi.spyOn(world, "seal");
    await rollUpNext(world, billed);
    await rollUpNext(world, billed);
    expect(seal).toHaveBeenCalledOnce();
    world.clock += hour;
    await rollUpNext(world, billed);
    expect(seal).toHaveBeenCalledTimes(2);
  });

  test("with a preview shows the open hour and leaves the bill alone", async () => {
    const world = worldWithUsage();
    await rollUpNext(world, billed);
    const before = world.bucket.json<Statement>(november);
    await rollUpNext(world, previewed);
    const { preview, ...rest } = world.bucket.json<Statement>(november);
    expect(rest).toEqual(before);
    expect(preview?.usage.jobsDone).toBe(2);
    expect(preview?.asOf).toBe("2026-11-20T11:15:00.000Z");
  });

  test("gives a tenant without usage a statement that says so", async () => {
    const world = new MemoryWorld([tenant], start);
    await rollUpNext(world, billed);
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      totalMicros: 0,
      status: "open",
    });
    world.clock = utc("2026-12-01T00:05:00.000Z");
    await rollUpNext(world, billed);
    expect(world.bucket.json<Statement>(finalNovember)).toMatchObject({
      totalMicros: 0,
      status: "final",
    });
  });

  test("makes a month final once, then keeps its sum instead of its hours", async () => {
    const world = worldWithUsage();
    world.clock = utc("2026-11-30T23:59:59.999Z");
    world.ledgerOf(tenant).settle(doneAt(world.clock, 3));
    await rollUpNext(world, billed);
    expect(world.bucket.json<Statement>(november)).toMatchObject({
      status: "open",
      usage: { jobsDone: 2 },
    });
    world.clock += 1;
    await rollUpNext(world, billed);
    const final = world.bucket.text(finalNovember);
    expect(JSON.parse(final ?? "")).toMatchObject({ status: "final", usage: { jobsDone: 3 } });

    world.clock += hour;
    world.ledgerOf(tenant).settle(doneAt(world.clock, 4));
    await rollUpNext(world, previewed);
    expect(world.bucket.text(finalNovember)).toBe(final);
    const { hours, openMonths, closedMonths } = world.bucket.json<Checkpoint>(checkpointKey);
    expect(hours.map((usage) => monthOf(usage.hour))).toEqual(["2026-12"]);
    expect(openMonths).toEqual(["2026-12"]);
    expect(closedMonths.map(({ month }) => month)).toEqual(["2026-11"]);
  });

  test("rebuilds the same statements from the segments alone, and its checkpoints with the final ones", async () => {
    const world = worldWithUsage();
    await rollUpNext(world, billed);
    world.clock = utc("2026-12-10T00:05:00.000Z");
    world.ledgerOf(tenant).settle(doneAt(utc("2026-12-09T05:00:00.000Z"), 3));
    await rollUpNext(world, billed);
    const before = new Map(world.bucket.objects);
    for (const kept of ["segments/", "final-statements/"]) {
      for (const key of world.bucket.objects.keys()) {
        if (!key.startsWith("segments/") && !key.startsWith(kept)) world.bucket.objects.delete(key);
      }
      await rollUpNext(world, billed);
      for (const key of [finalNovember, december, checkpointKey]) {
        expect(world.bucket.text(key)).toBe(new TextDecoder().decode(before.get(key)));
      }
    }
  });

  test("beside another one loses nothing and counts nothing twice", async () => {
    const world = worldWithUsage();
    await Promise.all([
      rollUpNext(world, billed),
      rollUpNext(world, previewed),
      rollUpNext(world, billed),
    ]);
    const alone = worldWithUsage();
    await rollUpNext(alone, billed);
    const { preview: _, ...statement } = world.bucket.json<Statement>(november);
    expect(statement).toEqual(alone.bucket.json(november));
    expect(world.bucket.text(checkpointKey)).toBe(alone.bucket.text(checkpointKey));
  });

  test("never lets an earlier hour's run undo a later one's statement", async () => {
    const world = worldWithUsage();
    await rollUpNext(world, billed);
    const before = world.bucket.text(november);
    world.clock -= hour;
    expect(await rollUpNext(world, billed)).toMatchObject({ changed: 0 });
    expect(world.bucket.text(november)).toBe(before);
  });

  test("goes on where the last one had to stop", async () => {
    const tenants = ["tnt_1", "tnt_2", "tnt_3"];
    const world = new MemoryWorld(tenants, start);
    world.pageSize = 2;
    expect(await rollUpNext(world, billed)).toMatchObject({ tenants: 2, more: true });
    expect(world.bucket.text("statements/tnt_3/2026-11.json")).toBeNull();
    expect(await rollUpNext(world, billed)).toMatchObject({ tenants: 1, more: false });
    expect(world.bucket.text("statements/tnt_3/2026-11.json")).not.toBeNull();
    expect(await rollUpNext(world, billed)).toMatchObject({ tenants: 2, more: true });
  });
});

describe("a ledger that fails", () => {
  test("leaves its charges as they were, is named as late, and stops no other tenant", async () => {
    const tenants = ["tnt_1", "tnt_2", "tnt_3"];
    const world = new MemoryWorld(tenants, start);
    for (const each of tenants) world.ledgerOf(each).settle(doneAt(start - hour, 1));
    await rollUpNext(world, billed);
    const key = "statements/tnt_2/2026-11.json";
    const before = world.bucket.json<Statement>(key);
    world.clock += hour;
    world.ledgerOf("tnt_2").reachable = false;
    expect(await rollUpNext(world, billed)).toMatchObject({
      tenants: 3,
      ledgers: { included: 2, known: 3 },
      changed: 3,
    });
    expect(world.bucket.json<Statement>(key)).toEqual({
      ...before,
      through: "2026-11-20T11:00:00.000Z",
      ledgers: { included: 0, known: 1 },
      late: [
        { ledger: "tnt_2/local/0", through: "2026-11-20T10:00:00.000Z", reason: "unreachable" },
      ],
    });
    expect(errors).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ event: "ledger-not-read", ledger: "tnt_2/local/0" }),
    );

    world.ledgerOf("tnt_2").reachable = true;
    expect(await rollUpNext(world, billed)).toMatchObject({ ledgers: { included: 3 }, changed: 1 });
    expect(world.bucket.json<Statement>(key)).toEqual({
      ...before,
      through: "2026-11-20T11:00:00.000Z",
    });
  });

  test("keeps its month open until it is back", async () => {
    const world = worldWithUsage();
    await rollUpNext(world, billed);
    world.clock = utc("2026-12-01T00:05:00.000Z");
    world.ledgerOf(tenant).reachable = false;
    await rollUpNext(world, billed);
    expect(world.bucket.text(finalNovember)).toBeNull();
    world.ledgerOf(tenant).reachable = true;
    await rollUpNext(world, billed);
    expect(world.bucket.json<Statement>(finalNovember)).toMatchObject({
      status: "final",
      usage: { jobsDone: 2 },
    });
  });

  test("by never answering is waited for a bounded time", async () => {
    vi.useFakeTimers();
    const world = new MemoryWorld([tenant], start);
    world.seal = () => new Promise(() => undefined);
    const running = rollUpNext(world, billed);
    await vi.advanceTimersByTimeAsync(limits.sealMillisMax);
    expect(await running).toMatchObject({ ledgers: { included: 0, known: 1 } });
  });

  test("by not having stored a closed hour yet is not included", async () => {
    const world = worldWithUsage();
    world.seal = async (name) => ({
      ...(await MemoryWorld.prototype.seal.call(world, name)),
      sealedThrough: start,
    });
    expect(await rollUpNext(world, billed)).toMatchObject({ ledgers: { included: 0, known: 1 } });
    expect(world.bucket.json<Statement>(november).late).toEqual([
      { ledger: `${tenant}/local/0`, through: "2026-11-20T10:00:00.000Z", reason: "behind" },
    ]);
  });

  test.each(["checkpoint", "openStatement"] as const)(
    "because its %s cannot be read stops no other tenant",
    async (kind) => {
      const world = new MemoryWorld(["tnt_1", "tnt_2"], start);
      const read = world.store[kind].bind(world.store) as (...keys: string[]) => Promise<never>;
      vi.spyOn(world.store, kind).mockImplementation((...keys: string[]) =>
        keys[0]?.startsWith("tnt_1") ? Promise.reject(new Error("R2 is down")) : read(...keys),
      );
      expect(await rollUpNext(world, billed)).toMatchObject({ tenants: 2, changed: 1 });
      const failed = errors.mock.calls.map(([line]) => line as { event: string; tenant: string });
      expect(failed[0]).toMatchObject({ event: "tenant-roll-up-failed" });
      expect(failed.map((each) => each.tenant)).not.toContain("tnt_2");
    },
  );
});

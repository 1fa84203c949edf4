import { beforeEach, describe, expect, test, vi } from "vitest";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import { limits } from "../../../core/limits.ts";
import { eachOnce } from "../../../durable-objects/directory/each-once.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

/** What the Directory decides reaches KV, ledgers and R2, whatever fails on the way. */
let world: DirectoryWorld;
let tenant: string;
beforeEach(async () => {
  world = new DirectoryWorld();
  tenant = (await world.newTenant()).id;
  await world.ringUntilQuiet();
});

const newKey = () => world.newKey(tenant);

describe("the alarm", () => {
  test("rings at once after a change", async () => {
    await newKey();
    expect(world.alarmAt).toBe(world.now);
  });

  test("does nothing, and is not set again, when nothing is pending", async () => {
    await world.registry.alarm();
    expect(world.alarmAt).toBeNull();
  });

  test.each<[string, "kvDown" | "booksDown" | "ledgersDown", () => Promise<unknown>]>([
    ["a key", "kvDown", newKey],
    ["a host", "kvDown", () => world.registry.delivery.hosts.set(tenant, "acme", by)],
    ["an entry of the trail", "booksDown", newKey],
    [
      "new terms",
      "ledgersDown",
      () => world.registry.changeTenant(tenant, { limits: { burst: 9 } }, by),
    ],
  ])(
    "tries %s again after pauses that double, up to a bound, and starts over when all went well",
    async (_, isDown, change) => {
      world[isDown] = true;
      await change();
      const pauses: number[] = [];
      for (let rings = 0; rings < 12; rings++) {
        await world.ring();
        pauses.push((world.alarmAt ?? 0) - world.now);
      }
      const expected = pauses.map((_pause, failed) =>
        Math.min(limits.publishRetryMillis * 2 ** failed, limits.publishRetryMillisMax),
      );
      expect(pauses).toEqual(expected);
      expect(pauses.at(-1)).toBe(limits.publishRetryMillisMax);
      world[isDown] = false;
      await world.ringUntilQuiet();
      world.kvDown = true;
      await newKey();
      await world.ring();
      expect((world.alarmAt ?? 0) - world.now).toBe(limits.publishRetryMillis);
    },
  );
});

describe("a key", () => {
  test("reaches KV when KV is back, and the failure is logged", async () => {
    world.kvDown = true;
    const { key } = await newKey();
    await world.ring();
    expect(world.inKv(hashApiKey(key))).toBeNull();
    expect(world.logged).toEqual(["key-not-published"]);
    world.kvDown = false;
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ tenant });
  });

  test("is not in KV as revoked before every ledger refuses it", async () => {
    const { id } = await newKey();
    await world.ringUntilQuiet();
    world.ledgersDown = true;
    expect(await world.registry.revokeKey(tenant, id, by)).toMatchObject({ ok: true });
    await world.ring();
    expect(world.refusedKeys).toEqual([]);
    world.ledgersDown = false;
    await world.ringUntilQuiet();
    expect(world.refusedKeys).toEqual([id]);
  });

  test("that is revoked while it is put to KV is put there once more", async () => {
    const { id, key } = await newKey();
    world.kvLandsLater = "when it lands";
    const putting = world.ring();
    await vi.waitFor(() => expect(world.onTheWay).toBe(1));
    world.kvLandsLater = false;
    await world.registry.revokeKey(tenant, id, by);
    world.land();
    await putting;
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
  });

  test("that failed holds up no other", async () => {
    const [first, second] = [await newKey(), await newKey()];
    await world.registry.revokeKey(tenant, first.id, by);
    world.ledgersDown = true;
    await world.ring();
    expect(world.inKv(hashApiKey(second.key))).toMatchObject({ key: second.id });
  });
});

describe("a put to KV that lands later", () => {
  const soon = 5 * 60_000;

  async function revokedAfterLatePut() {
    world.kvLandsLater = "and fails";
    const { id, key } = await newKey();
    await world.ring();
    world.kvLandsLater = false;
    await world.registry.revokeKey(tenant, id, by);
    await world.ring();
    expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
    world.land();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ key: id });
    return hashApiKey(key);
  }

  test("is put over once nothing can land any more, by an object that was evicted meanwhile", async () => {
    const hash = await revokedAfterLatePut();
    const sentAt = world.now;
    world.evict();
    await world.ring();
    expect(world.alarmAt).toBe(sentAt + limits.latePutMillisMax);
    world.evict();
    await world.ringUntilQuiet();
    expect(world.inKv(hash)).toEqual({ revoked: true });
  });

  test("is put over too when the object was evicted before it heard of it", async () => {
    vi.useFakeTimers();
    const { id, key } = await newKey();
    world.kvLandsLater = "unanswered";
    void world.ring();
    await vi.waitFor(() => expect(world.onTheWay).toBe(1));
    world.evict();
    vi.useRealTimers();
    world.kvLandsLater = false;
    await world.registry.revokeKey(tenant, id, by);
    await world.ring();
    world.land();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ key: id });
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
  });

  test("has the alarm ring when it is due, and for other changes, and not in between", async () => {
    await revokedAfterLatePut();
    const dueAt = world.now + limits.latePutMillisMax;
    let rings = 0;
    for (; (world.alarmAt ?? Infinity) < dueAt; rings++) await world.ring();
    expect(rings).toBeLessThanOrEqual(2);
    await newKey();
    for (rings = 0; (world.alarmAt ?? Infinity) < dueAt; rings++) await world.ring();
    expect(rings).toBeLessThanOrEqual(2);
    expect(world.alarmAt).toBe(dueAt);
  });

  test("that is late and then answered is put over at once", async () => {
    vi.useFakeTimers();
    try {
      const { id, key } = await newKey();
      world.kvLandsLater = "when it lands";
      const ringing = world.ring();
      await vi.advanceTimersByTimeAsync(limits.publishMillisMax);
      await ringing;
      world.kvLandsLater = false;
      await world.registry.revokeKey(tenant, id, by);
      await world.ring();
      expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
      world.land();
      await vi.advanceTimersByTimeAsync(0);
      expect(world.inKv(hashApiKey(key))).toMatchObject({ key: id });
      expect(world.alarmAt).toBe(world.now);
      await world.ring();
      expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
    } finally {
      vi.useRealTimers();
    }
  });

  test("of a host or of delivery settings is put over too", async () => {
    world.kvLandsLater = "and fails";
    await world.registry.delivery.hosts.set(tenant, "acme", by);
    await world.registry.delivery.change(tenant, { cacheSeconds: 60 }, by);
    await world.ring();
    world.kvLandsLater = false;
    await world.registry.delivery.hosts.remove(tenant, "acme", by);
    await world.registry.delivery.change(tenant, { cacheSeconds: 120 }, by);
    await world.ring();
    const decided = new Map(world.kv);
    world.now += soon;
    world.land();
    expect(world.kv).not.toEqual(decided);
    world.evict();
    await world.ringUntilQuiet();
    expect(world.kv).toEqual(decided);
  });

  test("counts from the last put of its key: one that ended well does not close what is open", async () => {
    const hash = await revokedAfterLatePut();
    world.now += soon;
    await world.registry.changeTenant(tenant, { limits: { burst: 3 } }, by);
    await world.ringUntilQuiet();
    expect(world.inKv(hash)).toEqual({ revoked: true });
    const puts = vi.spyOn(world.kv, "set");
    await world.registry.alarm();
    expect(puts).not.toHaveBeenCalled();
    expect(world.alarmAt).toBeNull();
  });
});

test("terms are told once to each ledger, and again only when they change", async () => {
  await world.registry.changeTenant(tenant, { limits: { burst: 3 } }, by);
  await world.ringUntilQuiet();
  const told = world.termsOf(tenant);
  world.ledgersDown = true;
  await newKey();
  await world.ring();
  expect(world.termsOf(tenant)).toBe(told);
  expect(world.logged).toEqual([]);
});

test("while the books are away the trail waits, and the rest goes on", async () => {
  world.booksDown = true;
  const { key } = await newKey();
  await world.ring();
  expect(world.logged).toEqual(["trail-not-copied"]);
  expect(world.inKv(hashApiKey(key))).toMatchObject({ tenant });
  expect(world.alarmAt).not.toBeNull();
});

describe("each pending row", () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `row_${String(index).padStart(3, "0")}` }));
  const after = (pending: readonly { id: string }[]) => (id: string) =>
    pending.find((row) => row.id > id);

  test("is tried once, in order, also when some fail", async () => {
    const tried: string[] = [];
    const pending = rows(5);
    const allDone = await eachOnce(after(pending), async ({ id }) => {
      tried.push(id);
      return id !== "row_001";
    });
    expect(tried).toEqual(pending.map(({ id }) => id));
    expect(allDone).toBe(false);
    expect(await eachOnce(after(pending), async () => true)).toBe(true);
    expect(await eachOnce(after([]), async () => false)).toBe(true);
  });

  test("has one of a bounded number of lanes; one that hangs keeps only its own", async () => {
    const pending = rows(3 * limits.publishBatchMax);
    let running = 0;
    let most = 0;
    const finish = Promise.withResolvers<boolean>();
    const tried: string[] = [];
    const all = eachOnce(after(pending), async ({ id }) => {
      tried.push(id);
      most = Math.max(most, ++running);
      if (id === "row_000") await finish.promise;
      await Promise.resolve();
      running -= 1;
      return true;
    });
    await vi.waitFor(() => expect(tried).toHaveLength(pending.length));
    expect(most).toBe(limits.publishBatchMax);
    finish.resolve(true);
    expect(await all).toBe(true);
  });
});

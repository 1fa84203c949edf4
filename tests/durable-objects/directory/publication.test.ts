import { beforeEach, describe, expect, test, vi } from "vitest";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import { limits } from "../../../core/limits.ts";
import { eachOnce } from "../../../durable-objects/directory/each-once.ts";
import { DirectoryWorld } from "./directory-world.ts";

/** What the Directory decides reaches KV, ledgers and R2, whatever fails on the way. */
const by = { actor: "opr_1", from: null };
let world: DirectoryWorld;
let tenant: string;
beforeEach(async () => {
  world = new DirectoryWorld();
  tenant = (await world.registry.createTenant({ name: "Acme" }, by)).id;
  await world.ringUntilQuiet();
});

async function newKey() {
  const created = await world.registry.createKey(tenant, {}, null, by);
  if (!created.ok) throw new Error(created.error);
  return created.value;
}

describe("the alarm", () => {
  test("rings at once after a change", async () => {
    await newKey();
    expect(world.alarmAt).toBe(world.now);
  });

  test("does nothing, and is not set again, when nothing is pending", async () => {
    await world.registry.alarm();
    expect(world.alarmAt).toBeNull();
  });

  test("tries again after pauses that double, up to a bound, and starts over when all went well", async () => {
    world.kvDown = true;
    await newKey();
    const pauses: number[] = [];
    for (let rings = 0; rings < 12; rings++) {
      await world.ring();
      pauses.push((world.alarmAt ?? 0) - world.now);
    }
    const expected = pauses.map((_, failed) =>
      Math.min(limits.publishRetryMillis * 2 ** failed, limits.publishRetryMillisMax),
    );
    expect(pauses).toEqual(expected);
    expect(pauses.at(-1)).toBe(limits.publishRetryMillisMax);
    world.kvDown = false;
    await world.ringUntilQuiet();
    world.kvDown = true;
    await newKey();
    await world.ring();
    expect((world.alarmAt ?? 0) - world.now).toBe(limits.publishRetryMillis);
  });
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

  test("that failed holds up no other", async () => {
    const [first, second] = [await newKey(), await newKey()];
    await world.registry.revokeKey(tenant, first.id, by);
    world.ledgersDown = true;
    await world.ring();
    expect(world.inKv(hashApiKey(second.key))).toMatchObject({ key: second.id });
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

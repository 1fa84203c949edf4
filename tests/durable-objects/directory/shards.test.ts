import { beforeEach, expect, test } from "vitest";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import { limits } from "../../../core/limits.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

let world: DirectoryWorld;
let tenant: string;
beforeEach(async () => {
  world = new DirectoryWorld();
  tenant = (await world.newTenant()).id;
  await world.ringUntilQuiet();
});

const raise = (shards: number) => world.registry.raiseShards(tenant, shards, by);
const shardsOf = () => world.registry.getTenant(tenant)?.shards.map(({ shards }) => shards);
const epochs = () => [
  { shards: 1, since: 0 },
  { shards: 4, since: world.now },
];

test("shards are raised in one change with its row, and every ledger hears of it, and KV", async () => {
  const key = await world.newKey(tenant);
  await world.ringUntilQuiet();
  const map = epochs();
  expect(await raise(4)).toMatchObject({ ok: true, value: { shards: map } });
  expect(world.registry.trail.page(0, 100, tenant).at(-1)).toMatchObject({
    ...{ actor: "opr_1", action: "tenant.shards", before: { shards: 1 }, after: { shards: 4 } },
  });
  for (let shard = 0; shard < 4; shard++) {
    expect(world.termsOf(tenant, shard)).toMatchObject({ shards: map });
  }
  await world.ringUntilQuiet();
  expect(world.inKv(hashApiKey(key.key))).toMatchObject({ shards: map });
});

test("they are never lowered, and what is so already changes nothing", async () => {
  await raise(4);
  const { length } = world.registry.trail.page(0, 100, tenant);
  expect(await raise(3)).toEqual({ ok: false, error: "fewer" });
  expect((await raise(4)).ok).toBe(true);
  expect(world.registry.trail.page(0, 100, tenant)).toHaveLength(length);
  await raise(5);
  expect(shardsOf()).toEqual([1, 4, 5]);
  expect(await world.registry.raiseShards("tnt_nobody", 2, by)).toMatchObject({ ok: false });
  await world.registry.setTenantStatus(tenant, "deleted", by);
  expect(await raise(6)).toEqual({ ok: false, error: "gone" });
});

test("a rate that its shards cannot serve is refused", async () => {
  const fast = { limits: { requestsPerSecond: limits.ledgerRequestsPerSecondMax + 1 } };
  expect(await world.registry.changeTenant(tenant, fast, by)).toEqual({
    ok: false,
    error: "too-fast",
  });
  await raise(2);
  expect((await world.registry.changeTenant(tenant, fast, by)).ok).toBe(true);
});

test("new shards refuse keys that were revoked lately, and a revocation reaches all shards", async () => {
  const [early, late] = [await newKey(), await newKey()];
  await world.registry.revokeKey(tenant, early, by);
  world.refusedBy.length = 0;
  await raise(2);
  expect(world.refusedBy).toContain(`${tenant}/local/1`);
  world.refusedBy.length = 0;
  await world.registry.revokeKey(tenant, late, by);
  expect(world.refusedBy).toContain(`${tenant}/local/1`);
});

test("new shards hear of every key that a cache may still believe in, and of none that is revoked longer", async () => {
  const [long, lately] = [await newKey(), await newKey()];
  await world.registry.revokeKey(tenant, long, by);
  world.now += 1;
  await world.registry.revokeKey(tenant, lately, by);
  world.now += limits.identityStaleMillis + limits.latePutMillisMax + limits.publishMillisMax;
  world.refusedKeys.length = 0;
  await raise(2);
  expect(new Set(world.refusedKeys)).toEqual(new Set([lately]));
});

test("a key that is revoked while new shards are told of others is told to them too, before they take work", async () => {
  const [early, late] = [await newKey(), await newKey()];
  await world.registry.revokeKey(tenant, early, by);
  await world.ringUntilQuiet();
  const first = `${tenant}/local/1`;
  world.revoking = async (ledger) => {
    if (ledger !== first) return;
    world.revoking = () => undefined;
    await world.registry.revokeKey(tenant, late, by);
  };
  world.refusedBy.length = 0;
  world.refusedKeys.length = 0;
  await raise(2);
  const told = world.refusedKeys.filter((_, index) => world.refusedBy[index] === first);
  expect(new Set(told)).toEqual(new Set([early, late]));
});

async function newKey(): Promise<string> {
  const key = await world.newKey(tenant);
  return key.id;
}

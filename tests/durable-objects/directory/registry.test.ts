import { beforeEach, describe, expect, test } from "vitest";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";
import { limits } from "../../../core/limits.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

let world: DirectoryWorld;

beforeEach(() => {
  world = new DirectoryWorld();
});

describe("a tenant's plan and limits", () => {
  test("are the plan's, with what was chosen in their place", async () => {
    const tenant = await world.newTenant({
      name: "Acme",
      plan: "pro",
      limits: { jobsInFlight: 7 },
    });
    expect(tenant.limits).toEqual({ ...plans.pro, jobsInFlight: 7 });
  });

  test("change at any time; every ledger has heard when the answer comes", async () => {
    const tenant = await world.newTenant({ name: "Acme", plan: "free" });
    const changed = await world.registry.changeTenant(tenant.id, { plan: "scale" }, by);
    expect(changed).toMatchObject({ ok: true, value: { plan: "scale", limits: plans.scale } });
    expect(world.termsOf(tenant.id)).toMatchObject({ limits: plans.scale, status: "active" });
  });

  test("that were chosen end with the plan they were chosen beside, and stay with it", async () => {
    const { id } = await world.newTenant({
      name: "Acme",
      plan: "pro",
      limits: { jobsInFlight: 7 },
    });
    const renamed = await world.registry.changeTenant(id, { name: "Acme Ltd" }, by);
    expect(renamed).toMatchObject({ value: { name: "Acme Ltd", limits: { jobsInFlight: 7 } } });
    const again = await world.registry.changeTenant(id, { plan: "pro", name: "Acme" }, by);
    expect(again).toMatchObject({ value: { name: "Acme", limits: { jobsInFlight: 7 } } });
    const moved = await world.registry.changeTenant(id, { plan: "scale" }, by);
    expect(moved).toMatchObject({ value: { limits: plans.scale } });
    const chosen = await world.registry.changeTenant(id, { limits: { burst: 9 } }, by);
    expect(chosen).toMatchObject({ value: { limits: { ...plans.scale, burst: 9 } } });
    const reset = await world.registry.changeTenant(id, { limits: {} }, by);
    expect(reset).toMatchObject({ value: { limits: plans.scale } });
  });

  test("reach a ledger that was out when they changed", async () => {
    const { id } = await world.newTenant();
    world.ledgersDown = true;
    await world.registry.changeTenant(id, { limits: { burst: 3 } }, by);
    expect(world.termsOf(id)).toBeUndefined();
    world.ledgersDown = false;
    await world.ringUntilQuiet();
    expect(world.termsOf(id)).toMatchObject({ limits: { burst: 3 } });
  });

  test("are in what KV says of each key soon after", async () => {
    const { id } = await world.newTenant();
    const { key } = await world.newKey(id);
    await world.ringUntilQuiet();
    await world.registry.changeTenant(id, { limits: { burst: 3 } }, by);
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ limits: { burst: 3 } });
  });

  test("change with the plan also where its limits are the same", async () => {
    const { id } = await world.newTenant({ name: "Acme", plan: "custom", limits: plans.pro });
    await world.registry.changeTenant(id, { plan: "pro" }, by);
    expect(world.registry.getTenant(id)).toMatchObject({ plan: "pro", limits: plans.pro });
  });

  test("that stay as they are leave no trace in the trail", async () => {
    const { id } = await world.newTenant();
    await world.registry.changeTenant(id, { name: "Acme" }, by);
    expect(world.registry.trail.page(0, 100, id)).toHaveLength(1);
  });
});

describe("a suspended tenant", () => {
  test("is refused by ledgers at once and by KV soon, and works again when resumed", async () => {
    const { id } = await world.newTenant();
    const { key } = await world.newKey(id);
    await world.registry.setTenantStatus(id, "suspended", by);
    expect(world.termsOf(id)).toMatchObject({ status: "suspended" });
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ suspended: true });
    await world.registry.setTenantStatus(id, "active", by);
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toMatchObject({ suspended: false });
    expect(world.termsOf(id)).toMatchObject({ status: "active" });
  });
});

describe("a deleted tenant", () => {
  test("has no key left, stays deleted, and is still listed for the books", async () => {
    const { id } = await world.newTenant();
    const { key } = await world.newKey(id);
    expect(await world.registry.setTenantStatus(id, "deleted", by)).toMatchObject({ ok: true });
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
    expect(world.termsOf(id)).toMatchObject({ status: "deleted" });
    const gone = { ok: false, error: "gone" };
    expect(await world.registry.setTenantStatus(id, "active", by)).toEqual(gone);
    expect(await world.registry.changeTenant(id, { name: "Again" }, by)).toEqual(gone);
    expect(await world.registry.createKey(id, {}, null, by)).toMatchObject({ error: "not-found" });
    expect(world.registry.listTenantIds({ cursor: null, limit: 10 }).ids).toEqual([id]);
  });
});

describe("a key", () => {
  test("made again with its Idempotency-Key is the same key; another request is refused", async () => {
    const { id } = await world.newTenant();
    const first = await world.newKey(id, { name: "web" }, "order-1");
    expect(await world.newKey(id, { name: "web" }, "order-1")).toEqual(first);
    const other = await world.registry.createKey(id, { name: "app" }, "order-1", by);
    expect(other).toEqual({ ok: false, error: "reused" });
    expect((await world.newKey(id, { name: "web" }, "order-2")).key).not.toBe(first.key);
    const { id: neighbour } = await world.newTenant();
    expect((await world.newKey(neighbour, { name: "web" }, "order-1")).key).not.toBe(first.key);
    expect(world.registry.trail.page(0, 100, id).map(({ action }) => action)).toEqual([
      "tenant.create",
      "key.create",
      "key.create",
    ]);
  });

  test("has the scopes and the end that were asked for", async () => {
    const { id } = await world.newTenant();
    const expiresAt = "2030-01-02T00:00:00.000Z";
    const { key } = await world.newKey(id, { scopes: ["jobs:read"], expiresAt });
    expect(world.registry.identify(hashApiKey(key))).toMatchObject({
      scopes: ["jobs:read"],
      expiresAt: Date.parse(expiresAt),
    });
  });

  test("that is replaced goes on working for the overlap beside one with its name and scopes", async () => {
    const { id } = await world.newTenant();
    const old = await world.newKey(id, { name: "web", scopes: ["jobs:write", "keys:admin"] });
    const rotated = await world.registry.rotateKey(id, old.id, { overlapSeconds: 60 }, null, by);
    expect(rotated).toMatchObject({ value: { name: "web", scopes: ["jobs:write", "keys:admin"] } });
    expect(world.registry.identify(hashApiKey(old.key))).toMatchObject({
      expiresAt: world.now + 60_000,
    });
  });

  test("that is replaced ends with the overlap, whenever it was to end", async () => {
    const { id } = await world.newTenant();
    const expiresAt = new Date(world.now + 3_600_000).toISOString();
    const old = await world.newKey(id, { expiresAt });
    await world.registry.rotateKey(id, old.id, { overlapSeconds: 60 }, null, by);
    const end = world.now + 60_000;
    expect(world.registry.identify(hashApiKey(old.key))).toMatchObject({ expiresAt: end });
    const { length } = world.registry.trail.page(0, 100, id);
    await world.registry.rotateKey(id, old.id, { overlapSeconds: 60 }, null, by);
    const last = world.registry.trail.page(length, 100, id).map(({ action }) => action);
    expect(last).toEqual(["key.create"]);
  });

  test("that ends sooner than the overlap is not kept alive by it", async () => {
    const { id } = await world.newTenant();
    const soon = new Date(world.now + 10_000).toISOString();
    const old = await world.newKey(id, { expiresAt: soon });
    await world.registry.rotateKey(id, old.id, { overlapSeconds: 60 }, null, by);
    expect(world.registry.identify(hashApiKey(old.key))).toMatchObject({
      expiresAt: Date.parse(soon),
    });
  });

  test("that has expired makes room for another", async () => {
    const { id } = await world.newTenant();
    const soon = new Date(world.now + 1_000).toISOString();
    for (let count = 0; count < limits.keysPerTenantMax; count++) {
      await world.newKey(id, { expiresAt: soon });
    }
    world.now += 999;
    expect(await world.registry.createKey(id, {}, null, by)).toMatchObject({ error: "conflict" });
    world.now += 1;
    expect(await world.registry.createKey(id, {}, null, by)).toMatchObject({ ok: true });
  });
});

test("a directory from before there were plans is read, with the limits its tenants had", () => {
  const old = DirectoryWorld.before();
  const tenant = old.registry.getTenant("tnt_old");
  expect(tenant).toMatchObject({ plan: "custom", status: "active" });
  expect(tenant?.limits).toMatchObject({
    requestsPerSecond: 3,
    burst: 6,
    spendMicrosPerMonth: null,
  });
  expect(old.registry.identify("0".repeat(64))).toMatchObject({
    scopes: ["jobs:write", "jobs:read", "usage:read"],
    limits: { requestsPerSecond: 3 },
  });
});

test("what a restored ledger asks for: its tenant's newest terms, and the keys revoked within a day", async () => {
  const { id } = await world.newTenant();
  const [old, lately] = [await world.newKey(id), await world.newKey(id)];
  await world.newKey(id);
  await world.registry.revokeKey(id, old.id, by);
  world.now += 1;
  await world.registry.revokeKey(id, lately.id, by);
  world.now += limits.recallMillis;
  await world.registry.setTenantStatus(id, "suspended", by);
  expect(world.registry.tenantRecord(id)).toEqual({
    terms: world.termsOf(id),
    revokedKeys: [lately.id],
  });
  expect(world.registry.tenantRecord("tnt_unknown")).toBeNull();
});

test("a restored ledger is told of more revoked keys than a tenant may have at once", async () => {
  const { id } = await world.newTenant();
  const revoked: string[] = [];
  for (let count = 0; count <= limits.keysPerTenantMax; count++) {
    const key = await world.newKey(id);
    await world.registry.revokeKey(id, key.id, by);
    revoked.push(key.id);
  }
  expect(new Set(world.registry.tenantRecord(id)?.revokedKeys)).toEqual(new Set(revoked));
});

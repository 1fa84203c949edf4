import { hashApiKey } from "../../../core/identity/api-key.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { plans } from "../../../core/identity/tenant-limits.ts";
import { limits } from "../../../core/limits.ts";
import { DirectoryWorld } from "./directory-world.ts";

const by = { actor: "opr_1", from: "192.0.2.7" };
let world: DirectoryWorld;
beforeEach(() => {
  world = new DirectoryWorld();
});

const newTenants = (count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      world.registry.createTenant({ name: `Tenant ${index}` }, by),
    ),
  );
const actions = () => world.registry.trail.page(0, 100, null).map(({ action }) => action);

test("a new tenant is found as it was made", async () => {
  const created = await world.registry.createTenant({ name: "Acme", plan: "free" }, by);
  expect(created).toEqual({
    id: expect.stringMatching(/^tnt_/),
    name: "Acme",
    plan: "free",
    limits: plans.free,
    status: "active",
    home: null,
    stays: "anywhere",
    shards: [{ shards: 1, since: 0 }],
    createdAt: world.now,
  });
  expect(world.registry.getTenant(created.id)).toEqual(created);
  expect(world.registry.getTenant("tnt_unknown")).toBeNull();
});

test("a tenant's home is fixed when it is made, and its keys say it", async () => {
  const request = { name: "Acme", home: "eu", stays: "jurisdiction" } as const;
  const tenant = await world.registry.createTenant(request, by);
  expect(tenant).toMatchObject({ home: "eu", stays: "jurisdiction" });
  const key = await world.registry.createKey(tenant.id, {}, null, by);
  if (!key.ok) throw new Error(key.error);
  expect(world.registry.identify(hashApiKey(key.value.key))).toMatchObject({
    home: "eu",
    stays: "jurisdiction",
  });
});

describe("tenants are listed oldest first", () => {
  test("page by page, each once; the last page has no cursor", async () => {
    const ids = (await newTenants(5)).map(({ id }) => id);
    const first = world.registry.listTenants({ cursor: null, limit: 3 });
    expect(first.tenants.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(first.cursor).toBe(ids[2]);
    expect(world.registry.listTenantIds({ cursor: null, limit: 3 })).toEqual({
      ids: ids.slice(0, 3),
      cursor: ids[2],
    });
    const last = world.registry.listTenants({ cursor: first.cursor, limit: 3 });
    expect(last.tenants.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(last.cursor).toBeNull();
  });

  test("a full last page leads to an empty one", async () => {
    await newTenants(2);
    const { cursor } = world.registry.listTenants({ cursor: null, limit: 2 });
    expect(world.registry.listTenants({ cursor, limit: 2 })).toEqual({ tenants: [], cursor: null });
    const page = world.registry.listTenantIds({ cursor: null, limit: 2 });
    expect(page.cursor).toBe(cursor);
    expect(world.registry.listTenantIds({ cursor, limit: 2 })).toEqual({ ids: [], cursor: null });
  });

  test("whatever is asked for, a page is bounded", async () => {
    const ids = (await newTenants(limits.pageSizeMax + 1)).map(({ id }) => id);
    const { tenants, cursor } = world.registry.listTenants({ cursor: null, limit: 1e9 });
    expect(tenants).toHaveLength(limits.pageSizeMax);
    expect(cursor).toBe(ids[limits.pageSizeMax - 1]);
    expect(world.registry.listTenantIds({ cursor: ids[0] ?? null, limit: 1e9 })).toEqual({
      ids: ids.slice(1),
      cursor: null,
    });
  });
});

describe("a tenant's status", () => {
  test.each([
    ["suspended", "tenant.suspend"],
    ["deleted", "tenant.delete"],
  ] as const)("changes to %s, which the trail calls %s", async (status, action) => {
    const [tenant] = await newTenants(1);
    const changed = await world.registry.setTenantStatus(tenant?.id ?? "", status, by);
    expect(changed).toEqual({ ok: true, value: { ...tenant, status } });
    expect(world.registry.getTenant(tenant?.id ?? "")).toMatchObject({ status });
    expect(actions()).toEqual(["tenant.create", action]);
  });

  test("that it has already leaves no trace", async () => {
    const [tenant] = await newTenants(1);
    const id = tenant?.id ?? "";
    expect(await world.registry.setTenantStatus(id, "active", by)).toEqual({
      ok: true,
      value: tenant,
    });
    await world.registry.setTenantStatus(id, "suspended", by);
    await world.registry.setTenantStatus(id, "suspended", by);
    await world.registry.setTenantStatus(id, "active", by);
    expect(actions()).toEqual(["tenant.create", "tenant.suspend", "tenant.resume"]);
  });

  test("of an unknown tenant is not found, and nor is a change of one", async () => {
    const notFound = { ok: false, error: "not-found" };
    expect(await world.registry.setTenantStatus("tnt_unknown", "active", by)).toEqual(notFound);
    expect(await world.registry.changeTenant("tnt_unknown", { name: "A" }, by)).toEqual(notFound);
    expect(await world.registry.createKey("tnt_unknown", {}, null, by)).toEqual(notFound);
    expect(world.registry.listKeys("tnt_unknown")).toEqual(notFound);
    expect(actions()).toEqual([]);
  });

  test("of deleted is final, and deleting again changes nothing", async () => {
    const [tenant] = await newTenants(1);
    const id = tenant?.id ?? "";
    await world.registry.setTenantStatus(id, "deleted", by);
    expect(await world.registry.setTenantStatus(id, "deleted", by)).toMatchObject({ ok: true });
    expect(actions()).toEqual(["tenant.create", "tenant.delete"]);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { hashApiKey, parseApiKey } from "../../../core/identity/api-key.ts";
import { defaultScopes } from "../../../core/identity/scopes.ts";
import { limits } from "../../../core/limits.ts";
import { DAY } from "../../../core/magnitudes.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

let world: DirectoryWorld;
let tenant: string;
beforeEach(async () => {
  world = new DirectoryWorld();
  tenant = (await world.newTenant()).id;
});

const newKey = (request?: Parameters<typeof world.newKey>[1]) => world.newKey(tenant, request);
const listed = () => {
  const keys = world.registry.listKeys(tenant);
  if (!keys.ok) throw new Error(keys.error);
  return keys.value;
};
const actions = () =>
  world.registry.trail
    .page(0, 100, tenant)
    .map(({ action }) => action)
    .slice(1);

describe("a new key", () => {
  test("is told once, works at once, and is listed without itself", async () => {
    const created = await newKey({ name: "web" });
    const { key, ...shown } = created;
    expect(parseApiKey(key).ok).toBe(true);
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_/),
      name: "web",
      hint: `ml_live_…${key.slice(-4)}`,
      scopes: defaultScopes,
      createdAt: world.now,
      expiresAt: null,
      revokedAt: null,
    });
    expect(listed()).toEqual([shown]);
    expect(world.registry.identify(hashApiKey(key))).toMatchObject({ tenant, key: shown.id });
    expect(world.registry.identify("0".repeat(64))).toBeNull();
  });

  test("has each scope once", async () => {
    const { scopes } = await newKey({ scopes: ["jobs:read", "jobs:read", "usage:read"] });
    expect(scopes).toEqual(["jobs:read", "usage:read"]);
  });

  test("is refused when the tenant has the most it may have, until one of them is revoked", async () => {
    const first = await newKey();
    for (let count = 1; count < limits.keysPerTenantMax; count++) await newKey();
    const refused = { ok: false, error: "conflict" };
    expect(await world.registry.createKey(tenant, {}, null, by)).toEqual(refused);
    await world.registry.revokeKey(tenant, first.id, by);
    expect(await world.registry.createKey(tenant, {}, null, by)).toMatchObject({ ok: true });
    expect(listed()).toHaveLength(limits.keysPerTenantMax);
    expect(listed().map(({ revokedAt }) => revokedAt)).not.toContain(world.now);
  });
});

describe("keys that were replaced again and again", () => {
  test("hide none that still works, of which as many are made as before", async () => {
    const lasting = await newKey({ name: "lasting" });
    let { id } = await newKey();
    for (let day = 0; day <= limits.keysPerTenantMax; day++) {
      world.now += DAY;
      const made = await world.registry.rotateKey(tenant, id, { overlapSeconds: 1 }, null, by);
      if (!made.ok) throw new Error(made.error);
      id = made.value.id;
    }
    world.now += 1000;
    expect(
      listed()
        .slice(0, 2)
        .map((key) => key.id),
    ).toEqual([id, lasting.id]);
    expect(listed()).toHaveLength(limits.keysPerTenantMax);
    for (let count = 2; count < limits.keysPerTenantMax; count++) await newKey();
    expect(await world.registry.createKey(tenant, {}, null, by)).toMatchObject({
      error: "conflict",
    });
  });
});

describe("an Idempotency-Key", () => {
  const create = (request: object) => world.registry.createKey(tenant, request, "order-1", by);

  test.each([
    ["another name", { name: "b" }],
    ["another end", { name: "a", expiresAt: "2030-01-02T00:00:00.000Z" }],
    ["other scopes", { name: "a", scopes: ["jobs:read"] }],
  ])("belongs to one request: with %s it is refused", async (_, other) => {
    await create({ name: "a" });
    expect(await create(other)).toEqual({ ok: false, error: "reused" });
    expect(await create({ name: "a" })).toMatchObject({ ok: true });
    expect(actions()).toEqual(["key.create"]);
  });
});

describe("a revoked key", () => {
  test("is refused here and by the ledgers when the answer comes, and by KV soon", async () => {
    const { key, id } = await newKey();
    const revoked = await world.registry.revokeKey(tenant, id, by);
    expect(revoked).toMatchObject({ ok: true, value: { id, revokedAt: world.now } });
    expect(world.registry.identify(hashApiKey(key))).toEqual({ revoked: true });
    expect(world.refusedKeys).toEqual([id]);
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(key))).toEqual({ revoked: true });
  });

  test("is revoked once, and told again when it is asked again", async () => {
    const { id } = await newKey();
    const first = await world.registry.revokeKey(tenant, id, by);
    world.now += 1000;
    expect(await world.registry.revokeKey(tenant, id, by)).toEqual(first);
    expect(world.refusedKeys).toEqual([id, id]);
    expect(actions()).toEqual(["key.create", "key.revoke"]);
  });

  test("is not another tenant's to revoke or to replace", async () => {
    const { id } = await newKey();
    const other = (await world.registry.createTenant({ name: "Other" }, by)).id;
    const notFound = { ok: false, error: "not-found" };
    expect(await world.registry.revokeKey(other, id, by)).toEqual(notFound);
    expect(await world.registry.rotateKey(other, id, {}, null, by)).toEqual(notFound);
    expect(listed()).toMatchObject([{ id, revokedAt: null }]);
  });

  test("is listed after those in force, the latest first", async () => {
    const [first, second, third] = [await newKey(), await newKey(), await newKey()];
    await world.registry.revokeKey(tenant, third.id, by);
    expect(listed().map(({ id }) => id)).toEqual([second.id, first.id, third.id]);
  });
});

describe("a key that is replaced", () => {
  test("ends after a day where nothing else was asked", async () => {
    const old = await newKey();
    await world.registry.rotateKey(tenant, old.id, {}, null, by);
    expect(listed().find(({ id }) => id === old.id)).toMatchObject({
      expiresAt: world.now + limits.keyOverlapSecondsDefault * 1000,
    });
    expect(actions()).toEqual(["key.create", "key.create", "key.expire"]);
  });

  test("without a name has a successor without one", async () => {
    const old = await newKey();
    const rotated = await world.registry.rotateKey(tenant, old.id, {}, null, by);
    expect(rotated).toMatchObject({ ok: true, value: { name: null, expiresAt: null } });
  });

  test("is not replaced once it is revoked", async () => {
    const old = await newKey();
    await world.registry.revokeKey(tenant, old.id, by);
    expect(await world.registry.rotateKey(tenant, old.id, {}, null, by)).toEqual({
      ok: false,
      error: "not-found",
    });
  });

  test("stays as it is when its successor is refused, and nothing is left to tell", async () => {
    const old = await newKey();
    for (let count = 1; count < limits.keysPerTenantMax; count++) await newKey();
    await world.ringUntilQuiet();
    expect(await world.registry.rotateKey(tenant, old.id, {}, null, by)).toEqual({
      ok: false,
      error: "conflict",
    });
    expect(listed().every(({ expiresAt }) => expiresAt === null)).toBe(true);
    expect(world.alarmAt).toBeNull();
  });

  test("has the same successor when the request is repeated, and keeps its end", async () => {
    const old = await newKey();
    const rotate = () => world.registry.rotateKey(tenant, old.id, {}, "rotate-1", by);
    const first = await rotate();
    const end = listed().find(({ id }) => id === old.id)?.expiresAt;
    world.now += 1000;
    expect(await rotate()).toEqual(first);
    expect(listed().find(({ id }) => id === old.id)?.expiresAt).toBe(end);
  });

  test("does not end by the Idempotency-Key of another key's replacement, or of one that was made", async () => {
    const [one, other] = [await newKey(), await newKey()];
    await world.registry.rotateKey(tenant, one.id, {}, "rotate-1", by);
    await world.registry.createKey(tenant, {}, "create-1", by);
    for (const repeat of ["rotate-1", "create-1"]) {
      const rotated = await world.registry.rotateKey(tenant, other.id, {}, repeat, by);
      expect(rotated).toEqual({ ok: false, error: "reused" });
    }
    expect(listed().find(({ id }) => id === other.id)).toMatchObject({ expiresAt: null });
  });

  test("is replaced by no key that was made for itself, even if it ends soon anyway", async () => {
    const expiresAt = new Date(world.now + 60_000).toISOString();
    const [one, other] = [await newKey({ expiresAt }), await newKey({ expiresAt })];
    await world.registry.createKey(tenant, {}, "create-1", by);
    await world.registry.rotateKey(tenant, one.id, {}, "rotate-1", by);
    for (const repeat of ["create-1", "rotate-1"]) {
      const rotated = await world.registry.rotateKey(tenant, other.id, {}, repeat, by);
      expect(rotated).toEqual({ ok: false, error: "reused" });
    }
    expect(await world.registry.createKey(tenant, {}, "rotate-1", by)).toEqual({
      ok: false,
      error: "reused",
    });
  });

  test("has the same successor when the request is repeated, where an older version made it", async () => {
    const storage = new SqliteStorage();
    world = new DirectoryWorld(storage);
    tenant = (await world.newTenant()).id;
    const [old, other] = [await newKey(), await newKey()];
    const rotate = (id: string) => world.registry.rotateKey(tenant, id, {}, "rotate-1", by);
    const first = await rotate(old.id);
    const create = () => world.registry.createKey(tenant, { name: "a" }, "create-1", by);
    const made = await create();
    storage.sql.exec(`UPDATE keys SET replaces = NULL`);
    expect(await rotate(old.id)).toEqual(first);
    const end = world.now + limits.keyOverlapSecondsMax * 1000;
    const endAt = (at: number) =>
      storage.sql.exec(`UPDATE keys SET expires_at = ? WHERE id = ?`, at, old.id);
    endAt(end);
    expect(await rotate(old.id)).toEqual(first);
    endAt(end + 1);
    expect(await rotate(old.id)).toEqual({ ok: false, error: "reused" });
    expect(await rotate(other.id)).toEqual({ ok: false, error: "reused" });
    expect(await create()).toEqual(made);
  });

  test("has its new end in KV soon", async () => {
    const old = await newKey();
    await world.ringUntilQuiet();
    const expiresAt = world.now + 60_000;
    await world.registry.rotateKey(tenant, old.id, { overlapSeconds: 60 }, null, by);
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(old.key))).toMatchObject({ expiresAt });
  });
});

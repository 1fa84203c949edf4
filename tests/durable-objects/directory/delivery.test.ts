import { beforeEach, describe, expect, test } from "vitest";
import { parseProfile, profileKey } from "../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../core/delivery/settings.ts";
import { limits } from "../../../core/limits.ts";
import { DirectoryWorld } from "./directory-world.ts";

const by = { actor: "key_1", from: null };
let world: DirectoryWorld;
let tenant: string;
beforeEach(async () => {
  world = new DirectoryWorld();
  tenant = (await world.registry.createTenant({ name: "Acme" }, by)).id;
});

const delivery = () => world.registry.delivery;
const inKv = () => parseProfile(world.kv.get(profileKey(tenant)) ?? "");
const actions = () => world.registry.trail.page(0, 100, tenant).map(({ action }) => action);

describe("a tenant's profile", () => {
  test("is in KV soon after the tenant was made, and after each change", async () => {
    await world.ringUntilQuiet();
    expect(inKv()).toEqual(delivery().profile(tenant));
    expect(inKv()).toMatchObject({ tenant, status: "active", settings: defaultSettings });
    await delivery().change(tenant, { mode: "signed" }, by);
    await world.registry.setTenantStatus(tenant, "suspended", by);
    await world.ringUntilQuiet();
    expect(inKv()).toMatchObject({ status: "suspended", settings: { mode: "signed" } });
    expect(inKv()).toEqual(delivery().profile(tenant));
  });

  test("grows newer with each change, and not without one", async () => {
    const versions = [delivery().profile(tenant)?.version];
    for (const cacheSeconds of [60, 60, 0]) {
      await delivery().change(tenant, { cacheSeconds }, by);
      versions.push(delivery().profile(tenant)?.version);
    }
    expect(versions).toEqual([1, 2, 2, 3]);
    expect(actions()).toEqual(["tenant.create", "delivery.change", "delivery.change"]);
  });

  test("has as many presets as there may be, and a change that would be more is refused", async () => {
    const presets = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, "w=1"]));
    const full = await delivery().change(tenant, { presets: presets(limits.presetsMax) }, by);
    expect(full.ok).toBe(true);
    const more = { presets: presets(limits.presetsMax + 1) };
    expect(await delivery().change(tenant, more, by)).toEqual({ ok: false, error: "conflict" });
  });

  test("of a deleted tenant says so, and can be changed no more", async () => {
    await world.registry.setTenantStatus(tenant, "deleted", by);
    expect(delivery().profile(tenant)).toMatchObject({ status: "deleted" });
    expect(delivery().profile("tnt_unknown")).toBeNull();
    const refused = { ok: false, error: "not-found" };
    expect(delivery().view(tenant)).toEqual(refused);
    expect(await delivery().change(tenant, { mode: "public" }, by)).toEqual(refused);
    expect(await delivery().createKey(tenant, by)).toEqual(refused);
    expect(await delivery().revokeKey(tenant, "sgn_1", by)).toBe(false);
  });

  test("of a tenant from before there was delivery has the defaults", async () => {
    world = DirectoryWorld.before();
    tenant = "tnt_old";
    expect(delivery().view(tenant)).toEqual({
      ok: true,
      value: { settings: defaultSettings, signingKeys: [], hosts: [] },
    });
  });
});

test("an entry of the trail is as long as its change, however much a tenant has set", async () => {
  const presets = Object.fromEntries(
    Array.from({ length: limits.presetsMax }, (_, index) => [`p${index}`, "width=1"]),
  );
  await delivery().change(tenant, { presets, site: "https://www.example.com" }, by);
  await delivery().change(tenant, { presets: { p0: "width=2", p1: null }, mode: "signed" }, by);
  const dialects = { imgix: { tokens: ["a"] } };
  await delivery().change(tenant, { presets: { p1: "width=3" }, dialects }, by);
  await delivery().change(tenant, { dialects: { imgix: { tokens: ["b"] } } }, by);
  const entries = world.registry.trail.page(2, 100, tenant);
  expect(entries.map(({ before, after }) => [before, after])).toEqual([
    [
      { mode: "public", presets: { p0: "width=1", p1: "width=1" } },
      { mode: "signed", presets: { p0: "width=2", p1: null } },
    ],
    [
      { presets: { p1: null }, dialects: {} },
      { presets: { p1: "width=3" }, dialects: { imgix: { keys: 1 } } },
    ],
    [{ dialects: { imgix: { keys: 1 } } }, { dialects: { imgix: { keys: 1 } } }],
  ]);
});

test("the trail says of each change of delivery what was before and after", async () => {
  await delivery().change(tenant, { cacheSeconds: 60 }, by);
  const key = await delivery().createKey(tenant, by);
  if (!key.ok) throw new Error(key.error);
  await delivery().revokeKey(tenant, key.value.id, by);
  await delivery().hosts.set(tenant, "acme", by);
  await delivery().hosts.remove(tenant, "acme", by);
  const { id } = key.value;
  const changes = world.registry.trail.page(1, 100, tenant);
  expect(changes.map(({ before, after }) => ({ before, after }))).toMatchObject([
    { before: { cacheSeconds: defaultSettings.cacheSeconds }, after: { cacheSeconds: 60 } },
    { before: null, after: { id } },
    { before: { id }, after: null },
    { before: null, after: { name: "acme" } },
    { before: { name: "acme" }, after: null },
  ]);
});

describe("signing keys", () => {
  test("two are live; the secret is in the profile, and neither in the view nor in the trail", async () => {
    const [first, second] = [
      await delivery().createKey(tenant, by),
      await delivery().createKey(tenant, by),
    ];
    if (!first.ok || !second.ok) throw new Error("no key");
    expect(first.value.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await delivery().createKey(tenant, by)).toEqual({ ok: false, error: "conflict" });
    expect(delivery().profile(tenant)?.signingKeys).toEqual([first.value, second.value]);
    const shown = JSON.stringify([
      delivery().view(tenant),
      world.registry.trail.page(0, 100, null),
    ]);
    expect(shown).toContain(first.value.id);
    expect(shown).not.toContain(first.value.secret);
    const view = delivery().view(tenant);
    expect(view.ok && view.value.signingKeys).toEqual(
      [first.value, second.value].map(({ id, createdAt }) => ({ id, createdAt })),
    );

    expect(await delivery().revokeKey(tenant, first.value.id, by)).toBe(true);
    expect(await delivery().revokeKey(tenant, first.value.id, by)).toBe(false);
    expect(delivery().profile(tenant)?.signingKeys).toEqual([second.value]);
    expect((await delivery().createKey(tenant, by)).ok).toBe(true);
    await world.ringUntilQuiet();
    expect(inKv()?.signingKeys).toHaveLength(2);
  });
});

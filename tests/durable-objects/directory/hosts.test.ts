import { beforeEach, expect, test } from "vitest";
import { hostKey, parseHost } from "../../../core/delivery/hosts/host-name.ts";
import { limits } from "../../../core/limits.ts";
import { DirectoryWorld } from "./directory-world.ts";

const by = { actor: "opr_1", from: null };
let world: DirectoryWorld;
let [one, other]: string[] = [];
beforeEach(async () => {
  world = new DirectoryWorld();
  one = (await world.registry.createTenant({ name: "One" }, by)).id;
  other = (await world.registry.createTenant({ name: "Other" }, by)).id;
});

const hosts = () => world.registry.delivery.hosts;
const inKv = (name: string) => parseHost(world.kv.get(hostKey(name)) ?? "");
const set = (tenant = "", name = "shop") => hosts().set(tenant, name, by);
const conflict = { ok: false, error: "conflict" };

test("a name is one tenant's at a time, in KV too", async () => {
  expect(await set(one)).toEqual({ ok: true, value: true });
  expect(await set(other)).toEqual(conflict);
  await world.ringUntilQuiet();
  expect(inKv("shop")).toEqual(hosts().find("shop"));
  expect(inKv("shop")?.tenant).toBe(one);
  expect(await hosts().remove(other ?? "", "shop", by)).toBe(false);
  expect(await hosts().remove(one ?? "", "shop", by)).toBe(true);
  expect(await hosts().remove(one ?? "", "shop", by)).toBe(false);
  await world.ringUntilQuiet();
  expect(inKv("shop")?.tenant).toBeNull();
  await set(other);
  await world.ringUntilQuiet();
  expect(inKv("shop")?.tenant).toBe(other);
});

test("each change makes a name newer, and giving it again changes nothing", async () => {
  const versions = [];
  for (const change of [
    () => set(one),
    () => set(one),
    () => hosts().remove(one ?? "", "shop", by),
    () => set(other),
  ]) {
    expect(await change()).not.toEqual(conflict);
    versions.push(hosts().find("shop")?.version);
  }
  expect(versions).toEqual([3, 3, 4, 5]);
  expect(
    world.registry.trail.page(2, 10, null).map(({ action, tenant }) => [action, tenant]),
  ).toEqual([
    ["delivery.host.set", one],
    ["delivery.host.remove", one],
    ["delivery.host.set", other],
  ]);
});

test("a name that KV did not take is told again", async () => {
  world.kvDown = true;
  await set(one);
  await world.ring();
  expect([inKv("shop"), world.logged.includes("host-not-published")]).toEqual([null, true]);
  world.kvDown = false;
  await world.ringUntilQuiet();
  expect(inKv("shop")?.tenant).toBe(one);
});

test("a tenant sees its names, and has no more than it may", async () => {
  const names = Array.from({ length: limits.hostsPerTenantMax }, (_, index) => `shop${index + 10}`);
  for (const name of names) expect((await set(one, name)).ok).toBe(true);
  expect(await set(one, "more")).toEqual(conflict);
  const view = world.registry.delivery.view(one ?? "");
  expect(view.ok && view.value.hosts).toEqual(names);
  expect((await set(other, "more")).ok).toBe(true);
  await world.registry.setTenantStatus(other ?? "", "deleted", by);
  expect(await set(other, "again")).toEqual({ ok: false, error: "not-found" });
  expect(await set("tnt_unknown", "again")).toEqual({ ok: false, error: "not-found" });
});

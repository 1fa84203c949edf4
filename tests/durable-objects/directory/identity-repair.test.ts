import { beforeEach, describe, expect, test } from "vitest";
import { hostKey } from "../../../core/delivery/hosts/host-name.ts";
import { profileKey } from "../../../core/delivery/profile.ts";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import { standingKey } from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

let world: DirectoryWorld;

beforeEach(() => {
  world = new DirectoryWorld();
});

describe("the repair of KV", () => {
  test("finds what was lost and what is older, and has both published again", async () => {
    const { id } = await world.newTenant();
    const [lost, stale, right] = [
      await world.newKey(id),
      await world.newKey(id),
      await world.newKey(id),
    ];
    await world.ringUntilQuiet();
    const older = world.kv.get(standingKey(hashApiKey(stale.key)))!;
    await world.registry.revokeKey(id, stale.id, by);
    await world.ringUntilQuiet();
    world.kv.delete(standingKey(hashApiKey(lost.key)));
    world.kv.set(standingKey(hashApiKey(stale.key)), older);
    // The keys, and how the tenant's pictures are delivered.
    expect(await world.registry.repairIdentities(null)).toEqual({
      checked: 4,
      differing: 2,
      cursor: null,
    });
    await world.ringUntilQuiet();
    expect(world.inKv(hashApiKey(stale.key))).toEqual({ revoked: true });
    expect(world.inKv(hashApiKey(lost.key))).toMatchObject({ key: lost.id });
    expect(world.inKv(hashApiKey(right.key))).toMatchObject({ key: right.id });
    expect(await world.registry.repairIdentities(null)).toMatchObject({ differing: 0 });
  });

  test("finds profiles and hosts that were lost, are older or cannot be read", async () => {
    const [lost, stale, right] = [
      await world.newTenant(),
      await world.newTenant(),
      await world.newTenant(),
    ];
    const { delivery } = world.registry;
    await delivery.hosts.set(lost.id, "lost", by);
    await delivery.hosts.set(stale.id, "shop.example", by);
    await delivery.hosts.set(right.id, "right", by);
    await world.ringUntilQuiet();
    const older = world.kv.get(profileKey(stale.id))!;
    await delivery.change(stale.id, { cacheSeconds: 7 }, by);
    await world.ringUntilQuiet();
    const before = new Map(world.kv);
    world.kv.delete(profileKey(lost.id));
    world.kv.set(profileKey(stale.id), older);
    world.kv.delete(hostKey("lost"));
    world.kv.set(hostKey("shop.example"), "[]");
    expect(await world.registry.repairIdentities(null)).toEqual({
      checked: 6,
      differing: 4,
      cursor: null,
    });
    await world.ringUntilQuiet();
    expect(world.kv).toEqual(before);
    expect(await world.registry.repairIdentities(null)).toMatchObject({ differing: 0 });
  });

  test("goes from one kind to the next, and page by page through each, whether it differs or not", async () => {
    const { id } = await world.newTenant();
    for (let key = 0; key < 90; key++) await world.newKey(id);
    for (let count = 0; count < 210; count++) {
      const tenant = await world.newTenant();
      await world.registry.delivery.hosts.set(tenant.id, `host-${count}`, by);
    }
    await world.ringUntilQuiet();
    const pages = async () => {
      let cursor: string | null = null;
      const found: string[] = [];
      for (let page = 0; page === 0 || (cursor !== null && page < 9); page++) {
        const { checked, differing, ...rest } = await world.registry.repairIdentities(cursor);
        found.push(`${differing} of ${checked}`);
        cursor = rest.cursor;
        // The API's cursors have no more room.
        expect(cursor ?? "").toMatch(/^\w{0,64}$/);
      }
      return found;
    };
    expect(await pages()).toEqual([...Array<string>(5).fill("0 of 100"), "0 of 11"]);
    world.kv.clear();
    expect(await pages()).toEqual([...Array<string>(5).fill("100 of 100"), "11 of 11"]);
    await world.ringUntilQuiet();
    expect(world.kv.size).toBe(90 + 211 + 210);
  });

  test("goes through all keys page by page", async () => {
    for (let count = 0; count < 2; count++) {
      const { id } = await world.newTenant();
      for (let key = 0; key < 60; key++) await world.newKey(id);
    }
    await world.ringUntilQuiet();
    const first = await world.registry.repairIdentities(null);
    expect(first).toMatchObject({ checked: limits.repairPageMax, differing: 0 });
    expect(first.cursor).toMatch(/^[0-9a-f]{64}$/);
    expect(await world.registry.repairIdentities(first.cursor)).toEqual({
      checked: 120 - limits.repairPageMax + 2,
      differing: 0,
      cursor: null,
    });
  });
});

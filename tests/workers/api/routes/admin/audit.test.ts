import { expect, test, vi } from "vitest";
import { limits } from "../../../../../core/limits.ts";
import { ApiWorld, refusal } from "../api-world.ts";

interface Entry {
  readonly number: number;
  readonly hash: string;
  readonly previous: string;
  readonly tenant: string | null;
}

test("the trail is read a page at a time, in its order, as one chain", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["keys:admin"]);
  const entries: Entry[] = [];
  for (let cursor: string | null = null, pages = 0; pages < 5; pages++) {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const { body } = await owner.get(`/admin/v1/audit?limit=2${query}`);
    entries.push(...body.entries);
    cursor = body.cursor;
    if (cursor === null) break;
  }
  expect(entries.map(({ number }) => number)).toEqual([1, 2, 3]);
  for (const [index, { previous }] of entries.slice(1).entries()) {
    expect(previous).toBe(entries[index]?.hash);
  }
  expect(entries.map((entry) => entry.tenant)).toEqual([null, tenant, tenant]);
  expect(refusal(await owner.get("/admin/v1/audit?cursor=!"))).toBe("400 invalid-option cursor");
});

test("a tenant reads its own entries, with the moment of each, and nobody else's", async () => {
  const world = new ApiWorld();
  await world.operator("owner");
  await world.tenant(["jobs:read"]);
  const mine = await world.tenant(["keys:admin"]);
  const { body } = await mine.get("/v1/audit");
  expect(body.entries.map((entry: Entry) => entry.tenant)).toEqual([mine.tenant, mine.tenant]);
  expect(body.entries[0]).toMatchObject({
    ...{ action: "tenant.create", at: new Date(world.directory.now).toISOString() },
  });
  expect(body.cursor).toBeNull();
  expect(refusal(await mine.get("/v1/audit?limit=x"))).toBe("400 invalid-option limit");
});

test("KV is compared with the Directory and mended, from the cursor on", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  await world.tenant(["jobs:read"]);
  await world.directory.ringUntilQuiet();
  const path = "/admin/v1/identity/repair";
  const whole = await owner.ask("POST", path);
  expect(whole).toMatchObject({ status: 200, body: { checked: 2, differing: 0, cursor: null } });
  world.directory.kv.clear();
  const lost = await owner.ask("POST", path);
  expect(lost.body).toMatchObject({ checked: 2, differing: 2 });
  await world.directory.ringUntilQuiet();
  // Past the last key there are profiles, and past the last host nothing.
  const profiles = await owner.ask("POST", `${path}?cursor=hash_${"f".repeat(64)}`);
  expect(profiles.body).toEqual({ checked: 1, differing: 0, cursor: null });
  const beyond = await owner.ask("POST", `${path}?cursor=hash_host_9999`);
  expect(beyond.body).toEqual({ checked: 0, differing: 0, cursor: null });
  // The answer's cursor is what goes on behind a hash.
  const repair = vi.spyOn(world.directory.registry, "repairIdentities");
  repair.mockResolvedValue({ checked: 1, differing: 0, cursor: "ab" });
  const page = await owner.ask("POST", `${path}?cursor=hash_aa`);
  expect([page.body.cursor, repair.mock.calls]).toEqual(["hash_ab", [["aa"]]]);
  expect(refusal(await owner.ask("POST", `${path}?cursor=!`))).toBe("400 invalid-option cursor");
});

test("a tenant's page has few entries, of which each may be long, and the next ones follow", async () => {
  const world = new ApiWorld();
  const mine = await world.tenant(["keys:admin"]);
  const count = limits.pageSizeDefault + 5;
  for (let made = 2; made < count; made++) await world.keyOf(mine.tenant, ["jobs:read"]);
  const first = (await mine.get("/v1/audit?limit=100")).body;
  expect(first.entries).toHaveLength(limits.pageSizeDefault);
  const second = (await mine.get(`/v1/audit?limit=100&cursor=${first.cursor}`)).body;
  expect([second.entries.length, second.cursor]).toEqual([5, null]);
});

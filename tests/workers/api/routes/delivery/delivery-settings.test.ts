import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../../../core/limits.ts";
import { err } from "../../../../../core/result.ts";
import { ApiWorld, byTest, refusal } from "../api-world.ts";

const path = "/v1/delivery";
const keys = `${path}/signing-keys`;
afterEach(() => void vi.useRealTimers());

test("a tenant changes what it names of its settings, and the rest stays", async () => {
  const world = new ApiWorld();
  world.env = { API_HOSTS: "minilab.test", TENANT_DOMAIN: "img.example" };
  const caller = await world.tenant(["keys:admin"]);
  const before = await caller.get(path);
  expect(before).toMatchObject({
    ...{ status: 200, body: { mode: "public", presets: {}, signingKeys: [], hosts: [] } },
  });
  const change = { mode: "presets", presets: { card: "width=10" } };
  const changed = await caller.ask("PATCH", path, change);
  expect(changed).toMatchObject({ status: 200, body: { ...before.body, ...change } });
  await caller.ask("PATCH", path, { presets: { card: null, tile: "width=20" } });
  await world.directory.registry.delivery.hosts.set(caller.tenant, "shop", byTest);
  expect((await caller.get(path)).body).toMatchObject({
    ...{ mode: "presets", presets: { tile: "width=20" }, hosts: ["shop.img.example"] },
  });
  const removed = await caller.ask("PATCH", path, { presets: { tile: null } });
  expect(removed.body).toMatchObject({ presets: {}, hosts: ["shop.img.example"] });
});

test("a change that is none is refused by its field, and too many presets are a conflict", async () => {
  const caller = await new ApiWorld().tenant(["keys:admin"]);
  const strange = await caller.ask("PATCH", path, { mode: "secret" });
  expect(refusal(strange)).toBe("400 bad-request");
  expect(strange.body.detail).toContain("mode");
  const many = Array.from({ length: limits.presetsMax + 1 }, (_, at) => [`p${at}`, "width=1"]);
  const halves = [many.slice(0, limits.presetsMax / 2), many.slice(limits.presetsMax / 2)];
  const answers = [];
  for (const half of halves)
    answers.push(await caller.ask("PATCH", path, { presets: Object.fromEntries(half) }));
  expect(answers.map(({ status }) => status)).toEqual([200, 409]);
});

test("as many sources and origins as may be, each as long as may be, fit in one change", async () => {
  const caller = await new ApiWorld().tenant(["keys:admin"]);
  const long = (count: number, tail: string) =>
    Array.from({ length: count }, (_, at) => {
      const start = `https://p${at}.`;
      const labels = "abcdefghi.".repeat(30);
      return `${start}${labels.slice(0, 200 - start.length)}example.com${tail}`;
    });
  const sources = long(limits.deliverySourcesMax, `/${"p".repeat(80)}`);
  const origins = long(limits.deliveryOriginsMax, "");
  const changed = await caller.ask("PATCH", path, { sources, origins });
  expect([changed.status, changed.body]).toMatchObject([200, { sources, origins }]);
});

test("who changes settings or makes keys without end is told to wait, since one object keeps those of all tenants", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const caller = await new ApiWorld().tenant(["keys:admin"]);
  const change = (second: number) => caller.ask("PATCH", path, { cacheSeconds: second });
  for (let at = 1; at < limits.changesAtOnceMax; at++) expect((await change(at)).status).toBe(200);
  expect((await caller.ask("POST", keys)).status).toBe(201);
  expect(refusal(await change(0))).toBe("429 rate-limited");
  expect(refusal(await caller.ask("POST", keys))).toBe("429 rate-limited");
  expect(refusal(await caller.ask("POST", "/v1/keys", {}))).toBe("429 rate-limited");
  const rotated = await caller.ask("POST", `/v1/keys/${caller.id}/rotate`, {});
  expect(refusal(rotated)).toBe("429 rate-limited");
  // Whoever has lost a key can end it all the same.
  expect((await caller.get(path)).status).toBe(200);
  expect((await caller.ask("DELETE", `/v1/keys/${caller.id}`)).status).toBe(200);
});

test("who looks at settings, keys or the trail without end is told to wait: the same object answers for all tenants", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const world = new ApiWorld();
  const [caller, other] = [await world.tenant(["keys:admin"]), await world.tenant(["keys:admin"])];
  const looks = [path, "/v1/keys", "/v1/audit"] as const;
  for (let at = 0; at < limits.changesAtOnceMax; at++) {
    expect((await caller.get(looks[at % looks.length] ?? path)).status).toBe(200);
  }
  for (const look of looks) expect(refusal(await caller.get(look))).toBe("429 rate-limited");
  expect((await other.get(path)).status).toBe(200);
  expect((await caller.ask("DELETE", `/v1/keys/${caller.id}`)).status).toBe(200);
});

test("who revokes keys without end is told to wait, and no other call counts as that", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const caller = await new ApiWorld().tenant(["keys:admin"]);
  const revoke = () => caller.ask("DELETE", `${keys}/sgn_${"0".repeat(16)}`);
  for (let at = 0; at < limits.changesAtOnceMax; at++) expect((await revoke()).status).toBe(404);
  expect(refusal(await revoke())).toBe("429 rate-limited");
  expect(refusal(await caller.ask("DELETE", "/v1/keys/key_x"))).toBe("429 rate-limited");
  vi.setSystemTime(Date.now() + 1000);
  expect((await revoke()).status).toBe(404);
});

test("signing keys are made, shown without their secrets, and deleted; few may be live", async () => {
  const world = new ApiWorld();
  const caller = await world.tenant(["keys:admin"]);
  const made = await caller.ask("POST", keys);
  expect(made.status).toBe(201);
  const { secret, ...shown } = made.body;
  expect(shown.createdAt).toBe(new Date(world.directory.now).toISOString());
  const settings = await caller.get(path);
  expect(settings.body.signingKeys).toEqual([shown]);
  expect(JSON.stringify(settings.body)).not.toContain(secret);

  for (let live = 1; live < limits.signingKeysMax; live++) await caller.ask("POST", keys);
  expect(refusal(await caller.ask("POST", keys))).toBe("409 conflict");
  const deleted = await caller.ask("DELETE", `${keys}/${shown.id}`);
  expect([deleted.status, deleted.body]).toEqual([204, ""]);
  expect(refusal(await caller.ask("DELETE", `${keys}/${shown.id}`))).toBe("404 not-found");
  expect((await caller.get(path)).body.signingKeys).toHaveLength(limits.signingKeysMax - 1);
});

test("a tenant that is deleted meanwhile has no settings and gets no signing key", async () => {
  const world = new ApiWorld();
  const caller = await world.tenant(["keys:admin"]);
  const { delivery } = world.directory.registry;
  vi.spyOn(delivery, "view").mockReturnValue(err("not-found"));
  vi.spyOn(delivery, "change").mockResolvedValue(err("not-found"));
  vi.spyOn(delivery, "createKey").mockResolvedValue(err("not-found"));
  for (const answer of [
    await caller.get(path),
    await caller.ask("PATCH", path, { cacheSeconds: 60 }),
    await caller.ask("POST", keys),
  ]) {
    expect(refusal(answer)).toBe("404 not-found");
  }
});

test("what a key changes stands in the tenant's trail in the key's name", async () => {
  const world = new ApiWorld();
  const caller = await world.tenant(["keys:admin"]);
  await caller.ask("PATCH", path, { cacheSeconds: 60 }, { "CF-Connecting-IP": "192.0.2.7" });
  const made = await caller.ask("POST", keys);
  await caller.ask("DELETE", `${keys}/${made.body.id}`);
  const { body } = await caller.get("/v1/audit");
  const own = body.entries.filter(({ actor }: { actor: string }) => actor === caller.id);
  expect(own).toHaveLength(3);
  expect(own[0]).toMatchObject({ from: "192.0.2.7" });
  expect(JSON.stringify(body)).not.toContain(made.body.secret);
});

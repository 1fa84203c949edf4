import { expect, test } from "vitest";
import { ApiWorld, refusal } from "./api-world.ts";

test("a key with keys:admin makes, lists, replaces and revokes keys of its own tenant, in its name", async () => {
  const world = new ApiWorld();
  const other = await world.tenant(["keys:admin"]);
  const caller = await world.tenant(["keys:admin"]);
  const made = await caller.ask("POST", "/v1/keys", { name: "Mine" });
  expect(made).toMatchObject({ status: 201, body: { name: "Mine" } });
  const { key: _key, ...shown } = made.body;
  expect((await caller.get("/v1/keys")).body.keys).toContainEqual(shown);

  const headers = { "CF-Connecting-IP": "192.0.2.7" };
  const rotate = `/v1/keys/${shown.id}/rotate`;
  const replaced = await caller.ask("POST", rotate, { overlapSeconds: 60 }, headers);
  expect(replaced).toMatchObject({ status: 201, body: { name: "Mine" } });
  const old = (await caller.get("/v1/keys")).body.keys.find(
    ({ id }: { id: string }) => id === shown.id,
  );
  expect(old.expiresAt).toBe(new Date(world.directory.now + 60_000).toISOString());
  const revoked = await caller.ask("DELETE", `/v1/keys/${replaced.body.id}`);
  expect(revoked).toMatchObject({ status: 200, body: { id: replaced.body.id } });
  expect(revoked.body.revokedAt).not.toBeNull();

  expect(refusal(await caller.get("/v1/audit?limit=0"))).toBe("400 invalid-option limit");
  const { entries } = (await caller.get("/v1/audit")).body;
  const own = entries.filter(({ actor }: { actor: string }) => actor === caller.id);
  expect(own.map(({ action }: { action: string }) => action)).toEqual([
    ...["key.create", "key.create", "key.expire", "key.revoke"],
  ]);
  expect(own[1]).toMatchObject({ from: "192.0.2.7" });

  // Another tenant sees none of them and can end none.
  expect((await other.get("/v1/keys")).body.keys).toHaveLength(1);
  for (const answer of [
    await other.ask("DELETE", `/v1/keys/${shown.id}`),
    await other.ask("POST", rotate),
  ]) {
    expect(refusal(answer)).toBe("404 not-found");
  }
});

test.each([
  ["GET", "/v1/keys"],
  ["POST", "/v1/keys"],
  ["DELETE", "/v1/keys/key_x"],
  ["POST", "/v1/keys/key_x/rotate"],
  ["GET", "/v1/audit"],
  ["GET", "/v1/delivery"],
  ["PATCH", "/v1/delivery"],
  ["POST", "/v1/delivery/signing-keys"],
  ["DELETE", "/v1/delivery/signing-keys/sgn_x"],
] as const)("%s %s needs a key with keys:admin", async (method, path) => {
  const caller = await new ApiWorld().tenant(["jobs:write", "jobs:read", "usage:read"]);
  expect(refusal(await caller.ask(method, path))).toBe("403 scope-missing");
});

test("a repeat under its Idempotency-Key gets the same key", async () => {
  const caller = await new ApiWorld().tenant(["keys:admin"]);
  const headers = { "Idempotency-Key": "once" };
  const first = await caller.ask("POST", "/v1/keys", {}, headers);
  expect((await caller.ask("POST", "/v1/keys", {}, headers)).body).toEqual(first.body);
});

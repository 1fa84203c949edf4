import { expect, test } from "vitest";
import { limits } from "../../../../../core/limits.ts";
import { ApiWorld, refusal } from "../api-world.ts";

test("an operator makes, lists, replaces and revokes a tenant's keys", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["jobs:read"]);
  const path = `/admin/v1/tenants/${tenant}/keys`;
  const expiresAt = new Date(world.directory.now + 1000).toISOString();
  const made = await owner.ask("POST", path, { name: "CI", scopes: ["usage:read"], expiresAt });
  expect(made).toMatchObject({
    status: 201,
    body: { name: "CI", scopes: ["usage:read"], expiresAt, revokedAt: null },
  });
  const { key, id, ...rest } = made.body;
  expect(key).toMatch(/^ml_live_/);

  const listed = await owner.get(path);
  expect(listed.body.keys).toHaveLength(2);
  expect(listed.body.keys).toContainEqual({ id, ...rest });
  expect(JSON.stringify(listed.body)).not.toContain(key);

  const rotated = await owner.ask("POST", `${path}/${id}/rotate`, { overlapSeconds: 0 });
  expect(rotated).toMatchObject({ status: 201, body: { name: "CI", scopes: ["usage:read"] } });
  expect(rotated.body.key).not.toBe(key);
  const revoked = await owner.ask("DELETE", `${path}/${rotated.body.id}`);
  expect(revoked).toMatchObject({
    status: 200,
    body: { id: rotated.body.id, revokedAt: new Date(world.directory.now).toISOString() },
  });
});

test("a repeat under its Idempotency-Key gets the same key, and another request is refused", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["jobs:read"]);
  const path = `/admin/v1/tenants/${tenant}/keys`;
  const headers = { "Idempotency-Key": "once" };
  const first = await owner.ask("POST", path, { name: "CI" }, headers);
  expect((await owner.ask("POST", path, { name: "CI" }, headers)).body).toEqual(first.body);
  const other = await owner.ask("POST", path, { name: "Else" }, headers);
  expect(refusal(other)).toBe("422 idempotency-key-reused");

  const again = { "Idempotency-Key": "twice" };
  const rotate = `${path}/${first.body.id}/rotate`;
  const replaced = await owner.ask("POST", rotate, {}, again);
  expect((await owner.ask("POST", rotate, {}, again)).body.key).toBe(replaced.body.key);
});

test("an Idempotency-Key or a body that is none is refused before a key is made", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant, id } = await world.tenant(["jobs:read"]);
  const path = `/admin/v1/tenants/${tenant}/keys`;
  for (const url of [path, `${path}/${id}/rotate`]) {
    const unprintable = await owner.ask("POST", url, {}, { "Idempotency-Key": "ü" });
    expect(refusal(unprintable)).toBe("400 invalid-idempotency-key");
    const strange = await owner.ask("POST", url, { scopes: 1 });
    expect(refusal(strange)).toBe("400 bad-request");
  }
  expect((await owner.get(path)).body.keys).toHaveLength(1);
});

test("a tenant has as many keys as it may have, and no more", async () => {
  const world = new ApiWorld();
  const owner = await world.operator("owner");
  const { tenant } = await world.tenant(["jobs:read"]);
  for (let keys = 1; keys < limits.keysPerTenantMax; keys++) {
    await world.keyOf(tenant, ["jobs:read"]);
  }
  const more = await owner.ask("POST", `/admin/v1/tenants/${tenant}/keys`);
  expect(refusal(more)).toBe("409 conflict");
  expect(more.body.detail).toContain(`${limits.keysPerTenantMax} active keys`);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import {
  adminToken,
  answer,
  createKey,
  createTenant,
  jsonBody,
  startService,
  type Service,
} from "./service.ts";

interface KeyDocument {
  readonly id: string;
  readonly name: string | null;
  readonly hint: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

const bearer = (key: string) => ({ headers: { Authorization: `Bearer ${key}` } });

describe("tenants and keys", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ consumer: false });
  });
  afterAll(() => service.close());

  const keysOf = async (tenant: string) =>
    (await answer<{ keys: KeyDocument[] }>(service.admin(`/admin/v1/tenants/${tenant}/keys`), 200))
      .keys;
  const revoke = (tenant: string, key: string) =>
    service.admin(`/admin/v1/tenants/${tenant}/keys/${key}`, { method: "DELETE" });

  test("a new key works with the very next request, every time", async () => {
    const { id } = await createTenant(service);
    for (let count = 0; count < 20; count++) {
      const { key } = await createKey(service, id);
      expect((await service.fetch("/v1/jobs", bearer(key))).status).toBe(200);
    }
  });

  test("a key is shown once: lists tell keys apart and give none away", async () => {
    const tenant = await createTenant(service);
    const path = `/admin/v1/tenants/${tenant.id}/keys`;
    const named = await answer<KeyDocument & { key: string }>(
      service.admin(path, jsonBody({ name: "Shop" })),
      201,
    );
    const keys = await keysOf(tenant.id);
    expect(keys.map(({ id, name }) => [id, name])).toEqual([
      [named.id, "Shop"],
      [tenant.keyId, null],
    ]);
    for (const key of [named.key, tenant.key]) expect(JSON.stringify(keys)).not.toContain(key);
    expect(keys[0]).toEqual({
      id: named.id,
      name: "Shop",
      hint: `ml_live_…${named.key.slice(-4)}`,
      scopes: ["jobs:write", "jobs:read", "usage:read"],
      createdAt: named.createdAt,
      expiresAt: null,
      revokedAt: null,
    });
  });

  test("a key or token is stored nowhere: no row of an object has it, nor KV, nor the log", async () => {
    const tenant = await createTenant(service);
    await answer(tenant.send("?width=9", headerOnlyPng(8, 8)), 202);
    await tenant.send(`?width=${tenant.key}`, headerOnlyPng(8, 8));
    await service.fetch(`/t/${tenant.id}/image/width=9/https://u:${tenant.key}@example.com/a.jpg`);
    const storage = await service.objects.getDurableObjectStorage("Directory", {
      name: "directory",
    });
    const ledger = await service.objects.getDurableObjectStorage("TenantLedger", {
      name: tenant.ledger,
    });
    const stored = [
      await storage.exec("SELECT * FROM keys"),
      await storage.exec("SELECT * FROM audit"),
      await storage.exec("SELECT * FROM operators"),
      await ledger.exec("SELECT * FROM jobs"),
    ];
    const { IDENTITY } = await service.api.getEnv();
    const { keys } = await IDENTITY.list();
    const published = await Promise.all(
      keys.map(async ({ name }) => [name, await IDENTITY.get(name)]),
    );
    const everything = JSON.stringify([stored, published, service.logs()]);
    expect(everything).toContain(tenant.keyId);
    for (const secret of [tenant.key, await service.ownerToken(), adminToken]) {
      expect(everything).not.toContain(secret.slice("ml_live_".length, -6));
    }
  });

  test("revoking a key ends it alone, and ending it again changes nothing", async () => {
    const tenant = await createTenant(service);
    const other = await createKey(service, tenant.id);
    const first = await answer<KeyDocument>(revoke(tenant.id, tenant.keyId), 200);
    expect(first.revokedAt).not.toBeNull();
    expect(await answer(revoke(tenant.id, tenant.keyId), 200)).toEqual(first);
    expect((await keysOf(tenant.id)).map(({ id, revokedAt }) => [id, revokedAt])).toEqual([
      [other.id, null],
      [tenant.keyId, first.revokedAt],
    ]);
    await answer(service.fetch("/v1/jobs", bearer(other.key)), 200);
  });

  test("a key belongs to its tenant, also for the admin", async () => {
    const [one, two] = [await createTenant(service), await createTenant(service)];
    await expectProblem(revoke(two.id, one.keyId), "not-found");
    await expectProblem(revoke(one.id, "key_unknown"), "not-found");
    await expectProblem(service.admin("/admin/v1/tenants/tnt_unknown/keys"), "not-found");
    await expectProblem(
      service.admin("/admin/v1/tenants/tnt_unknown/keys", jsonBody({})),
      "not-found",
    );
    await answer(one.fetch("/v1/jobs"), 200);
  });

  test("a tenant is made with the limits it was given, and those left out have their defaults", async () => {
    const limits = { requestsPerSecond: 5, jobsPerMonth: 1000 };
    const tenant = await answer<{ limits: object }>(
      service.admin("/admin/v1/tenants", jsonBody({ name: "  A shop ", limits })),
      201,
    );
    expect(tenant).toMatchObject({
      name: "A shop",
      limits: {
        requestsPerSecond: 5,
        burst: 10,
        jobsPerMonth: 1000,
        computeUnitsPerMonth: null,
        jobsInFlight: 1000,
      },
    });
  });

  test.each([
    ["no token", undefined],
    ["an empty token", "Bearer "],
    ["another scheme", "Basic YWRtaW46YWRtaW4="],
    ["a wrong token", `Bearer ${"0".repeat(40)}`],
  ])("the admin's doors stay shut to %s", async (_, authorization) => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization };
    await expectProblem(service.fetch("/admin/v1/tenants", { headers }), "admin-only");
    await expectProblem(
      service.fetch("/admin/v1/roll-up", { method: "POST", headers }),
      "admin-only",
    );
  });
});

test("a service whose ADMIN_TOKEN is a placeholder answers nothing but that", async () => {
  const placeholder = "change-me-change-me-change-me-change-me";
  const service = await startService({ consumer: false, adminToken: placeholder });
  try {
    for (const path of ["/healthz", "/v1/jobs", "/openapi.json", "/nowhere"]) {
      const response = service.fetch(path, { method: "POST", body: "x".repeat(100_000) });
      const { detail } = await expectProblem(response, "misconfigured");
      expect(detail).toMatch(/^ADMIN_TOKEN looks like a placeholder/);
      expect(detail).not.toContain(placeholder);
    }
  } finally {
    await service.close();
  }
});

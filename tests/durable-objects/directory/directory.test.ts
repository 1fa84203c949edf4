import { createTestHarness } from "wrangler";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { hashApiKey, parseApiKey } from "../../../core/identity/api-key.ts";
import { parseStanding, standingKey, type KeyStanding } from "../../../core/identity/standing.ts";
import type { CreatedKey, Key } from "../../../core/identity/key.ts";
import type { CreateTenant, Tenant } from "../../../core/identity/tenant.ts";
import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import { ledgersOf } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import type { DirectoryStub } from "./directory-stub.ts";
import { oneRegion } from "../../one-region.ts";

/** The Directory on the real runtime: SQLite, alarm and KV are real, faults and ledgers are the test's. */
const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "directory-test",
        main: new URL("directory-worker.ts", import.meta.url).pathname,
        compatibility_date: "2026-10-23",
        vars: { FLEET: oneRegion() },
        kv_namespaces: [{ binding: "IDENTITY" }],
        r2_buckets: [{ binding: "BOOKS", bucket_name: "directory-test-books" }],
        durable_objects: {
          bindings: [
            { name: "DIRECTORY", class_name: "FaultyDirectory" },
            { name: "LEDGER", class_name: "ListeningLedger" },
          ],
        },
        migrations: [{ tag: "v1", new_sqlite_classes: ["FaultyDirectory", "ListeningLedger"] }],
      },
    },
  ],
});

const by = { actor: "opr_test", from: null };

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let env: TestEnv;
let directory: DirectoryStub;

beforeAll(async () => {
  await harness.listen();
  env = await harness.getWorker<TestEnv>().getEnv();
  directory = env.DIRECTORY.getByName("directory");
});
afterEach(() => directory.setFaults({ kv: 0, ledger: 0, kvHeld: false }));
afterAll(() => harness.close());

describe("tenants", () => {
  test("are given complete limits and found again", async () => {
    const created = await directory.createTenant({ name: "Acme", limits: { burst: 7 } }, by);
    expect(created).toMatchObject({ name: "Acme", limits: { ...limitsOf("custom"), burst: 7 } });
    expect(await directory.getTenant(created.id)).toEqual(created);
    expect(await directory.getTenant("tnt_nobody")).toBeNull();
  });

  test("are listed page by page, each once, oldest first", async () => {
    const created: Tenant[] = [];
    for (let index = 0; index < 5; index++) {
      created.push(await directory.createTenant({ name: `Tenant ${index}` }, by));
    }
    const pages: Tenant[] = [];
    const ids: string[] = [];
    for (let cursor: string | null = null, first = true; first || cursor; first = false) {
      const page = await directory.listTenants({ cursor, limit: 2 });
      expect(page.tenants.length).toBeLessThanOrEqual(2);
      pages.push(...page.tenants);
      cursor = page.cursor;
    }
    for (let cursor: string | null = null, first = true; first || cursor; first = false) {
      const page = await directory.listTenantIds({ cursor, limit: 2 });
      ids.push(...page.ids);
      cursor = page.cursor;
    }
    expect(pages.slice(-5)).toEqual(created);
    expect(ids).toEqual(pages.map((tenant) => tenant.id));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a new key", () => {
  test("is known at once, and in KV soon after, with its tenant's limits", async () => {
    const { tenant, key } = await newKey({ name: "Acme", limits: { jobsInFlight: 3 } });
    const identity = {
      tenant: tenant.id,
      key: key.id,
      limits: tenant.limits,
      limitsVersion: expect.any(Number) as number,
      scopes: ["jobs:write", "jobs:read", "usage:read"],
      expiresAt: null,
      suspended: false,
      home: null,
      stays: "anywhere",
      shards: [{ shards: 1, since: 0 }],
      version: expect.any(Number) as number,
    };
    expect(await directory.identify(hashApiKey(key.key))).toEqual(identity);
    expect(await published(key)).toEqual(identity);
  });

  test("is told once: neither tables nor KV nor lists hold it", async () => {
    const { tenant, key } = await newKey();
    await published(key);
    expect(parseApiKey(key.key).ok).toBe(true);
    const listed = await directory.listKeys(tenant.id);
    const stored = [await rows("keys"), await rows("trail"), listed, await env.IDENTITY.list()];
    expect(JSON.stringify(stored)).not.toContain(key.key.slice(-20));
  });

  test("is refused to a tenant that does not exist", async () => {
    const refused = { ok: false, error: "not-found" };
    expect(await directory.createKey("tnt_nobody", {}, null, by)).toEqual(refused);
    expect(await directory.listKeys("tnt_nobody")).toEqual(refused);
  });

  test("is refused to a tenant that has the most it may have, until one is revoked", async () => {
    const { tenant, key } = await newKey();
    const more = Array.from({ length: limits.keysPerTenantMax - 1 }, () =>
      directory.createKey(tenant.id, {}, null, by),
    );
    expect((await Promise.all(more)).every((created) => created.ok)).toBe(true);
    expect(await directory.createKey(tenant.id, {}, null, by)).toEqual({
      ok: false,
      error: "conflict",
    });
    await directory.revokeKey(tenant.id, key.id, by);
    expect((await directory.createKey(tenant.id, {}, null, by)).ok).toBe(true);

    const listed = await directory.listKeys(tenant.id);
    if (!listed.ok) throw new Error("the tenant is there");
    expect(listed.value.length).toBe(limits.keysPerTenantMax);
    expect(listed.value.every((listedKey) => listedKey.revokedAt === null)).toBe(true);
  });

  test("reaches KV although writing fails at first, and works meanwhile", async () => {
    await directory.setFaults({ kv: 2 });
    const { key } = await newKey();
    expect(await directory.identify(hashApiKey(key.key))).toMatchObject({ key: key.id });
    expect(await published(key)).toMatchObject({ key: key.id });
  });
});

describe("a revoked key", () => {
  test("is refused by the ledgers when the answer comes, and by KV soon after", async () => {
    const { tenant, key } = await newKey();
    const revoked = await directory.revokeKey(tenant.id, key.id, by);
    expect(revoked).toMatchObject({ ok: true, value: { id: key.id } });
    expect(await ledgersThatKnow(tenant, key)).toBe(ledgersOf(tenant.id, oneRegion(), 1).length);
    expect(await directory.identify(hashApiKey(key.key))).toEqual({ revoked: true });
    await vi.waitFor(async () => expect(await inKv(key)).toEqual({ revoked: true }), patience);
  });

  test("may be revoked again: nothing changes", async () => {
    const { tenant, key } = await newKey();
    const first = await directory.revokeKey(tenant.id, key.id, by);
    expect(await directory.revokeKey(tenant.id, key.id, by)).toEqual(first);
    expect(await auditOf(key.id)).toEqual(["key.create", "key.revoke"]);
  });

  test("is not another tenant's to revoke", async () => {
    const { key } = await newKey();
    const { tenant: other } = await newKey();
    const refused = { ok: false, error: "not-found" };
    expect(await directory.revokeKey(other.id, key.id, by)).toEqual(refused);
    expect(await directory.identify(hashApiKey(key.key))).toMatchObject({ key: key.id });
  });

  test("is refused by the ledgers and ends in KV though its creation was still being written there", async () => {
    const before = await doorCalls();
    await directory.setFaults({ kvHeld: true });
    const { tenant, key } = await newKey();
    await vi.waitFor(async () => expect((await doorCalls()).kvWrite).toBe(before.kvWrite + 1));
    await directory.revokeKey(tenant.id, key.id, by);
    expect(await ledgersThatKnow(tenant, key)).toBe(ledgersOf(tenant.id, oneRegion(), 1).length);
    await directory.setFaults({ kvHeld: false });
    await vi.waitFor(async () => expect(await inKv(key)).toEqual({ revoked: true }), patience);
  });

  test("is told to ledgers and KV until they have heard, however often that fails", async () => {
    const { tenant, key } = await newKey();
    await published(key);
    await directory.setFaults({ kv: 1, ledger: 2 });
    expect((await directory.revokeKey(tenant.id, key.id, by)).ok).toBe(true);
    await vi.waitFor(async () => {
      expect(await ledgersThatKnow(tenant, key)).toBe(ledgersOf(tenant.id, oneRegion(), 1).length);
      expect(await inKv(key)).toEqual({ revoked: true });
    }, patience);
  });
});

test("every change leaves one audit row, and only changes do", async () => {
  const { tenant, key } = await newKey({ name: "Audited" });
  await directory.listKeys(tenant.id);
  await directory.revokeKey(tenant.id, "key_nothing", by);
  await directory.revokeKey(tenant.id, key.id, by);
  expect(await auditOf(tenant.id)).toEqual(["tenant.create"]);
  expect(await auditOf(key.id)).toEqual(["key.create", "key.revoke"]);
});

describe("the door on the real runtime", () => {
  test("answers many requests at once from one look-up", async () => {
    const { tenant, key } = await newKey();
    await published(key);
    const before = await doorCalls();
    const answers = await Promise.all(Array.from({ length: 30 }, () => knock(key)));
    expect(answers).toEqual(
      answers.map(() => ({
        ok: true,
        value: expect.objectContaining({
          tenant: tenant.id,
          key: key.id,
          limits: tenant.limits,
        }) as object,
      })),
    );
    expect(await doorCalls()).toMatchObject({
      kvRead: before.kvRead + 1,
      identify: before.identify,
    });
  });

  test("lets a new key in that KV has not heard of", async () => {
    // The new tenant's entry and its key's.
    await directory.setFaults({ kv: 2 });
    const { key } = await newKey();
    const before = await doorCalls();
    expect(await knock(key)).toMatchObject({ ok: true, value: { key: key.id } });
    expect(await doorCalls()).toMatchObject({
      kvRead: before.kvRead + 1,
      identify: before.identify + 1,
    });
  });
});

/** The alarm's first retries come after one and two seconds. */
const patience = { timeout: 15_000, interval: 50 };

async function newKey(request: CreateTenant = { name: "Acme" }) {
  const tenant = await directory.createTenant(request, by);
  const created = await directory.createKey(tenant.id, { name: "first" }, null, by);
  if (!created.ok) throw new Error(created.error);
  return { tenant, key: created.value };
}

async function inKv(key: CreatedKey): Promise<KeyStanding | null> {
  return parseStanding((await env.IDENTITY.get(standingKey(hashApiKey(key.key)))) ?? "");
}

async function published(key: CreatedKey): Promise<KeyStanding> {
  return vi.waitFor(async () => {
    const standing = await inKv(key);
    if (!standing) throw new Error("not in KV yet");
    return standing;
  }, patience);
}

async function ledgersThatKnow(tenant: Tenant, key: Key): Promise<number> {
  const known = await Promise.all(
    ledgersOf(tenant.id, oneRegion(), 1).map((name) => env.LEDGER.getByName(name).revokedKeys()),
  );
  return known.filter((keys) => keys.includes(key.id)).length;
}

async function rows(table: string): Promise<Record<string, unknown>[]> {
  const object = { name: "directory" };
  const storage = await harness.getWorker().getDurableObjectStorage("DIRECTORY", object);
  return storage.exec(`SELECT * FROM ${table}`);
}

async function auditOf(subject: string): Promise<unknown[]> {
  const all = await rows("trail");
  return all.filter((row) => row["subject"] === subject).map((row) => row["action"]);
}

async function knock(key: CreatedKey): Promise<unknown> {
  const response = await harness.fetch("/", { headers: { Authorization: `Bearer ${key.key}` } });
  return response.json();
}

async function doorCalls(): Promise<Calls> {
  return (await (await harness.fetch("/calls")).json()) as Calls;
}

interface Calls {
  readonly kvRead: number;
  readonly kvWrite: number;
  readonly identify: number;
}

interface TestEnv {
  readonly DIRECTORY: { getByName(name: string): DirectoryStub };
  readonly LEDGER: { getByName(name: string): { revokedKeys(): Promise<string[]> } };
  readonly IDENTITY: { get(key: string): Promise<string | null>; list(): Promise<unknown> };
}

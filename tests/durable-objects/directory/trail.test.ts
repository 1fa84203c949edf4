import { beforeEach, describe, expect, test } from "vitest";
import { hashApiKey } from "../../../core/identity/api-key.ts";
import type { Breach } from "../../../core/billing/audit-report.ts";
import { firstBreak, noPrevious, type AuditEntry } from "../../../core/identity/audit.ts";
import { limits } from "../../../core/limits.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { by, DirectoryWorld } from "./directory-world.ts";

let world: DirectoryWorld;

beforeEach(() => {
  world = new DirectoryWorld();
});

const breach: Breach = {
  ...{ invariant: "ended-jobs-are-billed-once", ledger: "l", subject: "s", detail: "twice" },
};

describe("operators", () => {
  test("begin with one owner, made once with the deployment's secret", async () => {
    const request = { name: "Ada", role: "support" as const };
    const first = await world.registry.createFirstOwner(request, null);
    expect(first).toMatchObject({ ok: true, value: { role: "owner" } });
    expect(await world.registry.createFirstOwner(request, null)).toMatchObject({
      error: "conflict",
    });
    if (!first.ok) return;
    const tokenHash = hashApiKey(first.value.token);
    expect(world.registry.identifyOperator({ tokenHash })).toMatchObject({ name: "Ada" });
  });

  test("are known by token or address until they are revoked; the last owner cannot be", async () => {
    const owner = await world.registry.createFirstOwner({ name: "Ada", role: "owner" }, null);
    const second = await world.registry.createOperator(
      { name: "Grace", role: "owner", email: "Grace@example.com" },
      by,
    );
    if (!owner.ok || !second.ok) throw new Error("both can be made");
    expect(world.registry.identifyOperator({ email: "grace@EXAMPLE.com" })).toMatchObject({
      name: "Grace",
    });
    const again = { name: "G", role: "billing" as const, email: "grace@example.com" };
    expect(await world.registry.createOperator(again, by)).toMatchObject({ error: "conflict" });
    expect(await world.registry.revokeOperator(second.value.id, by)).toMatchObject({ ok: true });
    expect(world.registry.identifyOperator({ email: "grace@example.com" })).toBeNull();
    const tokenHash = hashApiKey(second.value.token);
    expect(world.registry.identifyOperator({ tokenHash })).toBeNull();
    expect(await world.registry.revokeOperator(owner.value.id, by)).toMatchObject({
      error: "last-owner",
    });
    expect(world.registry.listOperators().map(({ name }) => name)).toEqual(["Ada"]);
  });
});

describe("the audit trail", () => {
  test("says who changed what, from where, before and after, in a chain that shows each break", async () => {
    const { id } = await world.newTenant({ name: "Acme", plan: "free" });
    await world.registry.changeTenant(id, { plan: "pro" }, by);
    const key = await world.newKey(id);
    await world.registry.revokeKey(id, key.id, by);
    const entries = world.registry.trail.page(0, 100, null);
    expect(entries.map(({ action, subject }) => [action, subject])).toEqual([
      ["tenant.create", id],
      ["tenant.change", id],
      ["key.create", key.id],
      ["key.revoke", key.id],
    ]);
    expect(entries[1]).toMatchObject({
      actor: "opr_1",
      from: "192.0.2.7",
      tenant: id,
      at: world.now,
      before: { plan: "free" },
      after: { plan: "pro" },
    });
    expect(firstBreak(entries, noPrevious)).toBeNull();
    expect(firstBreak(entries.with(1, { ...entries[1]!, actor: "opr_2" }), noPrevious)).toBe(2);
    expect(firstBreak(entries.toSpliced(1, 1), noPrevious)).toBe(3);
    expect(firstBreak(entries, "f".repeat(64))).toBe(1);
  });

  test("says of keys, operators and standing what was before and after", async () => {
    const { id } = await world.newTenant();
    const end = world.now + 60_000;
    const old = await world.newKey(id, { name: "web", scopes: ["jobs:read"] });
    await world.registry.rotateKey(id, old.id, { overlapSeconds: 60 }, null, by);
    await world.registry.revokeKey(id, old.id, by);
    await world.registry.setTenantStatus(id, "suspended", by);
    const made = await world.registry.createOperator({ name: "Ada", role: "billing" }, by);
    await world.registry.revokeOperator(made.ok ? made.value.id : "", by);
    const created = { name: "web", scopes: ["jobs:read"], expiresAt: null };
    const entries = world.registry.trail.page(1, 100, null);
    expect(entries.map(({ action, before, after }) => [action, before, after])).toEqual([
      ["key.create", null, created],
      ["key.create", null, created],
      ["key.expire", { expiresAt: null }, { expiresAt: end }],
      ["key.revoke", { revokedAt: null }, { revokedAt: world.now }],
      ["tenant.suspend", { status: "active" }, { status: "suspended" }],
      ["operator.create", null, { name: "Ada", role: "billing", email: null }],
      ["operator.revoke", { revokedAt: null }, { revokedAt: world.now }],
    ]);
  });

  test("has an entry for each breach that the auditor found", async () => {
    const { id } = await world.newTenant();
    await world.registry.trail.enterBreaches(id, [breach, breach]);
    const [, first, second] = world.registry.trail.page(0, 100, id);
    for (const entry of [first, second]) {
      expect(entry).toMatchObject({
        ...{ actor: "auditor", action: "invariant.break", subject: "s", before: null },
        after: { invariant: "ended-jobs-are-billed-once", ledger: "l", detail: "twice" },
      });
    }
  });

  test("shows a tenant its own part, page by page", async () => {
    const mine = await world.newTenant();
    const other = await world.newTenant();
    await world.newKey(other.id);
    const key = await world.newKey(mine.id);
    const [first] = world.registry.trail.page(0, 1, mine.id);
    expect(first).toMatchObject({ subject: mine.id });
    expect(world.registry.trail.page(0, 1, mine.id)).toHaveLength(1);
    const rest = world.registry.trail.page(first!.number, 100, mine.id);
    expect(rest.map(({ subject }) => subject)).toEqual([key.id]);
  });

  test("is copied to R2 once, in files that keep their content whatever fails in between", async () => {
    const { id } = await world.newTenant();
    await world.newKey(id);
    world.booksDown = true;
    await world.ring();
    expect([...world.books.keys()]).toEqual([]);
    await world.newKey(id);
    world.booksDown = false;
    await world.ringUntilQuiet();
    const lines = [...world.books.values()].flatMap((text) => text.trim().split("\n"));
    expect(lines.map((line) => (JSON.parse(line) as { number: number }).number)).toEqual([1, 2, 3]);
    expect([...world.books.keys()]).toEqual([
      "audit/000000000001.jsonl",
      "audit/000000000003.jsonl",
    ]);
  });
});

describe("the copy of the trail", () => {
  const files = () => [...world.books.values()].map((text) => text.trim().split("\n").length);

  test("is made of bounded files", async () => {
    const { id } = await world.newTenant();
    await world.registry.trail.enterBreaches(
      id,
      Array.from({ length: limits.trailFileEntriesMax }, () => breach),
    );
    await world.ringUntilQuiet();
    expect(files()).toEqual([limits.trailFileEntriesMax, 1]);
  });

  test("has what the auditor found, although nothing was changed", async () => {
    const { id } = await world.newTenant();
    await world.ringUntilQuiet();
    await world.registry.trail.enterBreaches(id, [breach]);
    await world.ringUntilQuiet();
    expect([...world.books.values()].at(-1)).toContain("ended-jobs-are-billed-once");
  });

  test("is made of files that hold few entries where each is long", async () => {
    const { id } = await world.newTenant();
    const detail = "x".repeat(limits.trailFileCharsMax / 2);
    const half = { ...breach, detail };
    const long = { ...breach, detail: detail + detail };
    await world.registry.trail.enterBreaches(id, [half, half, long, half]);
    await world.ringUntilQuiet();
    expect(files()).toEqual([2, 1, 1, 1]);
  });

  test("is made of files as long as they may be, and no longer", async () => {
    const { id } = await world.newTenant();
    await world.ringUntilQuiet();
    const { invariant, ledger } = breach;
    const form = JSON.stringify(null) + JSON.stringify({ invariant, ledger, detail: "" });
    const detail = "x".repeat(limits.trailFileCharsMax / 2 - form.length);
    const half = { ...breach, detail };
    await world.registry.trail.enterBreaches(id, [half, half, half]);
    await world.ringUntilQuiet();
    expect(files()).toEqual([1, 2, 1]);
  });

  test("lets the oldest entries leave a large object, and the newest stay", async () => {
    const storage = new SqliteStorage();
    world = new DirectoryWorld(storage);
    let databaseSize = limits.directoryBytesMax;
    Object.defineProperty(storage.sql, "databaseSize", { get: () => databaseSize });
    const { id } = await world.newTenant();
    const enter = (count: number) =>
      world.registry.trail.enterBreaches(
        id,
        Array.from({ length: count }, () => breach),
      );
    await enter(limits.trailEntriesMin + 999);
    await world.ringUntilQuiet();
    const oldest = () => world.registry.trail.page(0, 1, null)[0]?.number;
    expect(oldest()).toBe(1);

    databaseSize += 1;
    await world.newTenant();
    await world.ringUntilQuiet();
    expect(oldest()).toBe(1001);
    await enter(100);
    await world.newTenant();
    await world.ringUntilQuiet();
    expect(oldest()).toBe(1103);
    const { sql } = storage;
    expect(sql.exec(`SELECT MIN(first) AS first FROM trail_files`).one()).toEqual({ first: 1001 });
    const lines = [...world.books.values()].flatMap((text) => text.trim().split("\n"));
    const copied = lines.map((line) => JSON.parse(line) as AuditEntry);
    expect(copied).toHaveLength(limits.trailEntriesMin + 1102);
    expect(firstBreak(copied, noPrevious)).toBeNull();
  }, 20_000);

  test("goes on with a file that was begun, though nothing is added", async () => {
    await world.newTenant();
    world.booksDown = true;
    await world.ring();
    world.booksDown = false;
    world.evict();
    await world.ringUntilQuiet();
    expect(files()).toEqual([1]);
  });

  test("has what operators were changed soon, too", async () => {
    const made = await world.registry.createOperator({ name: "Ada", role: "billing" }, by);
    await world.ringUntilQuiet();
    expect(files()).toEqual([1]);
    await world.registry.revokeOperator(made.ok ? made.value.id : "", by);
    await world.ringUntilQuiet();
    expect(files()).toEqual([1, 1]);
  });
});

test("what is refused, and a repair that finds nothing, have the alarm ring for nobody", async () => {
  const { id } = await world.newTenant();
  await world.newKey(id, {}, "order-1");
  await world.registry.createFirstOwner(
    { name: "Ada", role: "owner", email: "a@example.com" },
    null,
  );
  await world.ringUntilQuiet();
  const other = { name: "other" };
  expect((await world.registry.createKey(id, other, "order-1", by)).ok).toBe(false);
  const taken = { name: "Eve", role: "owner", email: "a@example.com" } as const;
  expect((await world.registry.createOperator(taken, by)).ok).toBe(false);
  expect((await world.registry.revokeOperator("opr_unknown", by)).ok).toBe(false);
  expect(await world.registry.repairIdentities(null)).toMatchObject({ differing: 0 });
  expect(world.alarmAt).toBeNull();
});

describe("operators", () => {
  const create = (request: { name: string; email?: string }) =>
    world.registry.createOperator({ role: "support", ...request }, by);

  test("are as many as there may be, and no more until one of them goes", async () => {
    const first = await create({ name: "Ada" });
    if (!first.ok) throw new Error(first.error);
    for (let count = 1; count < limits.operatorsMax; count++) await create({ name: "Grace" });
    expect(await create({ name: "Mary" })).toEqual({ ok: false, error: "conflict" });
    await world.registry.revokeOperator(first.value.id, by);
    expect(await create({ name: "Mary" })).toMatchObject({ ok: true });
  });

  test("are revoked once; a repeat changes nothing, and an unknown one is not found", async () => {
    const made = await create({ name: "Ada", email: "ada@example.com" });
    if (!made.ok) throw new Error(made.error);
    const { token: _, ...shown } = made.value;
    const revoked = await world.registry.revokeOperator(made.value.id, by);
    expect(revoked).toEqual({ ok: true, value: { ...shown, revokedAt: world.now } });
    world.now += 1000;
    expect(await world.registry.revokeOperator(made.value.id, by)).toEqual(revoked);
    expect(await world.registry.revokeOperator("opr_unknown", by)).toEqual({
      ok: false,
      error: "not-found",
    });
    expect(world.registry.trail.page(0, 100, null).map(({ action }) => action)).toEqual([
      "operator.create",
      "operator.revoke",
    ]);
    expect(await create({ name: "Ada", email: "ada@example.com" })).toMatchObject({ ok: true });
  });

  test("of other roles may all go: only the last owner stays", async () => {
    const owner = await world.registry.createFirstOwner({ name: "Ada", role: "owner" }, null);
    const other = await create({ name: "Grace" });
    if (!owner.ok || !other.ok) throw new Error("both can be made");
    const refused = { ok: false, error: "last-owner" };
    expect(await world.registry.revokeOperator(owner.value.id, by)).toEqual(refused);
    expect(await world.registry.revokeOperator(other.value.id, by)).toMatchObject({ ok: true });
    expect(world.registry.listOperators()).toMatchObject([{ name: "Ada", role: "owner" }]);
  });
});

import { beforeEach, expect, test } from "vitest";
import { oneShard } from "../../../../core/fleet/shard-map.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import type { TenantRecord } from "../../../../core/identity/tenant.ts";
import { noAmounts } from "../../../../core/ledger/lease.ts";
import { monthOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

const terms = (version: number, status: "active" | "suspended") =>
  ({ version, status, limits: limitsOf("custom"), shards: oneShard }) as const;
const record = (status: "active" | "suspended", ...revokedKeys: string[]): TenantRecord => ({
  terms: terms(7, status),
  revokedKeys,
});

let world: LedgerWorld;

/** A ledger that stored usage since its backup was made, and was told that `key_1` is revoked. */
beforeEach(async () => {
  world = new LedgerWorld();
  const id = world.accept();
  const backup = world.storage.backup();
  world.finish(id);
  world.ledger.revokeKey("key_1");
  await world.ring(limits.flushMillis);
  world.pass(60_000);
  world.restore(backup);
});

/** Why a new job with the key is refused; null when it is accepted. */
function refusal(key: string): string | null {
  const { verdict } = world.answer(world.request({ key }));
  return verdict.ok ? null : verdict.error.code;
}

test("a restored ledger asks what it has forgotten, and lets in no new work before it knows", async () => {
  const answer = Promise.withResolvers<TenantRecord>();
  world.record = () => answer.promise;
  world.reserve({ ...world.request(), idempotencyKey: null, computeUnits: 1 });
  await expect.poll(() => world.events("ledger-restored").length).toBe(1);
  expect(refusal("key_2")).toBe("unavailable");
  const original = { ...world.request({ key: "key_2" }), hash: "a".repeat(64), bytes: 1 };
  expect(world.ledger.originals.reserve(original)).toMatchObject({
    error: { code: "unavailable", retryAfterMillis: limits.unavailableRetryMillis },
  });
  const ringing = world.ring(1000);
  await Promise.resolve();
  expect(refusal("key_2")).toBe("unavailable");
  answer.resolve(record("active", "key_1"));
  await ringing;
  expect(refusal("key_1")).toBe("key-revoked");
  expect(refusal("key_2")).toBeNull();
});

test("while the Directory is away it asks again, also after it was evicted", async () => {
  world.record = () => Promise.reject(new Error("away"));
  await world.ledger.seal();
  await world.ring(60_000);
  expect(refusal("key_2")).toBe("unavailable");
  world.wake();
  expect(refusal("key_2")).toBe("unavailable");
  world.record = () => Promise.resolve(record("suspended", "key_1"));
  await world.ring(60_000);
  expect(refusal("key_2")).toBe("tenant-suspended");
  expect(world.rows(`SELECT * FROM recall`)).toEqual([]);
});

test("refused work does not make it ask again before the alarm has paused, however much comes meanwhile", async () => {
  await world.ledger.seal();
  let asks = 0;
  world.record = () => {
    asks += 1;
    for (let jobs = 0; jobs < 10; jobs++) refusal("key_2");
    return Promise.reject(new Error("away"));
  };
  await world.ring();
  expect(asks).toBe(1);
  for (let jobs = 0; jobs < 10; jobs++) refusal("key_2");
  await world.ring(limits.alarmRetryMillis - 1);
  expect(asks).toBe(1);
  await world.ring(1);
  expect(asks).toBe(2);
});

test("it says once what it was told, and keeps one note of that it has to ask", async () => {
  world = new LedgerWorld();
  const backup = world.storage.backup();
  for (let segments = 0; segments < 3; segments++) {
    world.finish(world.accept({ key: "key_2" }));
    await world.ledger.seal();
  }
  world.restore(backup);
  await world.ledger.seal();
  expect(world.rows(`SELECT * FROM recall`)).toHaveLength(1);
  world.record = () => Promise.resolve(record("active"));
  await world.ring();
  await world.ring(60_000);
  expect(world.events("ledger-recalled")).toMatchObject([{ ledger: world.name, version: 7 }]);
});

test("of a tenant that the Directory does not know nothing is taken over, and work goes on", async () => {
  await world.ledger.seal();
  await world.ring();
  expect(world.events("ledger-recalled")).toMatchObject([{ version: null }]);
  expect(world.rows(`SELECT * FROM revoked_keys`)).toEqual([]);
  expect(refusal("key_2")).toBeNull();
});

test("a request with the newest limits does not hide that the tenant is suspended", async () => {
  await world.ledger.seal();
  world.ledger.account({ limits: limitsOf("custom"), limitsVersion: 7 });
  world.record = () => Promise.resolve(record("suspended"));
  await world.ring(60_000);
  expect(refusal("key_2")).toBe("tenant-suspended");
});

test("refused work sets the alarm that asks, of which a backup knows nothing", async () => {
  await world.ledger.seal();
  world.wake();
  world.record = () => Promise.resolve(record("active"));
  for (const ask of [
    () => refusal("key_2"),
    () => world.reserve({ ...world.request(), idempotencyKey: null, computeUnits: 1 }),
  ]) {
    world.storage.alarmAt = null;
    world.wake();
    ask();
    expect(world.storage.alarmAt).toBeLessThanOrEqual(world.now);
  }
  await world.ring();
  expect(refusal("key_2")).toBeNull();
});

test("what was accepted before is found meanwhile, and goes on", async () => {
  const key = { key: "order-1", fingerprint: "f" };
  const id = world.accept({ idempotency: key });
  world.record = () => Promise.reject(new Error("away"));
  await world.ledger.seal();
  const { verdict } = world.answer(world.request({ key: "key_2", idempotency: key }));
  expect(verdict).toMatchObject({ ok: true, value: { replayed: true, job: { id } } });
  world.finish(id);
  expect(await world.ledger.read(id)).toMatchObject({ status: "done" });
});

test("a restored ledger leases nothing to other shards before it knows", async () => {
  world.record = () => Promise.reject(new Error("away"));
  await world.ledger.seal();
  const one = { ...noAmounts, jobsInFlight: 1 };
  const ask = { shard: 1, number: 1, month: monthOf(world.now), used: noAmounts, needed: one };
  const lease = () => world.ledger.lease(ask, world.request());
  expect(lease).toThrow("restored");
  world.record = () => Promise.resolve(record("active"));
  await world.ring(60_000);
  expect(lease()).toMatchObject({ isShort: false });
});

test("a ledger that was not restored asks nobody", async () => {
  world = new LedgerWorld();
  world.record = () => Promise.reject(new Error("nobody may ask"));
  for (let lives = 0; lives < 3; lives++) {
    world.wake();
    world.finish(world.accept());
    await world.ring(limits.flushMillis);
  }
  expect(world.events("alarm-duty-failed")).toEqual([]);
});

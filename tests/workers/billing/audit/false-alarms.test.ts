import { beforeEach, expect, test, vi } from "vitest";
import type { Checkpoint } from "../../../../core/billing/checkpoint.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import type { Outcome } from "../../../../core/job/job.ts";
import { outputKey } from "../../../../core/job/picture-key.ts";
import { hourOf, monthEnd, monthOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR, MINUTE } from "../../../../core/magnitudes.ts";
import { audit } from "../../../../workers/billing/audit/audit.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { done } from "../../../durable-objects/ledger/ledger-world.ts";
import { utc } from "../../../core/billing/usage-samples.ts";
import { AuditedWorld } from "./audited-world.ts";
import { LiveWorld } from "./live-world.ts";

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const breachesOf = async (world: LiveWorld) => {
  const { breaches } = await audit(world, world.bucket, { tenant: world.tenant, cursor: null });
  return breaches.map(({ invariant, subject }) => `${invariant} ${subject}`);
};

/** Two hours of work, rolled up. */
async function worldAtWork(): Promise<{ world: LiveWorld; ids: string[] }> {
  const world = new LiveWorld();
  const ids: string[] = [];
  for (let hours = 0; hours < 2; hours++) {
    for (let job = 0; job < 4; job++) ids.push(await world.finish());
    world.service.pass(HOUR);
    await rollUpNext(world, { preview: false });
  }
  return { world, ids };
}

const checkpointKey = ({ service }: LiveWorld) => `rollups/${service.name}/checkpoint.json`;

test("a roll-up that was cut off after its statement leaves one that is ahead of its books, which is no breach", async () => {
  const { world } = await worldAtWork();
  const { books } = world.service;
  const before = books.text(checkpointKey(world)) ?? "";
  await world.finish();
  world.service.pass(HOUR);
  await rollUpNext(world, { preview: false });
  await books.put(checkpointKey(world), before);
  expect(await breachesOf(world)).toEqual([]);

  // What it is ahead with must be what is stored.
  const key = `statements/${world.tenant}/${monthOf(world.service.now)}.json`;
  await books.put(
    key,
    (books.text(key) ?? "").replace(/"lastHash":"\w{9}/, '"lastHash":"000000000'),
  );
  expect(await breachesOf(world)).toEqual([
    `statements-are-the-records statement ${monthOf(world.service.now)}`,
  ]);
});

test("what a roll-up has read of a long backlog and not stated yet is no breach", async () => {
  const { world } = await worldAtWork();
  const { books } = world.service;
  const checkpoint = JSON.parse(books.text(checkpointKey(world)) ?? "") as Checkpoint;
  const [first, ...others] = checkpoint.hours;
  if (!first) throw new Error("there is an hour");
  const more = { ...first, totals: { ...first.totals, outputs: first.totals.outputs + 1 } };
  const put = (unstated: object) =>
    books.put(
      checkpointKey(world),
      JSON.stringify({ ...checkpoint, hours: [more, ...others], ...unstated }),
    );
  await put({ unstated: true });
  expect(await breachesOf(world)).not.toContainEqual(expect.stringContaining("statements-are"));
  await put({});
  expect(await breachesOf(world)).toContainEqual(expect.stringContaining("statements-are-the-rec"));
});

test("a roll-up that comes between the statement and its books is no breach", async () => {
  const { world } = await worldAtWork();
  const statement = world.store.statement.bind(world.store);
  vi.spyOn(world.store, "statement").mockImplementation(async (...asked) => {
    const found = await statement(...asked);
    await world.finish();
    world.service.pass(HOUR);
    await rollUpNext(world, { preview: false });
    return found;
  });
  expect(await breachesOf(world)).toEqual([]);
});

test("nor is one that closes the month then, although it has read nothing more", async () => {
  const { world } = await worldAtWork();
  const { service } = world;
  const month = monthOf(service.now);
  service.pass(monthEnd(service.now) - service.now - 30 * MINUTE);
  await world.finish();
  await rollUpNext(world, { preview: true });
  const statement = world.store.statement.bind(world.store);
  vi.spyOn(world.store, "statement").mockImplementationOnce(async (...asked) => {
    const found = await statement(...asked);
    service.pass(2 * HOUR);
    await rollUpNext(world, { preview: false });
    return found;
  });
  expect(await breachesOf(world)).toEqual([]);
  const closed = await statement(world.tenant, month);
  expect(closed?.status).toBe("final");
});

test("a deleted tenant's pictures are not missed, though its jobs are still known", async () => {
  const { world, ids } = await worldAtWork();
  const { service, tenant } = world;
  service.ledger.setTerms({ version: 7, limits: limitsOf("custom", {}), status: "deleted" });
  for (const id of ids) await service.pictures.delete([outputKey(tenant, id, 1, 0)]);
  expect(await breachesOf(world)).toEqual([]);
});

test("a restored ledger's jobs that are done again, later and otherwise, are no breach", async () => {
  const { world } = await worldAtWork();
  const { service, tenant } = world;
  service.pass(1000);
  const open = service.accept();
  const backup = service.storage.backup();
  service.finish(open, done);
  await service.ledger.seal();
  service.pass(30 * MINUTE);
  service.restore(backup);
  await service.ledger.seal();
  await service.ring();
  const [claim] = service.ledger.claim([{ job: open, redelivered: false }], true);
  const attempt = claim?.verdict === "render" ? (claim.attempt ?? 0) : 0;
  // Past the deadline that it had in its first life.
  service.pass(limits.jobDeadlineMillis + limits.auditSlackMillis - 20 * MINUTE);
  expect(await breachesOf(world)).toEqual([]);
  if (done.kind !== "done") throw new Error("it is an outcome with a picture");
  const outcome: Outcome = { ...done, usage: { ...done.usage, bytesOut: 31 } };
  service.ledger.settle([{ job: open, outcome, attempt }]);
  await service.pictures.put(outputKey(tenant, open, attempt, 0), new Uint8Array(30));
  expect(await breachesOf(world)).toEqual([]);
});

const start = utc("2026-11-20T08:10:00.000Z");

const auditNext = (world: AuditedWorld, cursor: string | null = null) =>
  audit(world, world.bucket, { tenant: null, cursor });

test("a tenant whose books cannot be read is named, and the next ones have their turns", async () => {
  const world = new AuditedWorld(["tnt_a", "tnt_b"], start);
  for (const tenant of ["tnt_a", "tnt_b"]) world.finish(tenant);
  world.clock = hourOf(world.clock) + HOUR;
  await rollUpNext(world, { preview: false });
  world.bucket.objects.set("rollups/tnt_a/local/0/checkpoint.json", new TextEncoder().encode("{"));
  const report = await auditNext(world);
  expect(report).toMatchObject({ tenants: 2, unreachable: ["tnt_a"], breaches: [], cursor: null });
  expect(report.invariants["ended-jobs-are-billed-once"].checked).toBe(1);
});

test("a ledger that is silent holds up an audit for a bounded time", async () => {
  vi.useFakeTimers();
  try {
    const world = new AuditedWorld(["tnt_a", "tnt_b"], start);
    for (const tenant of ["tnt_a", "tnt_b"]) world.finish(tenant);
    const list = world.listJobs.bind(world);
    world.listJobs = (ledger, ...asked) =>
      ledger.startsWith("tnt_a") ? new Promise(() => undefined) : list(ledger, ...asked);
    const report = auditNext(world);
    await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
    expect(await report).toMatchObject({ tenants: 2, unreachable: ["tnt_a/local/0"] });
  } finally {
    vi.useRealTimers();
  }
});

test("where many are silent an audit ends before its caller gives up, and the next one goes on there", async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `tnt_${String(index).padStart(3, "0")}`);
  const world = new AuditedWorld(ids, start);
  for (const id of ids) world.finish(id);
  world.listJobs = async () => {
    world.clock += limits.objectMillisMax;
    throw new Error("silent");
  };
  const begun = world.clock;
  const first = await auditNext(world);
  expect(world.clock - begun).toBeLessThan(limits.booksRunMillisMax);
  expect(first.cursor).toBe(ids[first.tenants - 1]);
  const second = await auditNext(world, first.cursor);
  expect(second.cursor).toBe(ids[first.tenants + second.tenants - 1]);
});

test("an audit ends when it has done as much as it may, and the next one goes on there", async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `tnt_${String(index).padStart(3, "0")}`);
  const world = new AuditedWorld(ids, start);
  for (const id of ids.slice(0, 60)) {
    for (let job = 0; job < 2 * limits.pageSizeMax + 1; job++) world.finish(id);
  }
  const first = await auditNext(world);
  expect(first.tenants).toBe(Math.ceil(limits.auditCostMax / (3 * limits.auditWindowCost + 3)));
  expect(first.cursor).toBe(ids[first.tenants - 1]);
  const second = await auditNext(world, first.cursor);
  expect(second).toMatchObject({ tenants: 100 - first.tenants, cursor: null });
});

import { expect, test } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import { readRecords } from "../../../../workers/billing/audit/read-records.ts";
import { AuditedWorld } from "./audited-world.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = Date.UTC(2026, 10, 29);

/** A ledger with so many records of one job each, an hour apart. */
async function worldOf(records: number) {
  const world = new AuditedWorld([tenant], start);
  for (let record = 0; record < records; record++) {
    world.clock = start + record * HOUR;
    world.finish(tenant);
    await world.seal(ledger);
  }
  return world;
}

async function read(world: AuditedWorld, change: Partial<Parameters<typeof readRecords>[1]> = {}) {
  const tally = new Tally();
  const jobs = new Set((world.jobs.get(ledger) ?? []).map(({ id }) => id));
  const watermark = await world.seal(ledger);
  const span = { from: start, to: world.clock };
  const task = { ledger, jobs, watermark, head: null, ...span, ...change };
  const records = await readRecords(world, task, tally);
  return {
    records,
    breaches: tally.breaches,
    checked: tally.counts()["records-are-a-chain"].checked,
  };
}

test("the records of a span are read, each held to the one before and the last to its ledger", async () => {
  const world = await worldOf(4);
  const { records, breaches, checked } = await read(world);
  expect(breaches).toEqual([]);
  // Four that follow one another, and the last one's hash.
  expect(checked).toBe(5);
  expect([...records.rows.values()].map((rows) => rows.length)).toEqual([1, 1, 1, 1]);
  expect(records.through).toBe(world.clock);
});

test("of a span that begins later the record before is looked at too, once", async () => {
  const { records, breaches, checked } = await read(await worldOf(4), { from: start + 2 * HOUR });
  expect([records.rows.size, breaches, checked]).toEqual([2, [], 4]);
});

test("a last record that is not its ledger's breaks the chain", async () => {
  const world = await worldOf(2);
  const watermark = { ...(await world.seal(ledger)), hash: "0".repeat(64) };
  expect((await read(world, { watermark })).breaches).toMatchObject([
    { subject: "record 2", detail: "its hash is not the one that the ledger says" },
  ]);
});

test("a record that lies in another one's place breaks the chain", async () => {
  const world = await worldOf(2);
  const second = world.bucket.objects.get(segmentKey(ledger, 2)) ?? new Uint8Array();
  world.bucket.objects.set(segmentKey(ledger, 1), second);
  const watermark = { ...(await world.seal(ledger)), segments: 1 };
  const { records, breaches } = await read(world, { watermark });
  expect(breaches).toMatchObject([{ subject: "record 1" }]);
  expect(records.through).toBeLessThan(0);
});

test("of more than one audit reads all rows are there only until shortly before the last", async () => {
  const world = await worldOf(limits.auditSegmentsMax + 1);
  const { records, breaches } = await read(world);
  expect(breaches).toEqual([]);
  expect(records.rows.size).toBe(limits.auditSegmentsMax);
  const last = start + (limits.auditSegmentsMax - 1) * HOUR;
  expect(records.through).toBe(last - limits.auditSlackMillis);
});

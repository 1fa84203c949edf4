import { describe, expect, test, vi } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import type { SignedHead } from "../../../../core/books/transparency.ts";
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

describe("records are read no further than is needed:", () => {
  /** The numbers of the records that are read, in order. */
  const readOf = async (records: number, from: number, to: number) => {
    const world = await worldOf(records);
    const looked = vi.spyOn(world.store, "segment");
    const { records: found } = await read(world, { from: start + from, to: start + to });
    expect(found.through).toBe(start + to);
    return { numbers: looked.mock.calls.map(([, number]) => number), reads: found.reads };
  };
  const slack = limits.auditSlackMillis;

  test.each([
    ["none before the first", [6, 0, HOUR], [3, 2, 1, 1, 2, 3, 4]],
    ["one after the first that is late enough", [6, 0, 2 * HOUR - slack], [3, 2, 1, 1, 2, 3, 4, 5]],
    ["the one before the span once", [4, 2 * HOUR, 3 * HOUR], [2, 3, 3, 2, 4]],
  ] as const)("%s", async (_, [records, from, to], numbers) => {
    const found = await readOf(records, from, to);
    expect(found.numbers).toEqual(numbers);
    // The one before is no more than a look at the first one's link.
    const looks = from > 0 ? 1 : 0;
    expect(found.reads).toBe(numbers.length - looks);
  });
});

describe("what is wrong with a record is told:", () => {
  const detailsOf = async (spoil: (world: AuditedWorld) => unknown) => {
    const world = await worldOf(2);
    spoil(world);
    return (await read(world)).breaches.map(({ subject, detail }) => `${subject}: ${detail}`);
  };
  const place = ({ bucket }: AuditedWorld, number: number, bytes?: Uint8Array) =>
    bucket.objects.set(segmentKey(ledger, number), bytes ?? new Uint8Array(1));

  test("it is not there, it cannot be read, or it is another one", async () => {
    const missing = await detailsOf(({ bucket }) => bucket.objects.delete(segmentKey(ledger, 1)));
    expect(missing).toEqual(["record 1: it is not stored"]);
    const torn = await detailsOf((world) => place(world, 1));
    expect(torn).toEqual(["record 1: its first line is not that of a record"]);
    const cut = await detailsOf((world) =>
      place(
        world,
        1,
        (world.bucket.objects.get(segmentKey(ledger, 1)) ?? new Uint8Array()).slice(0, -9),
      ),
    );
    expect(cut).toEqual(["record 1: it is no row of a segment"]);
    const moved = await detailsOf((world) =>
      place(world, 1, world.bucket.objects.get(segmentKey(ledger, 2))),
    );
    expect(moved).toEqual(["record 1: it does not follow the one before"]);
  });

  test("it is not what the witness signed", async () => {
    const world = await worldOf(2);
    const { hash } = await world.seal(ledger);
    const signed = async (head: { number: number; hash: string }, segments = 2) => {
      const watermark = { ...(await world.seal(ledger)), segments };
      const { breaches } = await read(world, { head: head as SignedHead, watermark });
      return breaches
        .filter(({ invariant }) => invariant === "records-are-witnessed")
        .map(({ detail }) => detail);
    };
    expect(await signed({ number: 2, hash })).toEqual([]);
    expect(await signed({ number: 2, hash: "other" })).toEqual([
      `the witness signed other, stored is ${hash}; the ledger has 2`,
    ]);
    expect(await signed({ number: 2, hash }, 1)).toEqual([
      `the witness signed ${hash}, stored is ${hash}; the ledger has 1`,
    ]);
    expect(await signed({ number: 3, hash })).toEqual([
      "the witness signed it, and it is not stored",
    ]);
    place(world, 2);
    expect(await signed({ number: 2, hash })).toEqual([
      `the witness signed ${hash}, stored is no record; the ledger has 2`,
    ]);
  });
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

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { AuditReport, Invariant } from "../../../../core/billing/audit-report.ts";
import type { Checkpoint } from "../../../../core/billing/checkpoint.ts";
import type { Statement } from "../../../../core/billing/statement.ts";
import type { SignedHead } from "../../../../core/books/transparency.ts";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { hourOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { audit, readAudits } from "../../../../workers/billing/audit/audit.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { hour, utc } from "../../../core/billing/usage-samples.ts";
import { AuditedWorld, ulidAt } from "./audited-world.ts";

const tenants = ["tnt_a", "tnt_b"];
const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = utc("2026-11-20T08:10:00.000Z");

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

/** Four hours of work of two tenants, rolled up. */
async function worldAtWork(jobsAnHour = 3): Promise<AuditedWorld> {
  const world = new AuditedWorld(tenants, start);
  for (let hours = 0; hours < 4; hours++) {
    for (let job = 0; job < jobsAnHour; job++) {
      world.clock += 1000;
      world.finish(tenant);
      world.finish("tnt_b", job === 0 ? "failed" : "done");
    }
    world.clock = hourOf(world.clock) + hour + 10 * 60_000;
    await rollUpNext(world, { preview: true });
  }
  return world;
}

const run = (world: AuditedWorld): Promise<AuditReport> =>
  audit(world, world.bucket, { tenant: null, cursor: null });

const brokenOf = ({ breaches }: AuditReport) =>
  breaches.map((breach) => [breach.invariant, breach.ledger.split("/")[0], breach.subject]);

const one = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error("it is there");
  return value;
};

/** The tenant's jobs, the oldest first. */
const jobsOf = (world: AuditedWorld) => one(world.jobs.get(ledger));
const edit = (world: AuditedWorld, key: string, change: (text: string) => string) =>
  world.bucket.objects.set(key, new TextEncoder().encode(change(world.bucket.text(key) ?? "")));

test("honest work breaks nothing, and everything was looked at", async () => {
  const report = await run(await worldAtWork(50));
  expect(report.breaches).toEqual([]);
  expect(report).toMatchObject({ tenants: 2, ledgers: 2, unreachable: [], cursor: null });
  const { "credit-notes-are-those-issued": _, ...ofWork } = report.invariants;
  for (const { checked } of Object.values(ofWork)) expect(checked).toBeGreaterThan(1);
  expect(report.invariants["ended-jobs-are-billed-once"].checked).toBe(400);
  expect(errors).not.toHaveBeenCalled();
});

test("two thousand clean jobs raise no alarm, also where work goes on meanwhile", async () => {
  const world = new AuditedWorld([tenant], start);
  for (let job = 0; job < 2000; job++) {
    world.clock += 15_000;
    world.finish(tenant, job % 97 === 0 ? "failed" : "done");
    if (job % 120 === 0) await world.seal(ledger);
  }
  await rollUpNext(world, { preview: true });
  const list = world.listJobs.bind(world);
  world.listJobs = async (...asked) => {
    const jobs = await list(...asked);
    world.finish(tenant);
    world.accept(tenant);
    return jobs;
  };
  const report = await audit(world, world.bucket, { tenant, cursor: null });
  expect(report.breaches).toEqual([]);
  expect(report.invariants["ended-jobs-are-billed-once"].checked).toBeGreaterThan(1980);
});

describe("a fault is found in one run, and named:", () => {
  const faults: [
    string,
    (world: AuditedWorld) => unknown,
    Invariant,
    (world: AuditedWorld) => string,
  ][] = [
    [
      "a lost rendition",
      (world) => world.pictures.delete(one(jobsOf(world)[4]?.outputs[1]?.key)),
      "done-pictures-are-there",
      (world) => one(jobsOf(world)[4]).id,
    ],
    [
      "a rendition of another size",
      (world) => world.pictures.set(one(jobsOf(world)[0]?.outputs[0]?.key), 1),
      "done-pictures-are-there",
      (world) => one(jobsOf(world)[0]).id,
    ],
    [
      "a picture without a job",
      (world) => {
        world.pictures.set(`pictures/${tenant}/job_local_0_${ulidAt(start + 5000, 99)}/source`, 1);
        world.clock += limits.auditOrphanMillis;
      },
      "pictures-have-a-job",
      () => `job_local_0_${ulidAt(start + 5000, 99)}`,
    ],
    [
      "a job that never ends",
      (world) => {
        world.accept(tenant);
        world.clock += limits.jobDeadlineMillis + limits.auditSlackMillis;
      },
      "nothing-open-past-its-deadline",
      (world) => one(jobsOf(world).at(-1)).id,
    ],
    [
      "a done job that is not billed",
      (world) => {
        const settle = vi.spyOn(world, "settle").mockImplementation(() => undefined);
        world.finish(tenant);
        settle.mockRestore();
      },
      "ended-jobs-are-billed-once",
      (world) => one(jobsOf(world).at(-1)).id,
    ],
    [
      "a job that is billed twice",
      (world) => world.settle(ledger, one(jobsOf(world)[11])),
      "ended-jobs-are-billed-once",
      (world) => one(jobsOf(world)[11]).id,
    ],
    [
      "a failed job that is billed as done",
      (world) => {
        const job = world.finish(tenant);
        jobsOf(world).splice(-1, 1, { ...job, status: "failed", outputs: [], usage: null });
      },
      "ended-jobs-are-billed-once",
      (world) => one(jobsOf(world).at(-1)).id,
    ],
    [
      "a job that is billed with other units than it shows",
      (world) => {
        const job = one(jobsOf(world)[6]);
        const usage = { ...one(job.usage ?? undefined), computeUnits: 6 };
        jobsOf(world).splice(6, 1, { ...job, usage });
      },
      "billed-is-what-was-done",
      (world) => one(jobsOf(world)[6]).id,
    ],
    [
      "a record that was changed",
      (world) =>
        edit(world, segmentKey(ledger, 2), (text) =>
          text.replace('"computeUnits":7', '"computeUnits":8'),
        ),
      "records-are-a-chain",
      () => "record 3",
    ],
    [
      "a record that is gone",
      (world) => world.bucket.objects.delete(segmentKey(ledger, 2)),
      "records-are-a-chain",
      () => "record 2",
    ],
    [
      "a last record that is not the one that was witnessed",
      (world) =>
        edit(world, segmentKey(ledger, 4), (text) =>
          text.replace('"computeUnits":7', '"computeUnits":8'),
        ),
      "records-are-witnessed",
      () => "record 4",
    ],
    [
      "a head that the witness did not sign",
      (world) =>
        edit(world, `witness/heads/${ledger}.json`, (text) =>
          JSON.stringify({ ...(JSON.parse(text) as SignedHead), number: 3 }),
        ),
      "records-are-witnessed",
      () => "head",
    ],
    [
      "a wrong counter",
      (world) => {
        const hours = one(world.counted.get(ledger));
        hours.set(hourOf(start), { ...one(hours.get(hourOf(start))), outputs: 1 });
      },
      "counters-are-the-records",
      () => "2026-11-20T08:00:00.000Z",
    ],
    [
      "books that add up otherwise",
      (world) =>
        edit(world, `rollups/${ledger}/checkpoint.json`, (text) => {
          const checkpoint = JSON.parse(text) as Checkpoint;
          return JSON.stringify({ ...checkpoint, hours: checkpoint.hours.slice(1) });
        }),
      "counters-are-the-records",
      () => "2026-11-20T08:00:00.000Z",
    ],
    [
      "a statement with a wrong sum",
      (world) =>
        edit(world, `statements/${tenant}/2026-11.json`, (text) =>
          text.replaceAll('"outputs":24', '"outputs":25'),
        ),
      "statements-are-the-records",
      () => "statement 2026-11",
    ],
    [
      "a statement with a wrong price",
      (world) =>
        edit(world, `statements/${tenant}/2026-11.json`, (text) => {
          const statement = JSON.parse(text) as Statement;
          return JSON.stringify({ ...statement, totalMicros: statement.totalMicros + 1 });
        }),
      "statements-are-priced-right",
      () => "statement 2026-11",
    ],
  ];

  test.each(faults)("%s", async (_, plant, invariant, subject) => {
    const world = await worldAtWork();
    plant(world);
    const report = await run(world);
    expect(brokenOf(report)).toContainEqual([invariant, tenant, subject(world)]);
    expect(brokenOf(report).filter(([, whose]) => whose !== tenant)).toEqual([]);
    expect(report.invariants[invariant].breaches).toBeGreaterThan(0);
    expect(errors).toHaveBeenCalledWith(
      expect.objectContaining({ event: "invariant-broken", invariant, subject: subject(world) }),
    );
  });
});

describe("no alarm is raised", () => {
  test("for a job that is deleted while it is looked at", async () => {
    const world = await worldAtWork();
    const list = world.listPictures.bind(world);
    world.listPictures = async (options) => {
      const [gone] = jobsOf(world).splice(3, 1);
      for (const { key } of gone?.outputs ?? []) world.pictures.delete(one(key));
      return list(options);
    };
    expect((await run(world)).breaches).toEqual([]);
  });

  test("for pictures that the ledger has purged, nor for one that waits for its job", async () => {
    const world = await worldAtWork();
    world.pictures.set(`pictures/${tenant}/job_local_0_${ulidAt(world.clock, 99)}/source`, 1);
    expect((await run(world)).breaches).toEqual([]);
    world.pictures.clear();
    world.clock += limits.jobRetentionMillis;
    expect((await run(world)).breaches).toEqual([]);
  });

  test("about a ledger that cannot be reached: it is named instead", async () => {
    const world = await worldAtWork();
    world.ledgerOf(tenant).reachable = false;
    const report = await run(world);
    expect(report).toMatchObject({ unreachable: [ledger], breaches: [] });
  });
});

test("statements that cannot be read hold up the audit of no other tenant", async () => {
  const world = await worldAtWork();
  edit(world, `statements/${tenant}/2026-11.json`, () => "{");
  const report = await run(world);
  expect(report).toMatchObject({ tenants: 2, unreachable: [ledger], breaches: [] });
  expect((await readAudits(world.bucket, world.now())).last).toEqual(report);
});

test("a breach stands until an audit of its tenant finds none, whatever is audited in between", async () => {
  const world = await worldAtWork();
  const key = one(jobsOf(world)[0]?.outputs[0]?.key);
  world.pictures.delete(key);
  await run(world);
  await audit(world, world.bucket, { tenant: "tnt_b", cursor: null });
  const { last, standing } = await readAudits(world.bucket, world.now());
  expect(last).toMatchObject({ tenants: 1, breaches: [] });
  expect(standing).toMatchObject([{ invariant: "done-pictures-are-there", ledger }]);
  world.pictures.set(key, 500);
  await run(world);
  expect((await readAudits(world.bucket, world.now())).standing).toEqual([]);
});

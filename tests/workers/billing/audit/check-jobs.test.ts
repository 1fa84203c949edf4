import { expect, test } from "vitest";
import { Tally } from "../../../../core/billing/audit-report.ts";
import type { Job } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { checkJobs } from "../../../../workers/billing/audit/check-jobs.ts";
import type { RecordedRow } from "../../../../workers/billing/audit/read-records.ts";
import { AuditedWorld } from "./audited-world.ts";

const ledger = "tnt_a/local/0";
const world = new AuditedWorld(["tnt_a"], Date.UTC(2026, 10, 29));
const late = world.clock + limits.jobDeadlineMillis + limits.auditSlackMillis;

function breachesOf(job: Job, { incarnation = 1, rows = [] as RecordedRow[], now = world.clock }) {
  const tally = new Tally();
  const records = { rows: new Map([[job.id, rows]]), through: Infinity, reads: 0 };
  checkJobs({ ledger, jobs: [job], incarnation, now }, records, tally);
  return tally.breaches;
}

test("only a ledger that was restored gives an open job another deadline", () => {
  const job: Job = { ...world.accept("tnt_a"), deadline: late + limits.jobDeadlineMillis };
  expect(breachesOf(job, { now: late })).toMatchObject([
    {
      ...{ invariant: "nothing-open-past-its-deadline", subject: job.id },
      detail: "it is running, 1 s past its deadline",
    },
  ]);
  expect(breachesOf(job, { now: late - 1000 })).toEqual([]);
  expect(breachesOf(job, { now: late, incarnation: 2 })).toEqual([]);
});

test("only one earlier record from before a restore stands for a job that is done again", () => {
  const job = world.finish("tnt_a");
  const { id, settledAt: at, outputs, usage } = job;
  const own = { job: id, at, outcome: "done", outputs: outputs.length, ...usage } as RecordedRow;
  const earlier = { ...own, at: world.clock - 1, computeUnits: 1 };
  const found = (...rows: RecordedRow[]) =>
    breachesOf(job, { incarnation: 2, rows }).map(({ invariant }) => invariant);
  expect(found({ ...earlier, incarnation: 1 })).toEqual([]);
  const differs = "billed-is-what-was-done";
  expect(found({ ...earlier, incarnation: 2 })).toEqual([differs]);
  expect(found({ ...earlier, incarnation: 1, at: world.clock })).toEqual([differs]);
  const twice = [own, own].map((row) => ({ ...row, at: world.clock - 1, incarnation: 1 }));
  expect(found(...twice)).toEqual(["ended-jobs-are-billed-once"]);
});

test("a job that is not billed once is told with what its records say", () => {
  const job = world.finish("tnt_a");
  expect(breachesOf(job, {})).toMatchObject([
    { invariant: "ended-jobs-are-billed-once", detail: "it is done; 0 records say nothing" },
  ]);
  const row = { job: job.id, outcome: "failed", incarnation: 1 } as RecordedRow;
  expect(breachesOf({ ...job, usage: null }, { rows: [row] })).toMatchObject([
    { detail: "it is done; 1 records say failed" },
  ]);
});

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
    { invariant: "nothing-open-past-its-deadline", subject: job.id },
  ]);
  expect(breachesOf(job, { now: late, incarnation: 2 })).toEqual([]);
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

import type { Breach, Tally } from "../../../core/billing/audit-report.ts";
import { isRendition, isTerminal, type Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { RecordedRow, Records } from "./read-records.ts";

interface JobsTask {
  readonly ledger: string;
  readonly jobs: readonly Job[];
  /** How often the ledger was restored from a backup, plus one. */
  readonly incarnation: number;
  readonly now: number;
}

/** Each job against the clock and the records. What is found is checked again before it is reported. */
export function checkJobs(
  { ledger, jobs, incarnation, now }: JobsTask,
  { rows, through }: Records,
  tally: Tally,
): void {
  for (const job of jobs) {
    const about = { ledger, subject: job.id };
    const usual = job.createdAt + limits.jobDeadlineMillis;
    // A ledger that was restored begins its open jobs again, with the time of new ones.
    const deadline = incarnation > 1 ? (job.deadline ?? usual) : usual;
    const overdue = now - deadline - limits.auditSlackMillis;
    tally.expect(isTerminal(job.status) || overdue <= 0, {
      ...about,
      invariant: "nothing-open-past-its-deadline",
      detail: `it is ${job.status}, ${Math.round(overdue / 1000)} s past its deadline`,
    });
    // Ledgers from before there were records have jobs without one.
    if (job.settledAt === null || job.settledAt > through) continue;
    const own = rows.get(job.id) ?? [];
    if (isDoneAgain(job, own, incarnation)) tally.held("ended-jobs-are-billed-once");
    else checkRows(about, job, own, tally);
  }
}

/** It was billed before its ledger was restored, and is done again for nothing: its record is of the first time. */
function isDoneAgain(job: Job, rows: readonly RecordedRow[], incarnation: number): boolean {
  const [row] = rows;
  const isBefore = row !== undefined && row.incarnation < incarnation;
  return isBefore && rows.length === 1 && row.at < (job.settledAt ?? 0);
}

function checkRows(
  about: Pick<Breach, "ledger" | "subject">,
  job: Job,
  rows: readonly RecordedRow[],
  tally: Tally,
): void {
  const [row] = rows;
  tally.expect(rows.length === 1 && row?.outcome === job.status, {
    ...about,
    invariant: "ended-jobs-are-billed-once",
    detail: `it is ${job.status}; ${rows.length} records say ${row?.outcome ?? "nothing"}`,
  });
  if (!row || !job.usage) return;
  if (job.reserved !== undefined) {
    tally.expect(row.computeUnits <= job.reserved, {
      ...about,
      invariant: "billed-is-within-reserved",
      detail: `${row.computeUnits} units are billed; ${job.reserved} were reserved`,
    });
  }
  const { computeUnits, bytesOut, pixels } = job.usage;
  const shown = [computeUnits, bytesOut, pixels, job.outputs.filter(isRendition).length];
  const billed = [row.computeUnits, row.bytesOut, row.pixels, row.outputs];
  tally.expect(shown.join() === billed.join(), {
    ...about,
    invariant: "billed-is-what-was-done",
    detail: `units, bytes, pixels and renditions are ${shown.join(", ")}; billed are ${billed.join(", ")}`,
  });
}

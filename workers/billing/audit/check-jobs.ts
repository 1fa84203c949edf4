import type { Breach, Tally } from "../../../core/billing/audit-report.ts";
import { isRendition, isTerminal, type Job } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { Row } from "../../../core/books/verify/read-segment.ts";
import type { Records } from "./read-records.ts";

/** Each job against the clock and the records. What is found is asked again before it is said. */
export function checkJobs(
  ledger: string,
  jobs: readonly Job[],
  { rows, through }: Records,
  now: number,
  tally: Tally,
): void {
  for (const job of jobs) {
    const about = { ledger, subject: job.id };
    const overdue = now - job.createdAt - limits.jobDeadlineMillis - limits.auditSlackMillis;
    tally.expect(isTerminal(job.status) || overdue <= 0, {
      ...about,
      invariant: "nothing-open-past-its-deadline",
      detail: `it is ${job.status}, ${Math.round(overdue / 1000)} s past its deadline`,
    });
    // Ledgers of before the records began have jobs without one.
    if (job.settledAt === null || job.settledAt > through) continue;
    checkRows(about, job, rows.get(job.id) ?? [], tally);
  }
}

function checkRows(
  about: Pick<Breach, "ledger" | "subject">,
  job: Job,
  rows: readonly Row[],
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

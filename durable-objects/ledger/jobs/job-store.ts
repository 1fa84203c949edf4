import type { JobSpec } from "../../../core/job/job.ts";
import type { FinalOutcome, Progress } from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";
import type { Sql } from "../../ports.ts";
import { Acceptances } from "./acceptances.ts";
import { damagedSpec, parseRow, settledSpec, type JobRecord, type JobRow } from "./job-record.ts";
import { OpenJobs } from "./open-jobs.ts";
import type { Quarantine } from "../quarantine.ts";

export interface NewJob {
  readonly id: string;
  readonly progress: Progress;
  readonly createdAt: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly spec: JobSpec;
  readonly takenMillis?: number;
}

/** The `jobs` table, and in memory the progress of open jobs. Synchronous; callers decide what is one transaction. */
export class JobStore {
  readonly #sql: Sql;
  readonly #quarantine: Quarantine;
  readonly acceptances: Acceptances;
  readonly #open: OpenJobs;
  #settled: number;

  constructor(sql: Sql, quarantine: Quarantine) {
    this.#sql = sql;
    this.#quarantine = quarantine;
    this.acceptances = new Acceptances(sql);
    this.#open = new OpenJobs(sql);
    this.#settled = sql
      .exec<{ jobs: number }>(`SELECT COUNT(*) AS jobs FROM jobs WHERE due IS NULL`)
      .one().jobs;
  }

  /** The record that the new row would be read as. */
  insert(job: NewJob): JobRecord {
    const { id, progress, createdAt, idempotency, spec, takenMillis = null } = job;
    const fingerprint = idempotency?.fingerprint ?? null;
    this.#sql.exec(
      `INSERT INTO jobs (id, status, due, deadline, attempts, resends, created_at, idempotency, fingerprint,
                         spec, sent_at, taken_millis, held, ordinal, lane, claims)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      progress.status,
      progress.due,
      progress.deadline,
      progress.strikes,
      progress.resends,
      createdAt,
      idempotency?.key ?? null,
      fingerprint,
      JSON.stringify(spec),
      progress.sentAt,
      takenMillis,
      progress.held ? 1 : 0,
      this.acceptances.next(),
      progress.lane,
      progress.claims,
    );
    this.#open.add(id, { progress, createdAt });
    return {
      ...{ id, progress, createdAt, idempotency: idempotency?.key ?? null, fingerprint, spec },
      ...{ takenMillis, settledAt: null, deleted: false, outcome: null, winner: null, seq: null },
    };
  }

  find(id: string): JobRecord | null {
    return this.#select(`WHERE id = ?`, id)[0] ?? null;
  }

  findByIdempotencyKey(key: string): JobRecord | null {
    return this.#select(`WHERE idempotency = ?`, key)[0] ?? null;
  }

  /** Also those whose `due` lies after `latest`: the clock stepped back after it was written. */
  overdue(now: number, latest: number, limit: number): JobRecord[] {
    return this.#all(this.#open.overdue(now, latest, limit));
  }

  /** Newest first; `before` is the last id of the page before. */
  page(before: string | null, limit: number): JobRecord[] {
    return before === null
      ? this.#select(`WHERE deleted = 0 ORDER BY id DESC LIMIT ?+0`, limit)
      : this.#select(`WHERE deleted = 0 AND id < ? ORDER BY id DESC LIMIT ?+0`, before, limit);
  }

  /** Those of the oldest `limit` jobs that are settled and were created before. */
  oldestSettled(createdBefore: number, limit: number): JobRecord[] {
    return this.#select(
      `WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT ?+0) AND created_at <= ? AND due IS NULL`,
      limit,
      createdBefore,
    );
  }

  /** Only in memory: an object that wakes goes on from the row, which may lack a claim. */
  hold(id: string, progress: Progress): void {
    this.#open.advance(id, progress);
  }

  advance(id: string, progress: Progress): void {
    const { status, due, strikes, resends, claims, deferrals, lane, sentAt, held } = progress;
    this.#sql.exec(
      `UPDATE jobs SET status = ?, due = ?, attempts = ?, resends = ?, claims = ?, deferrals = ?, lane = ?,
                       sent_at = ?, held = ? WHERE id = ?`,
      status,
      due,
      strikes,
      resends,
      claims,
      deferrals,
      lane,
      sentAt,
      held ? 1 : 0,
      id,
    );
    this.#open.advance(id, progress);
  }

  /** Whether the time of an open job is over. */
  hasExpired(now: number): boolean {
    return this.#open.hasExpired(now);
  }

  /** Gives every open job a new deadline, and claim numbers that no consumer can have. */
  renewOpen(deadline: number): void {
    this.#sql.exec(
      `UPDATE jobs SET deadline = MAX(deadline, ?), claims = claims + ? WHERE due IS NOT NULL`,
      deadline,
      limits.claimsForgottenMax,
    );
    this.#open.renew(deadline);
  }

  settle(
    record: JobRecord,
    settled: {
      readonly progress: Progress;
      readonly at: number;
      readonly outcome: FinalOutcome;
      readonly winner: number | null;
      readonly sweepAt: number | null;
      /** Null: it is in the books already, and its row says where. */
      readonly seq: number | null;
    },
  ): void {
    this.#sql.exec(
      `UPDATE jobs SET status = ?, due = NULL, attempts = ?, claims = ?, settled_at = ?, spec = ?, outcome = ?,
                       winner = ?, sweep_at = ?, seq = COALESCE(?, seq) WHERE id = ?`,
      settled.progress.status,
      settled.progress.strikes,
      settled.progress.claims,
      settled.at,
      JSON.stringify(settledSpec(record.spec)),
      JSON.stringify(settled.outcome),
      settled.winner,
      settled.sweepAt,
      settled.seq,
      record.id,
    );
    this.#open.delete(record.id);
    this.#settled += 1;
  }

  /** As if it had never been accepted. */
  forgetOpen(id: string): void {
    this.#sql.exec(`DELETE FROM jobs WHERE id = ? AND due IS NOT NULL`, id);
    this.#open.delete(id);
  }

  /** Another job takes its key over. */
  releaseIdempotencyKey(id: string): void {
    this.#sql.exec(`UPDATE jobs SET idempotency = NULL WHERE id = ?`, id);
  }

  markDeleted(id: string, sweepAt: number): void {
    this.#sql.exec(`UPDATE jobs SET deleted = 1, sweep_at = ? WHERE id = ?`, sweepAt, id);
  }

  toSweep(now: number, limit: number): JobRecord[] {
    return this.#select(`WHERE sweep_at <= ? ORDER BY sweep_at LIMIT ?+0`, now, limit);
  }

  setSweep(id: string, at: number | null): void {
    this.#sql.exec(`UPDATE jobs SET sweep_at = ? WHERE id = ?`, at, id);
  }

  /** The oldest settled jobs whose consumers can no longer write. */
  oldestQuiet(settledBefore: number, limit: number): JobRecord[] {
    return this.#select(
      `WHERE due IS NULL AND sweep_at IS NULL AND settled_at <= ? ORDER BY id LIMIT ?+0`,
      settledBefore,
      limit,
    );
  }

  purge(ids: readonly string[]): void {
    if (ids.length > 0) this.acceptances.keep();
    for (const id of ids) this.#sql.exec(`DELETE FROM jobs WHERE id = ?`, id);
    this.#settled -= ids.length;
  }

  /** Jobs that wait to be taken, with a message that was sent before. */
  waitingSince(sentBefore: number, limit: number): JobRecord[] {
    return this.#all(this.#open.waitingSince(sentBefore, limit));
  }

  /** Settled jobs that are still here. */
  settledCount(): number {
    return this.#settled;
  }

  earliestDue(): number | null {
    return this.#open.earliestDue();
  }

  earliestSweep(): number | null {
    return this.#sql
      .exec<{ at: number | null }>(
        `SELECT MIN(sweep_at) AS at FROM jobs WHERE sweep_at IS NOT NULL`,
      )
      .one().at;
  }

  oldestCreatedAt(): number | null {
    const [row] = this.#sql
      .exec<{ created_at: number }>(`SELECT created_at FROM jobs ORDER BY id LIMIT 1`)
      .toArray();
    return row?.created_at ?? null;
  }

  /** How many are not settled, and when the oldest of them was created. */
  backlog(): { jobs: number; oldestAt: number | null } {
    return { jobs: this.#open.count(), oldestAt: this.#open.oldestAt() };
  }

  /** Jobs that are not settled, and the units reserved for them. */
  open(): { jobs: number; computeUnits: number; outputs: number } {
    return this.#sql
      .exec<{ jobs: number; computeUnits: number; outputs: number }>(
        `SELECT COUNT(*) AS jobs,
                COALESCE(SUM(CASE WHEN json_valid(spec) THEN json_extract(spec, '$.computeUnits') END), 0)
                  AS computeUnits,
                COALESCE(SUM(CASE WHEN json_valid(spec) THEN json_array_length(spec, '$.transforms') END), 0)
                  AS outputs
         FROM jobs WHERE due IS NOT NULL`,
      )
      .one();
  }

  #all(ids: readonly string[]): JobRecord[] {
    return ids.flatMap((id) => this.find(id) ?? []);
  }

  #select(clause: string, ...bindings: (string | number)[]): JobRecord[] {
    return this.#sql
      .exec<JobRow>(`SELECT * FROM jobs ${clause}`, ...bindings)
      .toArray()
      .map((row) => this.#upToDate(this.#readable(row)));
  }

  /** With what is not in its row yet. */
  #upToDate(record: JobRecord): JobRecord {
    const progress = this.#open.progress(record.id);
    return progress ? { ...record, progress } : record;
  }

  /** A damaged row goes into quarantine; if its job was open, the next call that reads it settles it as failed. */
  #readable(row: JobRow): JobRecord {
    try {
      return parseRow(row);
    } catch (cause) {
      this.#quarantine.put("jobs", row.id, JSON.stringify(row), cause);
      const spec = JSON.stringify(damagedSpec);
      const failed = { kind: "failed", problem: damagedProblem };
      const outcome = row.due === null ? JSON.stringify(failed) : null;
      const status = row.due === null ? "failed" : row.status;
      this.#sql.exec(
        `UPDATE jobs SET spec = ?, outcome = ?, status = ? WHERE id = ?`,
        spec,
        outcome,
        status,
        row.id,
      );
      return parseRow({ ...row, spec, outcome, status });
    }
  }
}

/** How a job ends whose row could not be read. */
export const damagedProblem = problem(
  "internal",
  "The record of this job is damaged; the operator has been told. Send the picture again.",
);

import type { Job, JobOutput, JobSpec, JobStatus } from "../../core/job/job.ts";
import type { FinalOutcome, Progress } from "../../core/ledger/progress.ts";
import type { Sql } from "../ports.ts";

/** A job's row, parsed. */
export interface JobRecord {
  readonly id: string;
  readonly progress: Progress;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** Its pictures are gone and it is shown to nobody, but its usage and its idempotency key stay. */
  readonly deleted: boolean;
  readonly fingerprint: string | null;
  readonly spec: JobSpec;
  readonly outcome: FinalOutcome | null;
}

export interface NewJob {
  readonly id: string;
  readonly progress: Progress;
  readonly createdAt: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly spec: JobSpec;
}

/** The `jobs` table. Every method is synchronous; callers decide what is one transaction. */
export class JobStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The record that the new row would be read as. */
  insert({ id, progress, createdAt, idempotency, spec }: NewJob): JobRecord {
    const fingerprint = idempotency?.fingerprint ?? null;
    this.#sql.exec(
      `INSERT INTO jobs (id, status, due, deadline, attempts, resends, created_at, idempotency, fingerprint, spec)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      progress.status,
      progress.due,
      progress.deadline,
      progress.attempts,
      progress.resends,
      createdAt,
      idempotency?.key ?? null,
      fingerprint,
      JSON.stringify(spec),
    );
    const blank = { settledAt: null, deleted: false, outcome: null };
    return { id, progress, createdAt, fingerprint, spec, ...blank };
  }

  find(id: string): JobRecord | null {
    return this.#select(`WHERE id = ?`, id)[0] ?? null;
  }

  findByIdempotencyKey(key: string): JobRecord | null {
    return this.#select(`WHERE idempotency = ?`, key)[0] ?? null;
  }

  overdue(now: number, limit: number): JobRecord[] {
    return this.#select(`WHERE due <= ? ORDER BY due LIMIT ?`, now, limit);
  }

  /** Newest first; `before` is the last id of the page before. */
  page(before: string | null, limit: number): JobRecord[] {
    return before === null
      ? this.#select(`WHERE deleted = 0 ORDER BY id DESC LIMIT ?`, limit)
      : this.#select(`WHERE deleted = 0 AND id < ? ORDER BY id DESC LIMIT ?`, before, limit);
  }

  /** Of the oldest `limit` jobs those that are settled and were created before, by the ledger's own clock. */
  oldestSettled(createdBefore: number, limit: number): JobRecord[] {
    return this.#select(
      `WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT ?) AND created_at <= ? AND due IS NULL`,
      limit,
      createdBefore,
    );
  }

  advance(id: string, { status, due, attempts, resends }: Progress): void {
    this.#sql.exec(
      `UPDATE jobs SET status = ?, due = ?, attempts = ?, resends = ? WHERE id = ?`,
      status,
      due,
      attempts,
      resends,
      id,
    );
  }

  settle(id: string, progress: Progress, settledAt: number, outcome: FinalOutcome): void {
    this.#sql.exec(
      `UPDATE jobs SET status = ?, due = NULL, attempts = ?, settled_at = ?, outcome = ? WHERE id = ?`,
      progress.status,
      progress.attempts,
      settledAt,
      JSON.stringify(outcome),
      id,
    );
  }

  markDeleted(id: string): void {
    this.#sql.exec(`UPDATE jobs SET deleted = 1 WHERE id = ?`, id);
  }

  purge(ids: readonly string[]): void {
    for (const id of ids) this.#sql.exec(`DELETE FROM jobs WHERE id = ?`, id);
  }

  earliestDue(): number | null {
    return this.#sql
      .exec<{ due: number | null }>(`SELECT MIN(due) AS due FROM jobs WHERE due IS NOT NULL`)
      .one().due;
  }

  oldestCreatedAt(): number | null {
    const [row] = this.#sql
      .exec<{ created_at: number }>(`SELECT created_at FROM jobs ORDER BY id LIMIT 1`)
      .toArray();
    return row?.created_at ?? null;
  }

  /** Jobs that are not settled, and the units reserved for them. */
  open(): { jobs: number; computeUnits: number } {
    return this.#sql
      .exec<{ jobs: number; computeUnits: number }>(
        `SELECT COUNT(*) AS jobs, COALESCE(SUM(json_extract(spec, '$.computeUnits')), 0) AS computeUnits
         FROM jobs WHERE due IS NOT NULL`,
      )
      .one();
  }

  #select(clause: string, ...bindings: (string | number)[]): JobRecord[] {
    return this.#sql
      .exec<JobRow>(`SELECT * FROM jobs ${clause}`, ...bindings)
      .toArray()
      .map(parseRow);
  }
}

/** The job as its tenant sees it. */
export function toJob(record: JobRecord): Job {
  const { id, progress, createdAt, settledAt, spec, outcome } = record;
  return {
    id,
    status: progress.status,
    createdAt,
    settledAt,
    attempts: progress.attempts,
    source: spec.source,
    outputs: outputsOf(outcome),
    usage: outcome?.kind === "done" ? outcome.usage : null,
    error: outcome?.kind === "failed" ? outcome.problem : null,
  };
}

function outputsOf(outcome: FinalOutcome | null): readonly JobOutput[] {
  return outcome?.kind === "done" ? outcome.outputs : [];
}

type JobRow = {
  id: string;
  status: JobStatus;
  due: number | null;
  deadline: number;
  attempts: number;
  resends: number;
  created_at: number;
  settled_at: number | null;
  deleted: number;
  idempotency: string | null;
  fingerprint: string | null;
  spec: string;
  outcome: string | null;
};

function parseRow(row: JobRow): JobRecord {
  const { status, due, deadline, attempts, resends } = row;
  return {
    id: row.id,
    progress: { status, due, deadline, attempts, resends },
    createdAt: row.created_at,
    settledAt: row.settled_at,
    deleted: row.deleted === 1,
    fingerprint: row.fingerprint,
    spec: JSON.parse(row.spec) as JobSpec,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as FinalOutcome),
  };
}

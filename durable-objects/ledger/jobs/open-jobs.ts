import { withForgottenClaim, type Progress } from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";
import { progressOf, type ProgressRow } from "./job-record.ts";

interface OpenJob {
  readonly progress: Progress;
  readonly createdAt: number;
}

/**
 * How far each job has come that is not settled, and when it is next looked at. Read from the rows when the object
 * wakes; from then on this is what counts, and a row may lag behind it by a first claim (`JobStore.hold`).
 */
export class OpenJobs {
  readonly #jobs = new Map<string, OpenJob>();
  /** None is due before; null: not known. */
  #noneBefore: number | null = null;

  constructor(sql: Sql) {
    const rows = sql
      .exec<OpenRow>(
        `SELECT id, status, due, deadline, attempts, resends, claims, deferrals, lane, sent_at, held, created_at
         FROM jobs WHERE due IS NOT NULL ORDER BY id`,
      )
      .toArray();
    for (const row of rows) {
      const progress = withForgottenClaim(progressOf(row));
      this.#jobs.set(row.id, { progress, createdAt: row.created_at });
    }
  }

  count(): number {
    return this.#jobs.size;
  }

  progress(id: string): Progress | null {
    return this.#jobs.get(id)?.progress ?? null;
  }

  add(id: string, job: OpenJob): void {
    this.#jobs.set(id, job);
    const { due } = job.progress;
    if (this.#noneBefore !== null) this.#noneBefore = Math.min(this.#noneBefore, due ?? Infinity);
  }

  /** Nothing, where it is not open. */
  advance(id: string, progress: Progress): void {
    const known = this.#jobs.get(id);
    if (known) this.add(id, { ...known, progress });
  }

  delete(id: string): void {
    this.#jobs.delete(id);
    if (this.#jobs.size === 0) this.#noneBefore = null;
  }

  /**
   * Not after the first is due; too early only because of a job that has ended since the last look. Null: none is
   * open.
   */
  earliestDue(): number | null {
    if (this.#jobs.size === 0) return null;
    this.#noneBefore ??= this.#all().reduce((least, [, due]) => Math.min(least, due), Infinity);
    return this.#noneBefore;
  }

  /** The first to look at: those that are due, and those due after `latest`, as the clock has stepped back since. */
  overdue(now: number, latest: number, limit: number): string[] {
    this.#noneBefore = null;
    return this.#all()
      .filter(([, due]) => due <= now || due > latest)
      .toSorted(([, left], [, right]) => left - right)
      .slice(0, limit)
      .map(([id]) => id);
  }

  /** Whether the time of one is over: that of one whose picture is held, when it is due. */
  hasExpired(now: number): boolean {
    return [...this.#jobs.values()].some(
      ({ progress: { due, deadline, held } }) =>
        due !== null && due <= now && (deadline <= now || held),
    );
  }

  /** Those that wait to be taken, with a message that was sent before. */
  waitingSince(sentBefore: number, limit: number): string[] {
    return [...this.#jobs]
      .filter(
        ([, { progress }]) =>
          progress.status === "accepted" &&
          progress.sentAt !== null &&
          progress.sentAt <= sentBefore,
      )
      .slice(0, limit)
      .map(([id]) => id);
  }

  /** They are done from the beginning. What is known of their claims may be less than there were. */
  renew(deadline: number): void {
    for (const [id, { progress }] of this.#jobs) {
      this.advance(id, {
        ...progress,
        deadline: Math.max(progress.deadline, deadline),
        claims: progress.claims + limits.claimsForgottenMax,
      });
    }
  }

  /** When the oldest of them was created. */
  oldestAt(): number | null {
    if (this.#jobs.size === 0) return null;
    return [...this.#jobs.values()].reduce(
      (oldest, { createdAt }) => Math.min(oldest, createdAt),
      Infinity,
    );
  }

  #all(): [id: string, due: number][] {
    return [...this.#jobs].map(([id, { progress }]) => [id, progress.due ?? Infinity]);
  }
}

type OpenRow = ProgressRow & { id: string; created_at: number };

import { keyRevoked, tenantSuspended } from "../../core/identity/standing.ts";
import type { TenantTerms } from "../../core/identity/tenant.ts";
import { parseLedgerName } from "../../core/job/ledger-address.ts";
import type { Job, Outcome } from "../../core/job/job.ts";
import { pictureKeys } from "../../core/job/picture-key.ts";
import { admit, rateStatus } from "../../core/ledger/admission.ts";
import * as progress from "../../core/ledger/progress.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import type { TokenBucket } from "../../core/ledger/token-bucket.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { err, ok } from "../../core/result.ts";
import { Alarm } from "./alarm.ts";
import { deletePictures } from "./delete-pictures.ts";
import { Dispatcher } from "./dispatcher.ts";
import { JobStore, toJob, type JobRecord } from "./job-store.ts";
import {
  boundedBatch,
  type AcceptAnswer,
  type AcceptRequest,
  type ClaimAnswer,
  type ClaimRequest,
  type LedgerUsage,
  type SettleVerdict,
} from "./ledger-calls.ts";
import { ledgerMigrations } from "./ledger-schema.ts";
import { migrate } from "../migrate.ts";
import type { Host, LedgerPorts, PictureBucket } from "../ports.ts";
import { replay } from "./replay.ts";
import { RevokedKeys } from "./revoked-keys.ts";
import { Terms } from "./terms.ts";
import { expectCountable, settledUsage } from "./settled-usage.ts";
import { Tally } from "./tally.ts";
import { UsageFlush } from "./usage-flush.ts";
import { UsageStore } from "./usage-store.ts";
import { Waiters } from "./waiters.ts";

/**
 * One tenant's jobs and usage in one region: accepts work, sees that it is done, counts it exactly once.
 *
 * A transactional outbox: a job is durable before `accept` answers, and stays due until it is settled;
 * the queue only makes that faster. Decisions are pure (`core/ledger`); this object loads, decides,
 * saves, then acts. Tables: `docs/storage.md`. Its name is `<tenant>/<region>/<shard>`.
 */
export class Ledger {
  readonly #host: Host;
  readonly #pictures: PictureBucket;
  readonly #jobs: JobStore;
  readonly #usage: UsageStore;
  readonly #tally: Tally;
  readonly #waiters: Waiters;
  readonly #alarm: Alarm;
  readonly #dispatcher: Dispatcher;
  readonly #flush: UsageFlush;
  readonly #revokedKeys: RevokedKeys;
  readonly #terms: Terms;
  /** In memory only: an object sleeps when it is idle, and by then the bucket is full again. */
  #bucket: TokenBucket | null = null;

  constructor({ host, jobs, pictures, books }: LedgerPorts) {
    this.#host = host;
    this.#pictures = pictures;
    migrate(host.storage, ledgerMigrations);
    const { sql } = host.storage;
    this.#jobs = new JobStore(sql);
    this.#usage = new UsageStore(sql, () => host.now());
    this.#tally = new Tally(this.#jobs, this.#usage, host.now());
    this.#waiters = new Waiters(host.timers);
    this.#alarm = new Alarm(host, (now) => this.#nextWake(now));
    this.#dispatcher = new Dispatcher(jobs, host);
    this.#flush = new UsageFlush(host.name, this.#usage, books, host.timers);
    this.#revokedKeys = new RevokedKeys(sql);
    this.#terms = new Terms(sql);
  }

  /** Once this answers with a job, that job will end as `done` or `failed`, whatever happens. Safe to repeat. */
  accept(request: AcceptRequest): AcceptAnswer {
    const now = this.#usage.now();
    // Repeats first: the caller deletes refused sources, but this job was already accepted.
    const repeated = this.read(request.id);
    if (repeated) return { verdict: ok({ job: repeated, replayed: false }), rate: null };
    if (this.#revokedKeys.has(request.key)) return { verdict: err(keyRevoked), rate: null };
    const known = request.idempotency && this.#jobs.findByIdempotencyKey(request.idempotency.key);
    if (known) return { verdict: replay(known, request), rate: null };

    const terms = this.#terms.newest(request);
    if (terms.status !== "active") return { verdict: err(tenantSuspended), rate: null };
    const { bucket, verdict } = admit(
      {
        bucket: this.#bucket,
        queueBacklog: this.#dispatcher.backlog(now),
        storedBytes: this.#host.storage.sql.databaseSize,
        ...this.#tally.at(now),
      },
      terms.limits,
      request.spec,
      now,
    );
    this.#bucket = bucket;
    const rate = rateStatus(bucket, terms.limits);
    if (!verdict.ok) return { verdict, rate };

    const started = progress.accepted(now);
    const record = this.#jobs.insert({ ...request, progress: started, createdAt: now });
    this.#tally.opened(request.spec.computeUnits);
    this.#dispatcher.send([this.#message(request.id)]);
    this.#alarm.setBy(now + limits.redispatchMillis);
    return { verdict: ok({ job: toJob(record), replayed: false }), rate };
  }

  /** `accept`, held until the job is settled or `waitMillis` are over: one round trip instead of two. */
  async acceptWait(request: AcceptRequest, waitMillis: number): Promise<AcceptAnswer> {
    const { verdict, rate } = this.accept(request);
    if (!verdict.ok) return { verdict, rate };
    const { job, replayed } = verdict.value;
    return { verdict: ok({ job: (await this.wait(job.id, waitMillis)) ?? job, replayed }), rate };
  }

  /** Which of these jobs still want work; those that do belong to the asker for `limits.leaseMillis`. */
  claim(asked: readonly ClaimRequest[], alone: boolean): ClaimAnswer[] {
    const now = this.#usage.now();
    const answers = this.#atomically(() =>
      boundedBatch(asked).map(({ job, redelivered }): ClaimAnswer => {
        const record = this.#jobs.find(job);
        if (!record) return { verdict: "drop", job };
        const claim = progress.claim(record.progress, now, { redelivered, alone });
        if (claim.verdict === "drop") return { verdict: "drop", job };
        if (claim.verdict === "give-up") {
          this.#settleRecord(record, { kind: "failed", problem: claim.problem }, now);
          return { verdict: "drop", job };
        }
        this.#jobs.advance(job, claim.next);
        if (claim.verdict === "isolate") return { verdict: "isolate", job };
        return { verdict: "render", job, spec: record.spec, awaited: this.#waiters.has(job) };
      }),
    );
    this.#alarm.setBy(now + limits.leaseMillis);
    return answers;
  }

  /**
   * Ends jobs. Only the first final outcome of a job counts; usage moves in the same transaction. Throws,
   * with nothing changed, when usage is reported that cannot be counted.
   */
  settle(
    outcomes: readonly { readonly job: string; readonly outcome: Outcome }[],
  ): SettleVerdict[] {
    expectCountable(outcomes);
    const now = this.#usage.now();
    const verdicts = this.#atomically(() =>
      boundedBatch(outcomes).map(({ job, outcome }): SettleVerdict => {
        const record = this.#jobs.find(job);
        if (!record || record.deleted) return "discard";
        return this.#settleRecord(record, outcome, now);
      }),
    );
    this.#alarm.setBy(this.#nextWake(now));
    return verdicts;
  }

  /** The job when it is settled, or as it is after `millis`; null if there is none. */
  async wait(id: string, millis: number): Promise<Job | null> {
    const job = this.read(id);
    if (!job || job.settledAt !== null) return job;
    await this.#waiters.wait(id, millis);
    return this.read(id);
  }

  read(id: string): Job | null {
    const record = this.#jobs.find(id);
    return record && !record.deleted ? toJob(record) : null;
  }

  /** Newest first. `cursor` is the last id of the page before. */
  list(cursor: string | null, limit: number): Job[] {
    return this.#jobs.page(cursor, Math.min(limit, limits.pageSizeMax)).map(toJob);
  }

  /** Removes a job's pictures and hides it; an unfinished one is cancelled first. Its usage stays. False: no such job. */
  async remove(id: string): Promise<boolean> {
    const record = this.#jobs.find(id);
    if (!record) return false;
    const cancelled = problem("cancelled", "The job was deleted before it was finished.");
    this.#atomically(() => {
      this.#settleRecord(record, { kind: "failed", problem: cancelled }, this.#usage.now());
      this.#jobs.markDeleted(id);
    });
    await deletePictures(this.#pictures, this.#pictureKeys(record), this.#host.timers);
    return true;
  }

  /** Usage by the hour, hours starting in [from, to). */
  usage(from: number, to: number): LedgerUsage {
    return { asOf: this.#usage.now(), hours: this.#usage.between(from, to) };
  }

  /**
   * Moves all usage counted so far to R2 and says how far the books can rely on it. Called every hour, it
   * also sets the alarm of a ledger whose own the platform gave up on, so that no job waits for ever.
   */
  seal(): Promise<Watermark> {
    this.#alarm.setBy(this.#nextWake(this.#usage.now()));
    return this.#flush.run(limits.segmentsPerSealMax);
  }

  /** From this moment these terms decide, unless newer ones are known. */
  setTerms(terms: TenantTerms): void {
    this.#terms.tell(terms);
  }

  /** From this moment the key opens no new work here, whatever caches elsewhere still believe. */
  revokeKey(id: string): void {
    this.#revokedKeys.add(id, this.#usage.now());
  }

  /** What the platform calls at the time that was asked for. */
  alarm(): Promise<void> {
    const duties = [() => this.#sendOverdue(), () => this.#flushDue(), () => this.#purgeOld()];
    return this.#alarm.ring(duties);
  }

  #sendOverdue(): void {
    const now = this.#usage.now();
    const messages = this.#atomically(() =>
      this.#jobs.overdue(now, limits.dispatchBatchMax).flatMap((record) => {
        const decision = progress.overdue(record.progress, now, this.#host.random());
        if (decision.verdict === "give-up") {
          this.#settleRecord(record, { kind: "failed", problem: decision.problem }, now);
          return [];
        }
        this.#jobs.advance(record.id, decision.next);
        return [this.#message(record.id)];
      }),
    );
    this.#dispatcher.send(messages);
  }

  async #flushDue(): Promise<void> {
    const pendingAt = this.#usage.oldestPendingAt();
    if (pendingAt === null || pendingAt + limits.flushMillis > this.#usage.now()) return;
    await this.#flush.run(limits.segmentsPerFlushMax);
  }

  async #purgeOld(): Promise<void> {
    const now = this.#usage.now();
    this.#usage.forgetBefore(hourOf(now - limits.usageRetentionMillis));
    const old = this.#jobs.oldestSettled(now - limits.jobRetentionMillis, limits.purgeBatchMax);
    const keys = old.flatMap((record) => this.#pictureKeys(record));
    await deletePictures(this.#pictures, keys, this.#host.timers);
    this.#jobs.purge(old.map(({ id }) => id));
  }

  /** Must run inside `#atomically`: row, event, hour and reservation move together or not at all. */
  #settleRecord(record: JobRecord, outcome: Outcome, now: number): SettleVerdict {
    const settlement = progress.settle(record.progress, outcome, now, this.#host.random());
    if (settlement.verdict === "already") return "already";
    if (settlement.verdict === "deferred") {
      this.#jobs.advance(record.id, settlement.next);
      return "deferred";
    }
    const { next, outcome: final } = settlement;
    this.#jobs.settle(record.id, next, now, final);
    this.#usage.record(settledUsage(record, final, now));
    const billed = final.kind === "done" ? final.usage.computeUnits : null;
    this.#tally.closed(record.spec.computeUnits, billed);
    this.#waiters.wake(record.id);
    return "settled";
  }

  /** All or nothing, in memory too: if the transaction fails the object starts again from what is stored. */
  #atomically<Value>(change: () => Value): Value {
    try {
      return this.#host.storage.transactionSync(change);
    } catch (cause) {
      this.#host.abort(`transaction failed: ${String(cause)}`);
      throw cause;
    }
  }

  /** The earliest of re-dispatch, flush and purge. */
  #nextWake(now: number): number {
    const pendingAt = this.#usage.oldestPendingAt();
    const oldest = this.#jobs.oldestCreatedAt();
    return Math.min(
      this.#jobs.earliestDue() ?? Infinity,
      pendingAt === null ? Infinity : pendingAt + limits.flushMillis,
      oldest === null ? Infinity : Math.max(now, oldest + limits.jobRetentionMillis),
    );
  }

  #message(job: string) {
    return { version: 1, ledger: this.#host.name, job } as const;
  }

  #pictureKeys({ id, spec }: JobRecord): string[] {
    return pictureKeys(parseLedgerName(this.#host.name).tenant, id, spec.transforms.length);
  }
}

import { shardsOf, type ShardMap } from "../../core/fleet/shard-map.ts";
import type { ToldTerms } from "../../core/identity/tenant.ts";
import type { Job } from "../../core/job/job.ts";
import type { Lease, LeaseAsk } from "../../core/ledger/lease.ts";
import type { Watermark } from "../../core/ledger/segment.ts";
import { limits } from "../../core/limits.ts";
import { ok } from "../../core/result.ts";
import { migrate } from "../migrate.ts";
import type { Host, LedgerPorts } from "../ports.ts";
import { Alarm } from "./alarm.ts";
import { Archive } from "./archive/archive.ts";
import { Orphans } from "./archive/orphans.ts";
import { Replays } from "./archive/replays.ts";
import { Tombstones } from "./archive/tombstones.ts";
import { atomicallyOn, type Atomically } from "./atomically.ts";
import { Accepting } from "./admission/accepting.ts";
import { Deletion } from "./deletion.ts";
import { Duties } from "./duties.ts";
import { Gate } from "./admission/gate.ts";
import { JobViews } from "./jobs/job-views.ts";
import { JobStore } from "./jobs/job-store.ts";
import { RestoredJobs } from "./jobs/restored-jobs.ts";
import {
  boundedBatch,
  type AcceptAnswer,
  type AcceptRequest,
  type BeginRequest,
  type ClaimAnswer,
  type ClaimRequest,
  type BroughtTerms,
  type LedgerAccount,
  type LedgerUsage,
  type ReserveAnswer,
  type ReserveRequest,
  type SettleRequest,
  type SettleAnswer,
} from "./ledger-calls.ts";
import { ledgerMigrations } from "./ledger-schema.ts";
import { Figures } from "./measures/figures.ts";
import { Measures } from "./measures/measures.ts";
import { Reporting } from "./measures/reporting.ts";
import { Originals } from "./originals/originals.ts";
import { Quarantine } from "./quarantine.ts";
import { Claims } from "./delivery/claims.ts";
import { Redelivery } from "./delivery/redelivery.ts";
import { Recall } from "./admission/recall.ts";
import { RevokedKeys } from "./admission/revoked-keys.ts";
import { expectCountable } from "./usage/settled-usage.ts";
import { Settling } from "./settling.ts";
import { Tally } from "./admission/tally.ts";
import { Terms } from "./admission/terms.ts";
import { Removal } from "./removal.ts";
import { Upkeep } from "./upkeep.ts";
import { RestoredChain } from "./usage/restored-chain.ts";
import { UsageFlush } from "./usage/usage-flush.ts";
import { UsageStore } from "./usage/usage-store.ts";
import { Waiters } from "./waiters.ts";

/**
 * One tenant's jobs and usage in one region: accepts work, sees that it is done, counts it exactly once.
 *
 * A transactional outbox: a job is durable before `accept` answers, and stays due until it is settled;
 * the queue only makes that faster. Decisions are pure (`core/ledger`); this object loads, decides,
 * saves, then acts. Tables: `docs/storage.md`. Its name is `<tenant>/<region>/<shard>`.
 */
export class Ledger {
  readonly figures: Figures;
  readonly originals: Originals;
  readonly #host: Host;
  readonly #atomically: Atomically;
  readonly #jobs: JobStore;
  readonly #usage: UsageStore;
  readonly #alarm: Alarm;
  readonly #settling: Settling;
  readonly #redelivery: Redelivery;
  readonly #accepting: Accepting;
  readonly #claims: Claims;
  readonly #restored: RestoredChain;
  readonly #flush: UsageFlush;
  readonly #removal: Removal;
  readonly #duties: Duties;
  readonly #views: JobViews;
  readonly #orphans: Orphans;
  readonly #revokedKeys: RevokedKeys;
  readonly #terms: Terms;
  readonly #gate: Gate;

  constructor(ports: LedgerPorts) {
    const { host, pictures, books, directory, firstShard } = ports;
    this.#host = host;
    migrate(host.storage, ledgerMigrations);
    const { sql } = host.storage;
    const quarantine = new Quarantine(sql, host);
    const jobs = new JobStore(sql, quarantine);
    const usage = new UsageStore(sql, () => host.now(), quarantine);
    const tally = new Tally(jobs, usage, host.now());
    const waiters = new Waiters(host.timers);
    const atomically = atomicallyOn(host);
    const measures = new Measures(ports, quarantine);
    const knowsItsChain = () => restored.isKnown();
    const settling = new Settling({ host, jobs, usage, tally, waiters, measures, knowsItsChain });
    this.#atomically = atomically;
    this.#jobs = jobs;
    this.#usage = usage;
    this.#settling = settling;
    this.#redelivery = new Redelivery(ports, { jobs, settling, atomically });
    this.#claims = new Claims(host, { jobs, settling, waiters, redelivery: this.#redelivery });
    const wakeBy = (at: number) => this.#alarm.setBy(at);
    const wake = () => wakeBy(host.now());
    const adopted = () => this.#adopted(tally);
    const terms = new Terms(sql, quarantine);
    const revokedKeys = new RevokedKeys(sql);
    const tombstones = new Tombstones(host, { pictures, jobs, terms });
    const recall = new Recall(host, { directory, terms, revokedKeys, atomically, wake });
    const ofTenant = { pictures, terms, atomically };
    const originals = new Originals(host, { ...ofTenant, revokedKeys, recall, wakeBy });
    this.originals = originals;
    const restored = new RestoredChain(host, {
      ...{ usage, recall, tombstones, originals, books, atomically, adopted },
      jobs: new RestoredJobs({ jobs, settling }),
    });
    this.#restored = restored;
    this.#flush = new UsageFlush(host, { usage, books, restored, atomically });
    this.figures = new Figures(host, this.#redelivery, { jobs, usage, measures, restored, terms });
    const replays = new Replays(host, terms);
    const archive = new Archive({ ...ports, jobs, replays, tombstones, terms, atomically });
    this.#views = new JobViews(host.name, { jobs, archive, waiters, usage });
    this.#orphans = new Orphans(host, pictures, { jobs: this.#views, tombstones, archive });
    const upkeep = new Upkeep(host, { jobs, usage, pictures, terms, tombstones });
    this.#gate = new Gate(host, { recall, terms, tally, redelivery: this.#redelivery, firstShard });
    this.#removal = new Removal(host, { jobs, settling, atomically, archive, upkeep });
    this.#duties = new Duties(host, {
      ...{ jobs, terms, measures, restored, recall, tombstones, originals },
      ...{ gate: this.#gate, redelivery: this.#redelivery, removal: this.#removal },
      deletion: new Deletion(host, { ...ofTenant, jobs, replays, settling, originals }),
      ...{ flush: this.#flush, upkeep, archive, orphans: this.#orphans },
      reporting: new Reporting(ports, { jobs, usage, measures }),
    });
    this.#alarm = new Alarm(host, (now) => this.#duties.nextAt(now));
    this.#revokedKeys = revokedKeys;
    this.#terms = terms;
    this.#accepting = new Accepting(host, {
      ...{ jobs, replays, tally, views: this.#views, revokedKeys },
      ...{ terms, gate: this.#gate, redelivery: this.#redelivery, orphans: this.#orphans },
      ...{ alarm: this.#alarm, measures },
    });
  }

  /** A place for a job whose source is on its way to `accept`. It ends by itself. Safe to repeat. */
  reserve(request: ReserveRequest): ReserveAnswer | Promise<ReserveAnswer> {
    this.#restored.look();
    return this.#accepting.reserve(request);
  }

  /** The source of a reserved job will not come. */
  release(id: string): void {
    this.#gate.release(id);
  }

  /** Once this answers with a job, that job will end as `done` or `failed`, whatever happens. Safe to repeat. */
  accept(request: AcceptRequest): AcceptAnswer | Promise<AcceptAnswer> {
    this.#restored.look();
    return this.#accepting.accept(request);
  }

  /** Whether the key is known here; if it is not, it will only be when it belongs here by this map. Safe to repeat. */
  holdsKey(key: string, map: ShardMap): boolean {
    return this.#accepting.holdsKey(key, map);
  }

  /** What another shard of the tenant may use of the limits that they share. Throws while this one is recalling. */
  lease(ask: LeaseAsk, brought: BroughtTerms): Lease {
    return this.#gate.grant(ask, brought, this.#host.now());
  }

  shardMap = (): ShardMap => this.#terms.known().shards;

  /** `accept`, held until the job is settled or `waitMillis` are over: one round trip instead of two. */
  async acceptWait(request: AcceptRequest, waitMillis: number): Promise<AcceptAnswer> {
    const answer = await this.accept(request);
    if (!answer.verdict.ok) return answer;
    const { job, replayed } = answer.verdict.value;
    // The caller has something to do first.
    if (job.held) return answer;
    const settled = (await this.wait(job.id, waitMillis)) ?? job;
    return { ...answer, verdict: ok({ job: settled, replayed }) };
  }

  /** A job that was held goes to the queue, unless its consumer may still be at it. Safe to repeat. */
  dispatch(id: string, lost: boolean, unbegun = false): void {
    this.#redelivery.handOver(id, { lost, unbegun });
    this.#alarm.setBy(this.#host.now() + limits.expressHoldMillis);
  }

  /** Which of these jobs still want work; those that do belong to the caller until their lease ends. */
  claim(asked: readonly ClaimRequest[], alone: boolean): ClaimAnswer[] {
    const now = this.#host.now();
    const answers = this.#atomically(() =>
      boundedBatch(asked).map((ask) => this.#claims.claim(ask, alone)),
    );
    this.#alarm.setBy(now + limits.leaseMillis);
    return answers;
  }

  /**
   * Whether a consumer may render what it claimed a while ago: then its lease begins again. Always asked
   * for a job that is rendered alone, because that is where a job that ends its consumers is found out.
   */
  begin(request: BeginRequest, alone: boolean): boolean {
    return this.#claims.begin(request, alone);
  }

  /**
   * Ends jobs. Only the first final outcome of a job counts; usage moves in the same transaction. Throws,
   * with nothing changed, when usage is reported that cannot be counted.
   */
  settle(outcomes: readonly SettleRequest[]): SettleAnswer[] {
    expectCountable(outcomes);
    const now = this.#host.now();
    const answers = this.#atomically(() =>
      boundedBatch(outcomes).map(({ job, outcome, attempt, spent, tell }): SettleAnswer => {
        const record = this.#jobs.find(job);
        if (!record || (record.deleted && !record.spec.kept)) return "discard";
        const verdict = this.#settling.settle(record, outcome, attempt ?? null, now, spent);
        const counts = verdict === "settled" || verdict === "already";
        const ended = tell && counts ? this.#jobs.find(job) : null;
        return ended ? { verdict, job: this.#views.show(ended) } : verdict;
      }),
    );
    this.#alarm.setBy(this.#duties.nextAt(now));
    return answers;
  }

  /** The job when it is settled, or as it is after `millis`; null if there is none. */
  wait(id: string, millis: number): Promise<Job | null> {
    return this.#views.wait(id, millis);
  }

  read(id: string): Promise<Job | null> {
    return this.#views.read(id);
  }

  /** Newest first. `cursor` is the last id of the page before. */
  list(cursor: string | null, limit: number): Promise<Job[]> {
    return this.#views.list(cursor, limit);
  }

  /** False: no such job. */
  remove(id: string): Promise<boolean> {
    this.#alarm.setBy(this.#host.now());
    return this.#removal.remove(id);
  }

  /** Usage by the hour, hours starting in [from, to). */
  usage(from: number, to: number): LedgerUsage {
    return { asOf: this.#host.now(), hours: this.#usage.hours.between(from, to) };
  }

  /**
   * Moves all usage counted so far to R2 and says how far the books can rely on it. Called every hour, it
   * also sets the alarm of a ledger whose own the platform gave up on, so that no job waits forever.
   */
  async seal(): Promise<Watermark> {
    const now = this.#host.now();
    if (this.#orphans.dueAt() === Infinity) this.#orphans.lookAfter(now);
    this.#alarm.setBy(this.#duties.nextAt(now));
    const watermark = await this.#flush.run(limits.segmentsPerSealMax);
    return { ...watermark, shards: shardsOf(this.#terms.known().shards) };
  }

  /** The tenant's limits as they count here, and what is used of them. */
  account(brought: BroughtTerms): LedgerAccount {
    return this.#gate.account(brought, this.#host.now());
  }

  /** From this moment these terms decide, unless newer ones are known. */
  setTerms(terms: ToldTerms): void {
    this.#terms.tell(terms);
    // They may keep less than the ones before, or nothing at all.
    this.#alarm.setBy(this.#duties.nextAt(this.#host.now()));
  }

  /** From this moment the key opens no new work here, whatever caches elsewhere still believe. */
  revokeKey(id: string): void {
    this.#revokedKeys.add([id], this.#host.now());
  }

  /** It was restored from a backup, and has taken over what it had forgotten. */
  #adopted(tally: Tally): void {
    tally.recount();
    this.#jobs.acceptances.begin();
    this.#duties.tellAll();
    this.#alarm.setBy(this.#host.now());
  }

  /** What the platform calls at the time that was asked for. */
  alarm(): Promise<void> {
    return this.#alarm.ring(this.#duties.list);
  }
}

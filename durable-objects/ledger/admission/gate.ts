import { within, type Timers } from "../../../core/deadline.ts";
import { tenantSuspended } from "../../../core/identity/standing.ts";
import {
  admit,
  admitCall,
  overPlan,
  rateStatus,
  type RateStatus,
  type Standing,
} from "../../../core/ledger/admission.ts";
import {
  capsOf,
  isMonthCapped,
  spendMicros,
  type JobCost,
  type MonthlyUse,
} from "../../../core/ledger/caps.ts";
import { shardsOf } from "../../../core/fleet/shard-map.ts";
import {
  amountsOf,
  needOf,
  type Amounts,
  type Lease,
  type LeaseAsk,
  type LeaseSource,
} from "../../../core/ledger/lease.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { monthOf, monthStart } from "../../../core/ledger/usage.ts";
import { isFilling } from "../../../core/ledger/pressure.ts";
import type { TokenBucket } from "../../../core/ledger/token-bucket.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem, ProblemCode } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Host, Sql } from "../../ports.ts";
import type { Redelivery } from "../delivery/redelivery.ts";
import { Quarantine } from "../quarantine.ts";
import type { BroughtTerms, LedgerAccount, ReserveRequest, SourceSize } from "../ledger-calls.ts";
import { GrantedLeases } from "./granted-leases.ts";
import { LeaseRows } from "./lease-rows.ts";
import { OwnLease } from "./own-lease.ts";
import { Notices } from "./notices.ts";
import { recalling, type Recall } from "./recall.ts";
import type { Tally } from "./tally.ts";
import type { Terms } from "./terms.ts";

/** A job that asks to be admitted: the id that it will have, and the terms that the request brought. */
export interface GateRequest extends BroughtTerms {
  readonly id: string;
}

interface GateAnswer {
  readonly verdict: Result<true, Problem>;
  readonly rate: RateStatus | null;
  /** It may be let in once this shard has leased more (`grow`). */
  readonly wantsMore?: boolean;
}

/**
 * Admits jobs or refuses them. A job may reserve its place before its source is stored; it is then admitted
 * by its id later, and counts as unfinished until then. All of this is in memory only: an object sleeps when
 * it is idle, and by then buckets are full and places have ended. Should it restart earlier, a job without
 * its place asks once more.
 */
export class Gate {
  readonly #recall: Recall;
  readonly #terms: Terms;
  readonly #tally: Tally;
  readonly #redelivery: Redelivery;
  readonly #storage: Pick<Sql, "databaseSize">;
  readonly #timers: Timers;
  readonly #notices: Notices;
  readonly #granted: GrantedLeases;
  /** Null in a tenant's first shard, which grants them. */
  readonly #lease: OwnLease | null;
  /** By id, oldest first: all end after the same time. */
  readonly #places = new Map<string, { readonly cost: JobCost; readonly endsAt: number }>();
  #held: JobCost = { computeUnits: 0, outputs: 0 };
  #jobs: TokenBucket | null = null;
  #size = { bytes: 0, at: -Infinity };
  #repeats: TokenBucket | null = null;

  constructor(
    host: Host,
    {
      recall,
      terms,
      tally,
      redelivery,
      firstShard,
    }: {
      readonly recall: Recall;
      readonly terms: Terms;
      readonly tally: Tally;
      readonly redelivery: Redelivery;
      readonly firstShard: LeaseSource | undefined;
    },
  ) {
    this.#recall = recall;
    this.#terms = terms;
    this.#tally = tally;
    this.#redelivery = redelivery;
    this.#storage = host.storage.sql;
    this.#timers = host.timers;
    this.#notices = new Notices(host);
    const rows = new LeaseRows(host.storage.sql, new Quarantine(host.storage.sql, host));
    this.#granted = new GrantedLeases(rows);
    const { shard: number } = parseLedgerName(host.name);
    const used = () => this.#used(host.now());
    this.#lease = firstShard
      ? new OwnLease(host, { number, used, terms, source: firstShard, rows })
      : null;
  }

  /** Keeps a place for `limits.reservationMillis`. Asked again for the same job, it is the same place. */
  reserve(request: ReserveRequest, now: number): GateAnswer {
    const { computeUnits, outputs = 0, source = null } = request;
    const cost = { computeUnits, outputs };
    const answer = this.enter(request, source, cost, now);
    if (answer.verdict.ok) {
      this.#places.set(request.id, { cost, endsAt: now + limits.reservationMillis });
      this.#held = plus(this.#held, cost, 1);
    }
    return answer;
  }

  /** Admits a job; what was reserved for it is used up. */
  enter(request: GateRequest, source: SourceSize | null, cost: JobCost, now: number): GateAnswer {
    if (this.#recall.refuses()) return { verdict: err(recalling), rate: null };
    const terms = this.#terms.newest(request);
    if (terms.status !== "active") return { verdict: err(tenantSuspended), rate: null };
    const tooLarge = source && overPlan(terms.limits, source);
    if (tooLarge) return { verdict: err(tooLarge), rate: null };
    this.#endOld(now);
    const shards = shardsOf(terms.shards);
    if (this.release(request.id) && this.#jobs) {
      return { verdict: ok(true), rate: rateStatus(this.#jobs, terms.limits, shards) };
    }
    const { bucket, verdict } = admit(this.#standing(now), terms.limits, cost, now);
    const wantsMore = !verdict.ok && this.#wantsMore(verdict.error, now);
    if (!wantsMore) this.#jobs = bucket;
    return { verdict, wantsMore, rate: rateStatus(bucket, terms.limits, shards) };
  }

  #wantsMore({ code }: Problem, now: number): boolean {
    return this.#lease !== null && isShared.has(code) && this.#lease.mayGrow(now);
  }

  /** Leases what the job needs, if there is as much; false: the first shard could not be asked, or not in time. */
  async grow(cost: JobCost, now: number, millis: number): Promise<boolean> {
    if (!this.#lease) throw new Error("the first shard leases from nobody");
    const answer = await within(this.#timers, millis, this.#lease.grow(needOf(cost, now)));
    return answer.ok && answer.value;
  }

  /** For another shard of the tenant. */
  grant(ask: LeaseAsk, brought: BroughtTerms, now: number): Lease {
    if (this.#recall.refuses()) throw new Error("restored, and being brought up to date");
    const { limits: granted, shards } = this.#terms.newest(brought);
    const lease = this.#granted.grant(ask, granted, {
      // By the caller's clock it may be another month than here.
      own: this.#used(monthStart(ask.month)),
      shards: shardsOf(shards),
    });
    this.notice(now);
    return lease;
  }

  leaseDueAt(): number {
    return this.#lease?.dueAt() ?? Infinity;
  }

  /** What was leased and is not used. For the alarm, which soon goes on where the first shard is slow. */
  async giveBack(): Promise<void> {
    if (!this.#lease) return;
    await within(this.#timers, limits.leaseReturnMillisMax, this.#lease.giveBack());
  }

  /** A request that was accepted before needs no place, and costs a read instead of a job. */
  repeat(request: GateRequest, now: number): Result<true, Problem> {
    this.release(request.id);
    const terms = this.#terms.newest(request);
    const shards = shardsOf(terms.shards);
    const { bucket, verdict } = admitCall(this.#repeats, "reads", terms.limits, now, shards);
    this.#repeats = bucket;
    return verdict;
  }

  /** Gives up a place that is no longer needed. False: there is none. */
  release(id: string): boolean {
    const place = this.#places.get(id);
    if (place) this.#held = plus(this.#held, place.cost, -1);
    return this.#places.delete(id);
  }

  /** Tells the tenant of caps that it comes close to. */
  notice(now: number): void {
    const { limits: tenant } = this.#terms.known();
    // Other shards know only of their part.
    if (this.#lease || !isMonthCapped(tenant)) return;
    const elsewhere = this.#granted.used(monthOf(now));
    const caps = capsOf(tenant, this.#use(now), now);
    this.#notices.check(
      caps.map((cap) => ({ ...cap, used: cap.used + elsewhere[cap.name] })),
      now,
    );
  }

  #used(now: number): Amounts {
    const { jobsInFlight } = this.#tally.at(now);
    return amountsOf(jobsInFlight + this.#places.size, this.#use(now), now);
  }

  /** Whether one of the tenant's next jobs may be refused because its queues are long. */
  isFilling(now: number): boolean {
    const { pressure, computeUnitsInFlight } = this.#standing(now);
    return isFilling(pressure, { computeUnits: computeUnitsInFlight });
  }

  account(brought: BroughtTerms, now: number): LedgerAccount {
    const terms = this.#terms.newest(brought);
    const { jobsInFlight } = this.#standing(now);
    const use = this.#use(now);
    const apartUntil = this.#redelivery.apart.until(now);
    return {
      terms,
      used: {
        jobsInFlight,
        jobsThisMonth: use.jobs,
        computeUnitsThisMonth: use.computeUnits,
        spendMicrosThisMonth: spendMicros(use, now),
      },
      notices: this.#notices.all(),
      ...(apartUntil !== null && { apartUntil }),
    };
  }

  /** Places count like unfinished jobs. */
  #use(now: number): MonthlyUse {
    const open = this.#tally.at(now);
    return {
      jobs: open.jobsThisMonth + this.#places.size,
      computeUnits: open.computeUnitsThisMonth + this.#held.computeUnits,
      outputs: open.outputsThisMonth + this.#held.outputs,
    };
  }

  /** One that ends later than any new one was given before the clock stepped back; its job asks once more. */
  #endOld(now: number): void {
    const latest = now + limits.reservationMillis + limits.clockJitterMillis;
    for (const [id, { endsAt }] of this.#places) {
      if (endsAt > now && endsAt <= latest) return;
      this.release(id);
    }
  }

  #standing(now: number): Standing {
    const open = this.#tally.at(now);
    const use = this.#use(now);
    const month = monthOf(now);
    return {
      bucket: this.#jobs,
      shards: shardsOf(this.#terms.known().shards),
      jobsInFlight: open.jobsInFlight + this.#places.size,
      computeUnitsInFlight: open.computeUnitsInFlight + this.#held.computeUnits,
      jobsThisMonth: use.jobs,
      computeUnitsThisMonth: use.computeUnits,
      outputsThisMonth: use.outputs,
      elsewhere:
        this.#lease?.elsewhere(this.#terms.known().limits, now) ?? this.#granted.held(month),
      idle: this.#lease?.idle() ?? this.#granted.idle(month),
      pressure: this.#redelivery.pressure(now),
      storedBytes: this.#storedBytes(now),
    };
  }

  /** Known for `ledgerSizeKnownMillis`: to read it for each job would cost as much as any other query. */
  #storedBytes(now: number): number {
    if (Math.abs(now - this.#size.at) >= limits.ledgerSizeKnownMillis) {
      this.#size = { bytes: this.#storage.databaseSize, at: now };
    }
    return this.#size.bytes;
  }
}

/** Refusals by a limit that all shards share. */
const isShared: ReadonlySet<ProblemCode> = new Set([
  "too-many-in-flight",
  "quota-exceeded",
  "spend-cap-reached",
]);

const plus = (held: JobCost, cost: JobCost, times: 1 | -1): JobCost => ({
  computeUnits: held.computeUnits + times * cost.computeUnits,
  outputs: held.outputs + times * cost.outputs,
});

import type { ShardMap } from "../../core/fleet/shard-map.ts";
import type { TenantLimits } from "../../core/identity/tenant-limits.ts";
import type { TenantTerms } from "../../core/identity/tenant.ts";
import type { Notice } from "./admission/notices.ts";
import type { Hits } from "./usage/hits.ts";
import type { Job, JobSource, JobSpec, Outcome } from "../../core/job/job.ts";
import type { Stored } from "../../core/ledger/stored.ts";
import type { UsageTotals } from "../../core/ledger/usage.ts";
import type { MeasuredCounts, Reasons } from "../../core/metrics/measured.ts";
import type { Spent } from "../../core/metrics/stage-times.ts";
import type { RateStatus } from "../../core/ledger/admission.ts";
import { limits } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import type { Result } from "../../core/result.ts";

/** What travels between a ledger and those who call it. */

export interface AcceptRequest {
  readonly id: string;
  /** The API key's id, checked against the keys this ledger knows to be revoked. */
  readonly key: string;
  readonly limits: TenantLimits;
  /** Which of two limits is the newer. Absent from API Workers from before there were versions. */
  readonly limitsVersion?: number;
  /** With these limits. Absent from API Workers from before there were several shards. */
  readonly shards?: ShardMap;
  readonly idempotency: Idempotency | null;
  readonly spec: JobSpec;
  /**
   * The caller has it rendered now, and the queue gets it only if it is not settled in this time. Ledgers
   * from before there was an express lane send it at once, which costs no more than a claim.
   */
  readonly holdMillis?: number;
  /**
   * With `holdMillis`: the caller passes the job on to a consumer at once. So the ledger claims it with its
   * acceptance, and the answer tells the `attempt`. Earlier ledgers do not; then the consumer asks for the job.
   */
  readonly claim?: true;
  /** Id of the request's trace. */
  readonly trace?: string;
  /** What the request has taken so far, by the caller's clock. */
  readonly takenMillis?: number;
  /** Requests for this ledger that its caller refused by itself since it last said so. */
  readonly refused?: Reasons;
  /**
   * With `holdMillis`: the picture is not stored, so the queue cannot have the job. It ends as `interrupted` unless it
   * is settled, or accepted once more without this, which says that the picture is stored now.
   */
  readonly held?: true;
  /**
   * The caller knows that a job may be held, and stores the picture when it is told to. An earlier version would take
   * a held job for an accepted one, and delete the picture that it has.
   */
  readonly knowsHeld?: true;
  /** For a job that was held: a consumer may have begun it, and is known to have ended. */
  readonly lost?: boolean;
  /** … or no consumer has begun it, which is certain. */
  readonly unbegun?: boolean;
}

export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
  /** A job whose result is not there any more: if the key is still that job's, this one takes it over. */
  readonly replaces?: string;
}

/** A job whose source is not stored yet. */
export interface ReserveRequest {
  readonly id: string;
  readonly key: string;
  readonly limits: TenantLimits;
  readonly limitsVersion?: number;
  readonly shards?: ShardMap;
  readonly idempotencyKey: string | null;
  readonly computeUnits: number;
  /** Absent from API Workers from before there were spend caps. */
  readonly outputs?: number;
  readonly source?: SourceSize;
}

/** A picture that is about to be stored to be delivered. */
export interface StoreRequest extends BroughtTerms {
  /** The API key's id. */
  readonly key: string;
  /** SHA-256 of its bytes in hex. */
  readonly hash: string;
  readonly bytes: number;
}

/** `doubt`: what to say when the picture is stored (`settleOriginal`). */
export type StoreAnswer = Result<{ readonly doubt: number }, Problem>;

/** What a plan bounds of a source. */
export type SourceSize = Pick<JobSource, "bytes" | "width" | "height">;

export interface ReserveAnswer {
  readonly verdict: Result<true, Problem>;
  readonly rate: RateStatus | null;
}

export interface AcceptAnswer {
  /** `replayed`: the idempotency key was known and this is the job of its first request. */
  readonly verdict: Result<{ readonly job: Job; readonly replayed: boolean }, Problem>;
  readonly rate: RateStatus | null;
  /** By this map, which is newer than the caller's, the request's idempotency key belongs to another shard. */
  readonly moved?: ShardMap;
  /** The tenant's queues grow long: one of its next jobs may be refused. */
  readonly filling?: true;
  /** None of the tenant's queues takes messages now: what is accepted waits. */
  readonly queuesOut?: true;
  /** The tenant's pictures make trouble: the job is to be rendered alone, and not while others wait with it. */
  readonly apart?: true;
  /** Number of the claim, where the job was claimed with its acceptance. */
  readonly attempt?: number;
}

export interface ClaimRequest {
  readonly job: string;
  /** The queue has delivered this message before, so the consumer that took it then is gone. */
  readonly redelivered: boolean;
  /** When it was sent, by the queue's clock. Absent in calls of older consumers, like all that is optional here. */
  readonly sentAt?: number;
}

export interface BeginRequest {
  readonly job: string;
  readonly attempt: number;
}

export interface SettleRequest {
  readonly job: string;
  readonly outcome: Outcome;
  /** Number of the claim that it comes from; it tells where the renditions lie. */
  readonly attempt?: number;
  readonly spent?: Spent;
  /** A client waits for the job: the answer contains it as it is then. Older ledgers give the verdict only. */
  readonly tell?: true;
}

export type SettleAnswer = SettleVerdict | { readonly verdict: SettleVerdict; readonly job: Job };

export type ClaimAnswer =
  | {
      readonly verdict: "render";
      readonly job: string;
      readonly spec: JobSpec;
      /** A request is held open for it: settle it alone and at once. */
      readonly awaited: boolean;
      /** Number of this claim: part of the keys of its renditions. Absent in answers of older ledgers. */
      readonly attempt?: number;
    }
  | { readonly verdict: "isolate" | "drop"; readonly job: string };

/**
 * `discard`: the job is gone, and pictures made for it must go too. `lost`: another attempt was settled, and
 * the renditions of this one must go. `already`: this very attempt was settled before.
 */
export type SettleVerdict = "settled" | "deferred" | "already" | "discard" | "lost";

/** The limits that a request brings, as the API read them from KV. */
export interface BroughtTerms {
  readonly limits: TenantLimits;
  readonly limitsVersion?: number;
  readonly shards?: ShardMap;
}

/** A tenant's limits as one ledger holds them, and what is used of them. */
export interface LedgerAccount {
  readonly terms: TenantTerms;
  readonly used: {
    readonly jobsInFlight: number;
    readonly jobsThisMonth: number;
    readonly computeUnitsThisMonth: number;
    readonly spendMicrosThisMonth: number;
  };
  /**
   * Stored pictures, from the home region's first ledger. Absent in answers of ledgers from before they were counted.
   */
  readonly stored?: Stored;
  readonly notices: readonly Notice[];
  /** Until when new jobs are rendered alone, epoch milliseconds. Absent: they are not. */
  readonly apartUntil?: number;
}

/** A ledger's own counts, each kept apart from the others. */
export interface LedgerBalance {
  /** Jobs that it accepted in its life, or since it counts them. */
  readonly accepted: number;
  /** Records that it made: one for each job that ended. */
  readonly ended: number;
  readonly open: number;
  /** The open ones that have a record from before a restore. */
  readonly endedBefore: number;
  /** Messages that were sent a while ago, for jobs that no consumer has taken. */
  readonly messages: {
    readonly looked: number;
    /** Jobs whose message is neither in its queue nor was it received. */
    readonly lost: readonly string[];
  };
  /** Its tenant is deleted: its pictures are removed, whatever its jobs say. */
  readonly deleted?: true;
}

export interface LedgerUsage {
  readonly asOf: number;
  readonly hours: readonly { readonly hour: number; readonly totals: UsageTotals }[];
  /** Absent in answers of ledgers from before they were counted. */
  readonly hits?: Hits;
}

/** How the ledger's jobs fared in a period of whole hours. */
export interface LedgerMetrics {
  readonly asOf: number;
  readonly open: {
    readonly jobs: number;
    /** How long the oldest of them has been open; null: there is none. */
    readonly oldestMillis: number | null;
  };
  readonly totals: UsageTotals;
  readonly measured: MeasuredCounts;
}

/** Larger than any real batch: throw rather than answer partially. */
export function boundedBatch<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= limits.claimBatchMax) return items;
  throw new RangeError(`${items.length} jobs in one call; ${limits.claimBatchMax} may be`);
}

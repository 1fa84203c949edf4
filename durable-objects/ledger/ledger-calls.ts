import type { TenantLimits } from "../../core/identity/tenant-limits.ts";
import type { Job, JobSpec } from "../../core/job/job.ts";
import type { UsageTotals } from "../../core/ledger/usage.ts";
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
  /** Which of two limits is the newer. Absent from an API Worker of before there were versions. */
  readonly limitsVersion?: number;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
  readonly spec: JobSpec;
}

export interface AcceptAnswer {
  /** `replayed`: the idempotency key was known and this is the job of its first request. */
  readonly verdict: Result<{ readonly job: Job; readonly replayed: boolean }, Problem>;
  readonly rate: RateStatus | null;
}

export interface ClaimRequest {
  readonly job: string;
  /** The queue has delivered this message before, so whoever took it then is gone. */
  readonly redelivered: boolean;
}

export type ClaimAnswer =
  | {
      readonly verdict: "render";
      readonly job: string;
      readonly spec: JobSpec;
      /** Somebody holds a request open for it: settle it alone and at once. */
      readonly awaited: boolean;
    }
  | { readonly verdict: "isolate" | "drop"; readonly job: string };

/** `discard`: the job is gone, and pictures made for it must go too. */
export type SettleVerdict = "settled" | "deferred" | "already" | "discard";

export interface LedgerUsage {
  readonly asOf: number;
  readonly hours: readonly { readonly hour: number; readonly totals: UsageTotals }[];
}

/** Consumers' batches are far smaller; more would be a mistake, and half an answer a worse one. */
export function boundedBatch<Item>(items: readonly Item[]): readonly Item[] {
  if (items.length <= limits.claimBatchMax) return items;
  throw new RangeError(`${items.length} jobs in one call; ${limits.claimBatchMax} may be`);
}

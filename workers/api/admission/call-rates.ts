import type { TenantLimits } from "../../../core/identity/tenant-limits.ts";
import { admitCall, type CallKind } from "../../../core/ledger/admission.ts";
import type { TokenBucket } from "../../../core/ledger/token-bucket.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import type { Result } from "../../../core/result.ts";
import { Lru } from "../identity/lru.ts";

/**
 * How fast each tenant reads and deletes through this isolate. Such calls are refused here, so that they cost
 * their ledger nothing; new jobs take their tokens there, where one tenant's are counted together.
 */
export class CallRates {
  readonly #buckets = new Lru<string, TokenBucket>(limits.callRatesCacheMax);

  take(
    { tenant, limits: granted }: { readonly tenant: string; readonly limits: TenantLimits },
    kind: Exclude<CallKind, "jobs">,
    now: number,
  ): Result<true, Problem> {
    const name = `${tenant}/${kind}`;
    const { bucket, verdict } = admitCall(this.#buckets.get(name) ?? null, kind, granted, now);
    this.#buckets.set(name, bucket);
    return verdict;
  }
}

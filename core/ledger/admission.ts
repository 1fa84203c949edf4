import type { TenantLimits } from "../identity/tenant-limits.ts";
import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";
import { err, ok, type Result } from "../result.ts";
import { fullBucket, takeToken, type TokenBucket } from "./token-bucket.ts";
import { monthEnd } from "./usage.ts";

/** What a ledger knows of its tenant at the moment a job asks to be let in. */
export interface Standing {
  /** Null: full, because nobody has asked for a while. */
  readonly bucket: TokenBucket | null;
  readonly jobsInFlight: number;
  /** This month's finished jobs together with those in flight. */
  readonly jobsThisMonth: number;
  /** This month's billed units together with those reserved for jobs in flight. */
  readonly computeUnitsThisMonth: number;
  /** Messages waiting in the queue when it last said so. */
  readonly queueBacklog: number;
  /** Size of the ledger's own storage. */
  readonly storedBytes: number;
}

/** What the `RateLimit` fields tell the client. */
export interface RateStatus {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/**
 * Whether one more job may come in. A job that is let in takes a token and reserves its units; a
 * refusal says when to come back. Checked in the order in which a client can do something about it.
 */
export function admit(
  standing: Standing,
  tenant: TenantLimits,
  cost: { readonly computeUnits: number },
  now: number,
): { readonly bucket: TokenBucket; readonly verdict: Result<true, Problem> } {
  const rate = { perSecond: tenant.requestsPerSecond, burst: tenant.burst };
  const { bucket, taken, waitMillis } = takeToken(
    standing.bucket ?? fullBucket(rate, now),
    rate,
    now,
  );
  const refuse = (failure: Problem) => ({ bucket, verdict: err(failure) });

  if (!taken) {
    return refuse(
      problem(
        "rate-limited",
        `This tenant may send ${tenant.requestsPerSecond} jobs a second, ${tenant.burst} at once.`,
        { retryAfterMillis: waitMillis },
      ),
    );
  }
  if (standing.jobsInFlight >= tenant.jobsInFlight) {
    return refuse(
      problem(
        "too-many-in-flight",
        `${standing.jobsInFlight} jobs are unfinished and ${tenant.jobsInFlight} are allowed. Wait for some to finish.`,
        { retryAfterMillis: limits.busyRetryMillis },
      ),
    );
  }
  const untilNextMonth = { retryAfterMillis: monthEnd(now) - now };
  if (tenant.jobsPerMonth !== null && standing.jobsThisMonth >= tenant.jobsPerMonth) {
    return refuse(
      problem(
        "quota-exceeded",
        `All ${tenant.jobsPerMonth} jobs of this month are used. The quota is whole again on the first of next month (UTC).`,
        untilNextMonth,
      ),
    );
  }
  if (
    tenant.computeUnitsPerMonth !== null &&
    standing.computeUnitsThisMonth + cost.computeUnits > tenant.computeUnitsPerMonth
  ) {
    return refuse(
      problem(
        "quota-exceeded",
        `This job needs ${cost.computeUnits} compute units and ${Math.max(0, tenant.computeUnitsPerMonth - standing.computeUnitsThisMonth)} of this month's ${tenant.computeUnitsPerMonth} are left.`,
        untilNextMonth,
      ),
    );
  }
  if (standing.queueBacklog > limits.queueBacklogMax) {
    return refuse(
      problem("overloaded", "More work is waiting than can be finished soon. Try again shortly.", {
        retryAfterMillis: limits.busyRetryMillis,
      }),
    );
  }
  if (standing.storedBytes >= limits.ledgerBytesMax) {
    return refuse(
      problem(
        "overloaded",
        "This tenant's ledger is full. Room comes back as jobs leave it, days after they were accepted; ask the operator.",
        { retryAfterMillis: limits.fullRetryMillis },
      ),
    );
  }
  return { bucket, verdict: ok(true) };
}

export function rateStatus({ milliTokens }: TokenBucket, tenant: TenantLimits): RateStatus {
  const { burst, requestsPerSecond } = tenant;
  return {
    limit: burst,
    windowSeconds: Math.ceil(burst / requestsPerSecond),
    remaining: Math.floor(milliTokens / 1000),
    resetSeconds: Math.ceil((burst - milliTokens / 1000) / requestsPerSecond),
  };
}

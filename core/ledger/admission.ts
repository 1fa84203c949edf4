import type { TenantLimits } from "../identity/tenant-limits.ts";
import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";
import { err, ok, type Result } from "../result.ts";
import { capsOf, costOf, type Cap, type JobCost } from "./caps.ts";
import type { Amounts } from "./lease.ts";
import { pressureWaitMillis, type Pressure } from "./pressure.ts";
import { fullBucket, takeToken, type Rate, type TokenBucket } from "./token-bucket.ts";
import { monthEnd } from "./usage.ts";

/** What a ledger knows of its tenant at the moment a job asks to be admitted. */
export interface Standing {
  /** Null: full, because there was no request for a while. */
  readonly bucket: TokenBucket | null;
  /** How many ledgers share the tenant's limits. */
  readonly shards: number;
  /** Unfinished jobs, and places reserved for jobs that are on their way; the units of both. */
  readonly jobsInFlight: number;
  readonly computeUnitsInFlight: number;
  /** This month's finished jobs together with those in flight. */
  readonly jobsThisMonth: number;
  /** This month's billed units together with those reserved for jobs in flight. */
  readonly computeUnitsThisMonth: number;
  readonly outputsThisMonth: number;
  /** What of the shared limits is used by other shards, or is theirs to use … */
  readonly elsewhere: Amounts;
  /** … and what of that they do not use, and soon give back. */
  readonly idle: Amounts;
  readonly pressure: Pressure;
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

/** Every call takes a token of its kind. `reads` are also repeats of a request that was accepted before. */
export type CallKind = keyof typeof callsPerJob | "changes" | "revocations" | "views of settings";

const callsPerJob = {
  jobs: 1,
  uploads: 1,
  fetches: 1,
  reads: limits.readsPerJob,
  deletions: limits.deletionsPerJob,
};

function rateOf(kind: CallKind, { requestsPerSecond, burst }: TenantLimits): Rate {
  const times = (callsPerJob as Partial<Record<CallKind, number>>)[kind];
  // The Directory answers these, in which a tenant is no larger for having more jobs.
  if (times === undefined) {
    return { perSecond: limits.changesPerSecond, burst: limits.changesAtOnceMax };
  }
  return { perSecond: requestsPerSecond * times, burst: burst * times };
}

/**
 * What one of a tenant's ledgers takes of what it may send: all parts are equal, and rounded up, so that together they
 * may be a little more.
 */
function shareOf(tenant: TenantLimits, shards: number): TenantLimits {
  return {
    ...tenant,
    requestsPerSecond: Math.ceil(tenant.requestsPerSecond / shards),
    burst: Math.ceil(tenant.burst / shards),
  };
}

export interface CallVerdict {
  readonly bucket: TokenBucket;
  readonly verdict: Result<true, Problem>;
}

/**
 * Takes a token for one call. `bucket`: null for a tenant that has made none of this kind for a while. `shards`: among
 * how many ledgers the rate is shared out, where a ledger counts; null: an isolate counts for itself.
 */
export function admitCall(
  bucket: TokenBucket | null,
  kind: CallKind,
  tenant: TenantLimits,
  now: number,
  shards: number | null = null,
): CallVerdict {
  const rate = rateOf(kind, shards === null ? tenant : shareOf(tenant, shards));
  const taking = takeToken(bucket ?? fullBucket(rate, now), rate, now);
  if (taking.taken) return { bucket: taking.bucket, verdict: ok(true) };
  const refusal = problem(
    "rate-limited",
    `This tenant may send ${rate.perSecond} ${kind} a second, ${rate.burst} at once${ofShard(shards)}.`,
    { retryAfterMillis: taking.waitMillis },
  );
  return { bucket: taking.bucket, verdict: err(refusal) };
}

const ofShard = (shards: number | null) =>
  shards === null || shards === 1 ? "" : `, to each of its ${shards} shards`;

/**
 * Whether one more job is accepted. An accepted job takes a token and reserves its compute units; a refusal
 * says when to try again. What the client can act on is checked first.
 */
export function admit(
  standing: Standing,
  tenant: TenantLimits,
  cost: JobCost,
  now: number,
): CallVerdict {
  const call = admitCall(standing.bucket, "jobs", tenant, now, standing.shards);
  if (!call.verdict.ok) return call;
  const refusal =
    overTenantLimits(standing, tenant, cost, now) ?? overServiceLimits(standing, cost);
  return { bucket: call.bucket, verdict: refusal ? err(refusal) : ok(true) };
}

function overTenantLimits(
  standing: Standing,
  tenant: TenantLimits,
  cost: JobCost,
  now: number,
): Problem | null {
  const { elsewhere, idle } = standing;
  const inFlight = standing.jobsInFlight + elsewhere.jobsInFlight;
  if (inFlight >= tenant.jobsInFlight) {
    return problem(
      "too-many-in-flight",
      `${inFlight} jobs are unfinished and ${tenant.jobsInFlight} are allowed. Wait until some have finished.`,
      {
        retryAfterMillis: limits.inFlightRetryMillis,
        limit: { name: "jobsInFlight", value: tenant.jobsInFlight, used: inFlight },
      },
    );
  }
  const use = {
    jobs: standing.jobsThisMonth,
    computeUnits: standing.computeUnitsThisMonth,
    outputs: standing.outputsThisMonth,
  };
  const reached = capsOf(tenant, use, now)
    .map((cap) => ({ ...cap, used: cap.used + elsewhere[cap.name] }))
    .find(({ name, value, used }) => used + costOf(name, cost, now) > value);
  if (!reached) return null;
  const needed = costOf(reached.name, cost, now);
  const over = overCap(reached, needed, now);
  return idle[reached.name] < needed ? over : { ...over, retryAfterMillis: limits.shareMillis };
}

function overCap(cap: Cap, needed: number, now: number): Problem {
  const { name, value, used } = cap;
  const end = monthEnd(now);
  const code = name === "spendMicrosPerMonth" ? "spend-cap-reached" : "quota-exceeded";
  return problem(code, capWords(cap, needed, Math.max(0, value - used)), {
    retryAfterMillis: end - now,
    limit: { name, value, used, resetsAt: new Date(end).toISOString() },
  });
}

function capWords({ name, value }: Cap, needed: number, left: number): string {
  switch (name) {
    case "jobsPerMonth":
      return `All ${value} jobs of this month are used. The quota resets on the first of next month (UTC).`;
    case "computeUnitsPerMonth":
      return `This job needs ${needed} compute units and ${left} of this month's ${value} are left.`;
    case "spendMicrosPerMonth":
      return `This job may cost ${money(needed)} and ${money(left)} of this month's cap of ${money(value)} are left. The operator can raise it.`;
  }
}

const money = (micros: number) => `$${(micros / 1e6).toFixed(micros < 10_000 ? 6 : 2)}`;

/** Whether the plan takes a source of this size. Unlike the caps this does not pass with time. */
export function overPlan(
  { sourceBytesMax, sourcePixelsMax }: TenantLimits,
  source: { readonly bytes: number; readonly width: number; readonly height: number },
): Problem | null {
  const pixels = source.width * source.height;
  if (source.bytes > sourceBytesMax) {
    return problem(
      "over-plan",
      `The source has ${source.bytes} bytes; this tenant's plan takes up to ${sourceBytesMax}.`,
      { limit: { name: "sourceBytesMax", value: sourceBytesMax, used: source.bytes } },
    );
  }
  if (pixels > sourcePixelsMax) {
    return problem(
      "over-plan",
      `The source has ${pixels} pixels; this tenant's plan takes up to ${sourcePixelsMax}.`,
      { limit: { name: "sourcePixelsMax", value: sourcePixelsMax, used: pixels } },
    );
  }
  return null;
}

function overServiceLimits(
  standing: Standing,
  cost: { readonly computeUnits: number },
): Problem | null {
  const held = { computeUnits: standing.computeUnitsInFlight };
  const waitMillis = pressureWaitMillis(standing.pressure, held, cost);
  if (waitMillis > 0) {
    return problem(
      "overloaded",
      `Too much work is waiting; ${held.computeUnits} compute units of it are this tenant's. Send the job again after Retry-After.`,
      { retryAfterMillis: waitMillis },
    );
  }
  if (standing.storedBytes >= limits.ledgerBytesMax) {
    return problem(
      "overloaded",
      "This tenant's ledger is full. It has room again as old jobs expire; ask the operator.",
      { retryAfterMillis: limits.fullRetryMillis },
    );
  }
  return null;
}

/** The rate of all shards together, as if all were in the state of this one. */
export function rateStatus(
  { milliTokens }: TokenBucket,
  tenant: TenantLimits,
  shards: number,
): RateStatus {
  const { burst, requestsPerSecond } = shareOf(tenant, shards);
  return {
    limit: burst * shards,
    windowSeconds: Math.ceil(burst / requestsPerSecond),
    remaining: Math.floor((milliTokens / 1000) * shards),
    resetSeconds: Math.ceil((burst - milliTokens / 1000) / requestsPerSecond),
  };
}

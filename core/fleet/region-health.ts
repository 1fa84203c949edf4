import { limits } from "../limits.ts";

/**
 * The state of a region as one isolate sees it, from its own calls. A region is out after `limits.regionFailuresMax`
 * failures without a success between them; then one call in `regionProbeMillis` tries it, and `regionSuccessesMin` in a
 * row bring it back. Two different thresholds keep it from flapping.
 */
export interface RegionHealth {
  readonly failures: number;
  readonly successes: number;
  /** When the next call may try a region that is out; null while it is in. */
  readonly probeAt: number | null;
}

export const healthy: RegionHealth = { failures: 0, successes: 0, probeAt: null };

export function afterCall(health: RegionHealth, succeeded: boolean, now: number): RegionHealth {
  if (health.probeAt === null) {
    const failures = succeeded ? 0 : health.failures + 1;
    return failures < limits.regionFailuresMax
      ? { ...healthy, failures }
      : { failures, successes: 0, probeAt: now + limits.regionProbeMillis };
  }
  if (!succeeded) return { ...health, successes: 0, probeAt: now + limits.regionProbeMillis };
  const successes = health.successes + 1;
  return successes >= limits.regionSuccessesMin ? healthy : { ...health, successes, probeAt: now };
}

/** Whether new work should go elsewhere. The one call that a region is tried with finds it in. */
export function isOut({ probeAt }: RegionHealth, now: number): boolean {
  return probeAt !== null && now < probeAt;
}

/** Reserves the try for the caller, so that others keep away from the region until it is over. */
export function trying(health: RegionHealth, now: number): RegionHealth {
  return health.probeAt === null ? health : { ...health, probeAt: now + limits.regionProbeMillis };
}

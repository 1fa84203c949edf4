import type { RateStatus } from "../../../core/ledger/admission.ts";
import { limits } from "../../../core/limits.ts";
import type { Reasons } from "../../../core/metrics/measured.ts";
import type { Problem, ProblemCode } from "../../../core/problem.ts";
import { Lru } from "../identity/lru.ts";

/** What a ledger answered to a job that it did not accept. */
export interface Refusal {
  readonly problem: Problem;
  readonly rate: RateStatus | null;
}

interface Remembered extends Refusal {
  readonly at: number;
  readonly holdsUntil: number;
}

/**
 * What this isolate knows of ledgers that refuse work. Until a refusal's `Retry-After` it is the answer to
 * every further job for that ledger, before a byte of its body is read; for a while after that the ledger
 * is asked before a source is stored.
 */
export class Refusals {
  readonly #byLedger = new Lru<string, Remembered>(limits.refusalsCacheMax);
  /** When a ledger said that its queues are filling up. */
  readonly #fillingAt = new Lru<string, number>(limits.refusalsCacheMax);
  /** What was refused here and the ledger was not told yet: counts by code, lost with the isolate. */
  readonly #untold = new Lru<string, Record<string, number>>(limits.refusalsCacheMax);

  remember(ledger: string, { problem, rate }: Refusal, now: number): void {
    const millis = passesWithTime.has(problem.code) ? (problem.retryAfterMillis ?? 0) : 0;
    const holdsUntil = now + Math.min(millis, limits.rememberedRefusalMillisMax);
    this.#byLedger.set(ledger, { problem, rate, at: now, holdsUntil });
  }

  /** The refusal that still holds, with what is left of its wait; null: ask the ledger. */
  holding(ledger: string, now: number): Refusal | null {
    const known = this.#byLedger.get(ledger);
    // The clock may have stepped back.
    if (!known || now >= known.holdsUntil || now < known.at) return null;
    const { problem, rate, at } = known;
    const retryAfterMillis = Math.max(1, at + (problem.retryAfterMillis ?? 0) - now);
    return { problem: { ...problem, retryAfterMillis }, rate };
  }

  /** A request was refused without the ledger. */
  count(ledger: string, code: ProblemCode): void {
    const counts = this.#untold.get(ledger) ?? {};
    this.#untold.set(ledger, { ...counts, [code]: (counts[code] ?? 0) + 1 });
  }

  /** What to tell the ledger of these, once. */
  takeCounts(ledger: string): Reasons | undefined {
    const counts = this.#untold.get(ledger);
    this.#untold.delete(ledger);
    return counts;
  }

  /** Whether the ledger refused something lately, so that it is likely to do so again. */
  lately(ledger: string, now: number): boolean {
    const known = this.#byLedger.get(ledger);
    return known !== undefined && Math.abs(now - known.at) < limits.refusedLatelyMillis;
  }

  /** The ledger's queues fill up, as it says with each job that it accepts meanwhile. */
  expect(ledger: string, now: number): void {
    this.#fillingAt.set(ledger, now);
  }

  /** Whether the next job may well be refused, so that the ledger is asked before a source is stored. */
  areLikely(ledger: string, now: number): boolean {
    const fillingAt = this.#fillingAt.get(ledger) ?? -Infinity;
    const isFilling = Math.abs(now - fillingAt) < limits.pressureHalfLifeMillis;
    return isFilling || this.lately(ledger, now);
  }
}

/** These end by the clock alone, and are the same for every job. A used-up quota depends on the job's cost. */
const passesWithTime: ReadonlySet<ProblemCode> = new Set([
  "rate-limited",
  "too-many-in-flight",
  "overloaded",
]);

import { inTime } from "../../../core/deadline.ts";
import { hourMillis, hourOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import type { HourCounts, LedgerReport } from "../../../core/metrics/ledger-report.ts";
import type { MeasuredCounts } from "../../../core/metrics/measured.ts";
import type { Host, LedgerPorts } from "../../ports.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { UsageStore } from "../usage/usage-store.ts";
import type { Measures } from "./measures.ts";

interface Parts {
  readonly jobs: JobStore;
  readonly usage: UsageStore;
  readonly measures: Measures;
}

/** Tells the region's figures what is new here, once a minute at most. Nothing here waits for them. */
export class Reporting {
  readonly #host: Host;
  readonly #figures: LedgerPorts["figures"];
  readonly #parts: Parts;
  #reportedAt = 0;
  /** The last hours that were told; null: not known, because the object just woke. */
  #told: { readonly totals: number | null; readonly reasons: number | null } = {
    totals: null,
    reasons: null,
  };
  /** Since when counts may not have been reported: the object may have ended before it did; null: all were. */
  #owedSince: number | null;

  constructor({ host, figures }: Pick<LedgerPorts, "host" | "figures">, parts: Parts) {
    this.#host = host;
    this.#figures = figures;
    this.#parts = parts;
    this.#owedSince = this.#totals(host.now()).length > 0 ? host.now() : null;
  }

  /** `Infinity`: there is no news. */
  dueAt(now: number): number {
    const since = this.#parts.measures.newsSince() ?? this.#owedSince;
    if (since === null || !this.#figures) return Infinity;
    const at = Math.max(since + limits.measuresHeldMillis, this.#reportedAt + limits.reportMillis);
    // Further ahead only after the clock stepped back.
    return Math.min(at, now + limits.reportMillis);
  }

  /** All counts again: those of a restored ledger, which took over what it had forgotten. */
  tellAll(): void {
    this.#told = { totals: null, reasons: null };
    this.#owedSince = this.#host.now();
  }

  /** For the alarm. */
  work(): void {
    const now = this.#host.now();
    if (!this.#figures || this.dueAt(now) > now) return;
    const report = this.#report(now);
    this.#reportedAt = now;
    this.#owedSince = now;
    const told = inTime(this.#host.timers, limits.reportMillisMax, this.#figures.report(report));
    this.#host.background(
      told.then(
        () => this.#heard(report),
        (cause) => this.#missed(cause),
      ),
    );
  }

  #heard({ totals, reasons, at }: LedgerReport): void {
    this.#told = {
      totals: totals.at(-1)?.hour ?? this.#told.totals,
      reasons: reasons.at(-1)?.hour ?? this.#told.reasons,
    };
    if (this.#owedSince === at) this.#owedSince = null;
  }

  #missed(cause: unknown): void {
    const { log, name: ledger } = this.#host;
    log.warn({ event: "report-failed", ledger, cause: String(cause) });
  }

  #report(at: number): LedgerReport {
    const { jobs, measures } = this.#parts;
    const { jobs: open, oldestAt } = jobs.backlog();
    return {
      ...{ ledger: this.#host.name, at, open, oldestAt },
      totals: this.#totals(at),
      reasons: this.#reasons(at),
      stages: measures.takeNews(),
    };
  }

  #totals(now: number): HourCounts[] {
    const from = this.#told.totals ?? longAgo(now);
    return this.#parts.usage.hours
      .between(from, Number.MAX_SAFE_INTEGER)
      .map(({ hour, totals: { jobsDone, jobsFailed, computeUnits } }) => ({
        hour,
        counts: { done: jobsDone, failed: jobsFailed, units: computeUnits },
      }));
  }

  #reasons(now: number): HourCounts[] {
    const from = this.#told.reasons ?? longAgo(now);
    return this.#parts.measures
      .hours(from, Number.MAX_SAFE_INTEGER)
      .map(({ hour, measured: { failed, refused } }) => ({
        hour,
        counts: { ...prefixed("failed", failed), ...prefixed("refused", refused) },
      }));
  }
}

const longAgo = (now: number) => hourOf(now) - limits.reportHoursMax * hourMillis;

const prefixed = (kind: string, reasons: MeasuredCounts["failed"] = {}) =>
  Object.fromEntries(Object.entries(reasons).map(([code, times]) => [`${kind}:${code}`, times]));

import type { FinalOutcome } from "../../../core/ledger/progress.ts";
import { claimedAt } from "../../../core/ledger/progress.ts";
import { hourOf } from "../../../core/ledger/usage.ts";
import { limits } from "../../../core/limits.ts";
import {
  isFaultOfService,
  Measured,
  type MeasuredCounts,
  type Stage,
} from "../../../core/metrics/measured.ts";
import { stageTimes, type Spent } from "../../../core/metrics/stage-times.ts";
import type { Host, LedgerPorts } from "../../ports.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import { writeJobPoint } from "./job-point.ts";
import type { Quarantine } from "../quarantine.ts";

/**
 * The `measures` table: how long jobs took, and why they failed or were refused, by the hour. Held in memory for
 * `measuresHeldMillis` and then written as one row, so that a busy ledger writes it once for hundreds of jobs; what a
 * ledger that ends suddenly has not written is lost. Only failures that are the service's own are written at once.
 */
export class Measures {
  readonly #ports: Pick<LedgerPorts, "host" | "points">;
  readonly #host: Host;
  readonly #quarantine: Quarantine;
  #hour: number | null = null;
  #measured = new Measured();
  #isWritten = true;
  #writtenAt = 0;
  /** Times that the region's figures have not been told. */
  #news = new Measured();
  #newsSince: number | null = null;

  constructor(ports: Pick<LedgerPorts, "host" | "points">, quarantine: Quarantine) {
    this.#ports = ports;
    this.#host = ports.host;
    this.#quarantine = quarantine;
  }

  took(stage: Stage, millis: number): void {
    this.#change(this.#host.now()).took(stage, millis);
    this.#news.took(stage, millis);
  }

  refused(code: string, times = 1): void {
    this.#change(this.#host.now()).refused(code, times);
  }

  /** A job has ended. Part of the caller's transaction. */
  ended(record: JobRecord, outcome: FinalOutcome, settledAt: number, spent: Spent | null): void {
    const { progress, spec, takenMillis, createdAt } = record;
    const times = { takenMillis, sourceBytes: spec.source.bytes, createdAt, settledAt, spent };
    const measured = this.#change(settledAt);
    const took = stageTimes({ ...times, claimedAt: claimedAt(progress, spec.computeUnits) });
    for (const [stage, millis] of Object.entries(took)) {
      measured.took(stage as Stage, millis);
      this.#news.took(stage as Stage, millis);
    }
    const reason = outcome.kind === "failed" ? outcome.problem.code : null;
    if (reason !== null) measured.failed(reason);
    this.#tell(record, outcome, { ...(takenMillis !== null && { accept: takenMillis }), ...took });
    const isFault = reason !== null && isFaultOfService(reason);
    if (isFault || this.dueAt(settledAt) <= settledAt) this.#write(settledAt);
  }

  /** One line of the log, and one point. */
  #tell(record: JobRecord, outcome: FinalOutcome, millis: Partial<Record<Stage, number>>): void {
    const { id: job, spec } = record;
    this.#host.log.info({
      ...{ event: "settled", ledger: this.#host.name, job, trace: spec.by?.trace },
      outcome: outcome.kind,
      ...(outcome.kind === "failed" && { reason: outcome.problem.code }),
      millis,
    });
    writeJobPoint(this.#ports, record, outcome, millis);
  }

  /** All hours that start in [from, to) together. */
  between(from: number, to: number): MeasuredCounts {
    const all = new Measured();
    for (const { measured } of this.hours(from, to)) all.add(measured);
    return all.toJSON();
  }

  /** Hours that start in [from, to). */
  hours(from: number, to: number): { hour: number; measured: MeasuredCounts }[] {
    if (!this.#isWritten) this.#write(this.#host.now());
    return this.#host.storage.sql
      .exec<{ hour: number; measured: string }>(
        `SELECT hour, measured FROM measures WHERE hour >= ? AND hour < ?`,
        from,
        to,
      )
      .toArray()
      .map(({ hour, measured }) => ({ hour, measured: this.#parse(hour, measured) }));
  }

  /** Time of the oldest measurement that was not taken; null: there is none. */
  newsSince(): number | null {
    return this.#newsSince;
  }

  /** Times since they were taken last. */
  takeNews(): MeasuredCounts["stages"] {
    const { stages } = this.#news.toJSON();
    this.#news = new Measured();
    this.#newsSince = null;
    return stages;
  }

  /** For the alarm. */
  work(): void {
    const now = this.#host.now();
    if (this.dueAt(now) <= now) this.#write(now);
    const { sql } = this.#host.storage;
    sql.exec(`DELETE FROM measures WHERE hour < ?`, hourOf(now - limits.measuresRetentionMillis));
  }

  /** When what is held has to be written; `Infinity`: nothing is. */
  dueAt(now: number): number {
    if (this.#isWritten) return Infinity;
    // The clock stepped back since.
    if (this.#writtenAt > now) return now;
    return this.#writtenAt + limits.measuresHeldMillis;
  }

  #change(now: number): Measured {
    const hour = hourOf(now);
    if (hour !== this.#hour) {
      if (!this.#isWritten) this.#write(now);
      this.#hour = hour;
      this.#measured = Measured.of(this.#read(hour));
    }
    this.#isWritten = false;
    this.#newsSince ??= now;
    return this.#measured;
  }

  #write(now: number): void {
    this.#host.storage.sql.exec(
      `INSERT INTO measures (hour, measured) VALUES (?, ?)
       ON CONFLICT (hour) DO UPDATE SET measured = excluded.measured`,
      this.#hour,
      JSON.stringify(this.#measured),
    );
    this.#isWritten = true;
    this.#writtenAt = now;
  }

  #read(hour: number): MeasuredCounts {
    const [row] = this.#host.storage.sql
      .exec<{ measured: string }>(`SELECT measured FROM measures WHERE hour = ?`, hour)
      .toArray();
    return row ? this.#parse(hour, row.measured) : {};
  }

  #parse(hour: number, text: string): MeasuredCounts {
    try {
      const counts = JSON.parse(text) as MeasuredCounts;
      Measured.of(counts);
      return counts;
    } catch (cause) {
      this.#quarantine.put("measures", hour, text, cause);
      this.#host.storage.sql.exec(`DELETE FROM measures WHERE hour = ?`, hour);
      return {};
    }
  }
}

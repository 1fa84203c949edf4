import {
  addEvent,
  addTotals,
  emptyTotals,
  hourOf,
  usageEventFrom,
  type UsageEvent,
  type UsageTotals,
} from "../../../core/ledger/usage.ts";
import type { Sql } from "../../ports.ts";
import type { Quarantine } from "../quarantine.ts";

/**
 * The `usage` and `counted` tables: totals of UTC hours, for the tenant's eyes and the monthly quotas. What is added is
 * held in memory until it is written for many events at once. It follows from the events, which are kept until then:
 * an object that wakes adds those that no hour has yet.
 */
export class UsageHours {
  readonly #sql: Sql;
  readonly #quarantine: Quarantine;
  /** Hours that differ from their rows. */
  readonly #held = new Map<number, UsageTotals>();
  #heldEvents = 0;

  constructor(sql: Sql, quarantine: Quarantine) {
    this.#sql = sql;
    this.#quarantine = quarantine;
    const uncounted = sql
      .exec<{ event: string }>(
        `SELECT event FROM events WHERE uncounted = 1 AND seq > COALESCE((SELECT through FROM counted), 0)
         ORDER BY seq`,
      )
      .toArray();
    for (const { event } of uncounted) {
      const readable = readableEvent(event);
      if (readable) this.add(readable);
    }
  }

  add(event: Omit<UsageEvent, "seq">): void {
    const hour = hourOf(event.at);
    this.#held.set(hour, addEvent(this.#at(hour), event));
    this.#heldEvents += 1;
  }

  heldEvents(): number {
    return this.#heldEvents;
  }

  /** Writes what is held: from now on the hours have all events up to this one. */
  write(through: number): void {
    for (const [hour, totals] of this.#held) this.#put(hour, totals);
    this.#held.clear();
    this.#heldEvents = 0;
    this.#sql.exec(`DELETE FROM counted`);
    this.#sql.exec(`INSERT INTO counted (through) VALUES (?)`, through);
  }

  /** Changes the hour of the event at once; one in which nothing is left is not shown. Nothing may be held. */
  change(event: Omit<UsageEvent, "seq">, by: typeof addEvent): void {
    const hour = hourOf(event.at);
    const totals = by(this.#at(hour), event);
    if (totals.jobsDone + totals.jobsFailed > 0) this.#put(hour, totals);
    else this.#sql.exec(`DELETE FROM usage WHERE hour = ?`, hour);
  }

  /** Hours that start in [from, to), oldest first. */
  between(from: number, to: number): { hour: number; totals: UsageTotals }[] {
    const written = this.#written(from, to).filter(({ hour }) => !this.#held.has(hour));
    const held = [...this.#held]
      .map(([hour, totals]) => ({ hour, totals }))
      .filter(({ hour }) => hour >= from && hour < to);
    return [...written, ...held].toSorted((left, right) => left.hour - right.hour);
  }

  forgetBefore(hour: number): void {
    this.#sql.exec(`DELETE FROM usage WHERE hour < ?`, hour);
  }

  #at(hour: number): UsageTotals {
    return this.#held.get(hour) ?? this.#written(hour, hour + 1)[0]?.totals ?? emptyTotals;
  }

  #written(from: number, to: number): { hour: number; totals: UsageTotals }[] {
    return this.#sql
      .exec<{ hour: number; totals: string }>(
        `SELECT hour, totals FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour`,
        from,
        to,
      )
      .toArray()
      .map(({ hour, totals }) => ({ hour, totals: this.#totals(hour, totals) }));
  }

  #put(hour: number, totals: UsageTotals): void {
    this.#sql.exec(
      `INSERT INTO usage (hour, totals) VALUES (?, ?)
       ON CONFLICT (hour) DO UPDATE SET totals = excluded.totals`,
      hour,
      JSON.stringify(totals),
    );
  }

  #totals(hour: number, text: string): UsageTotals {
    try {
      return addTotals(emptyTotals, JSON.parse(text) as UsageTotals);
    } catch (cause) {
      this.#quarantine.put("usage", hour, text, cause);
      this.#sql.exec(`DELETE FROM usage WHERE hour = ?`, hour);
      return emptyTotals;
    }
  }
}

/** Null for a damaged event, which is found and replaced when it is frozen. */
function readableEvent(text: string): UsageEvent | null {
  try {
    return usageEventFrom(JSON.parse(text));
  } catch {
    return null;
  }
}

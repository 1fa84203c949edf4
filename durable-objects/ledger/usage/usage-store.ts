import {
  addEvent,
  addTotals,
  emptyTotals,
  hourOf,
  monthOf,
  usageEventFrom,
  type UsageEvent,
  type UsageTotals,
} from "../../../core/ledger/usage.ts";
import { priceListFor } from "../../../core/billing/price-list.ts";
import { firstPrevious, type SegmentOrigin } from "../../../core/ledger/segment.ts";
import type { Sql } from "../../ports.ts";
import type { Quarantine } from "../quarantine.ts";

/** A run of events that has been frozen: its content can no longer change, wherever a crash strikes. */
export interface FrozenSegment {
  readonly number: number;
  readonly previous: string;
  readonly sealedAt: number;
  readonly events: readonly UsageEvent[];
  readonly origin?: SegmentOrigin;
}

/** The `events`, `usage`, `segments` and `sealed` tables. Synchronous; callers decide what is one transaction. */
export class UsageStore {
  readonly #sql: Sql;
  readonly #clock: () => number;
  readonly #quarantine: Quarantine;
  #nextSeq: number;
  #lastAt: number;

  constructor(sql: Sql, clock: () => number, quarantine: Quarantine) {
    this.#sql = sql;
    this.#clock = clock;
    this.#quarantine = quarantine;
    const { lastSeq, lastAt } = sql
      .exec<{ lastSeq: number; lastAt: number }>(
        `SELECT MAX(COALESCE((SELECT MAX(seq) FROM events), 0),
                    COALESCE((SELECT MAX(last_seq) FROM segments), 0)) AS lastSeq,
                MAX(COALESCE((SELECT ${eventAt} FROM events ORDER BY seq DESC LIMIT 1), 0),
                    COALESCE((SELECT MAX(sealed_at) FROM segments), 0),
                    COALESCE((SELECT through FROM sealed), 0)) AS lastAt`,
      )
      .one();
    this.#nextSeq = lastSeq + 1;
    this.#lastAt = lastAt;
  }

  /**
   * A time that is never before one given earlier, so that a stepping clock reorders no events and a segment
   * that is sealed stays whole. For nothing else: whatever waits must follow the real clock both ways.
   */
  stamp(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#clock());
    return this.#lastAt;
  }

  /** Counts one settled job: the raw event for the books and its hour for the tenant's eyes. */
  record(eventAt: (at: number) => Omit<UsageEvent, "seq">): void {
    const event = eventAt(this.stamp());
    const numbered: UsageEvent = { seq: this.#nextSeq, ...event };
    this.#sql.exec(
      `INSERT INTO events (seq, event) VALUES (?, ?)`,
      numbered.seq,
      JSON.stringify(numbered),
    );
    const hour = hourOf(event.at);
    const [hourly] = this.between(hour, hour + 1);
    this.#sql.exec(
      `INSERT INTO usage (hour, totals) VALUES (?, ?)
       ON CONFLICT (hour) DO UPDATE SET totals = excluded.totals`,
      hour,
      JSON.stringify(addEvent(hourly?.totals ?? emptyTotals, numbered)),
    );
    this.#nextSeq += 1;
  }

  /** Hours that start in [from, to), oldest first. */
  between(from: number, to: number): { hour: number; totals: UsageTotals }[] {
    return this.#sql
      .exec<{ hour: number; totals: string }>(
        `SELECT hour, totals FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour`,
        from,
        to,
      )
      .toArray()
      .map(({ hour, totals }) => ({ hour, totals: this.#totals(hour, totals) }));
  }

  sumSince(from: number): UsageTotals {
    return this.between(from, Number.MAX_SAFE_INTEGER)
      .map(({ totals }) => totals)
      .reduce(addTotals, emptyTotals);
  }

  forgetBefore(hour: number): void {
    this.#sql.exec(`DELETE FROM usage WHERE hour < ?`, hour);
  }

  /** The last event's number; 0 before the first. */
  lastSeq(): number {
    return this.#nextSeq - 1;
  }

  /** When the oldest event that is not yet in a stored segment happened. */
  oldestPendingAt(): number | null {
    const [row] = this.#sql
      .exec<{ at: number }>(`SELECT COALESCE(${eventAt}, 0) AS at FROM events ORDER BY seq LIMIT 1`)
      .toArray();
    return row?.at ?? null;
  }

  /** The segment a crash left unstored, else a new one of the next events up to `through`; null if there are none. */
  freeze(through: number, eventsMax: number): FrozenSegment | null {
    const last = this.lastSegment();
    if (last && last.hash === null) return this.#frozen(last);
    const firstSeq = (last?.last_seq ?? 0) + 1;
    const lastSeq = Math.min(through, firstSeq + eventsMax - 1);
    if (lastSeq < firstSeq) return null;
    const sealedAt = this.stamp();
    const row: SegmentRow = {
      number: (last?.number ?? 0) + 1,
      first_seq: firstSeq,
      last_seq: lastSeq,
      previous: last?.hash ?? firstPrevious,
      sealed_at: sealedAt,
      hash: null,
      incarnation: last?.incarnation ?? 1,
      prices: priceListFor(monthOf(sealedAt)).version,
    };
    this.#sql.exec(
      `INSERT INTO segments (number, first_seq, last_seq, previous, sealed_at, incarnation, prices)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.number,
      row.first_seq,
      row.last_seq,
      row.previous,
      row.sealed_at,
      row.incarnation,
      row.prices,
    );
    return this.#frozen(row);
  }

  /** The segment is in R2: its events may be forgotten here. */
  forget(number: number, hash: string): void {
    this.#sql.exec(`UPDATE segments SET hash = ? WHERE number = ?`, hash, number);
    this.#sql.exec(
      `DELETE FROM events WHERE seq <= (SELECT last_seq FROM segments WHERE number = ?)`,
      number,
    );
    // Only the chain's end is needed to go on; the segments themselves are in R2.
    this.#sql.exec(`DELETE FROM segments WHERE number < ?`, number);
  }

  /** Remembers what the books were promised: nothing happens before `through` any more, whatever the clock says. */
  sealed(through: number): void {
    this.#sql.exec(`DELETE FROM sealed`);
    this.#sql.exec(`INSERT INTO sealed (through) VALUES (?)`, through);
  }

  lastSegment(): SegmentRow | null {
    return (
      this.#sql
        .exec<SegmentRow>(`SELECT * FROM segments ORDER BY number DESC LIMIT 1`)
        .toArray()[0] ?? null
    );
  }

  #frozen(row: SegmentRow): FrozenSegment {
    const events = this.#sql
      .exec<{ seq: number; event: string }>(
        `SELECT seq, event FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq`,
        row.first_seq,
        row.last_seq,
      )
      .toArray()
      .map(({ seq, event }) => this.#event(seq, event));
    const { number, previous, sealed_at: sealedAt, incarnation, prices } = row;
    const origin = prices === null ? {} : { origin: { incarnation, prices } };
    return { number, previous, sealedAt, events, ...origin };
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

  /** A damaged event is replaced by one that bills nothing: without its number the chain would end here. */
  #event(seq: number, text: string): UsageEvent {
    try {
      const event = usageEventFrom(JSON.parse(text));
      if (event?.seq === seq) return event;
      throw new Error("this is no event");
    } catch (cause) {
      this.#quarantine.put("events", seq, text, cause);
      const blank = { outputs: 0, bytesIn: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
      const at = this.stamp();
      const event: UsageEvent = { seq, job: "damaged", at, outcome: "failed", ...blank };
      this.#sql.exec(`UPDATE events SET event = ? WHERE seq = ?`, JSON.stringify(event), seq);
      return event;
    }
  }
}

/** Null for an event that cannot be read. */
const eventAt = `CASE WHEN json_valid(event) THEN json_extract(event, '$.at') END`;

type SegmentRow = {
  number: number;
  first_seq: number;
  last_seq: number;
  previous: string;
  sealed_at: number;
  /** Null until the segment is stored. */
  hash: string | null;
  incarnation: number;
  /** Null where older code froze it. */
  prices: string | null;
};

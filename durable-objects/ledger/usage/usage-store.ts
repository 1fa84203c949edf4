import {
  addEvent,
  monthOf,
  subtractEvent,
  usageEventFrom,
  type UsageEvent,
} from "../../../core/ledger/usage.ts";
import { priceListFor } from "../../../core/billing/price-list.ts";
import {
  firstPrevious,
  type OpenedSegment,
  type SegmentOrigin,
} from "../../../core/ledger/segment.ts";
import { limits } from "../../../core/limits.ts";
import type { Sql } from "../../ports.ts";
import type { Quarantine } from "../quarantine.ts";
import { SegmentRows, type SegmentRow } from "./segment-rows.ts";
import { UsageHours } from "./usage-hours.ts";

/** A run of events that has been frozen: its content can no longer change, wherever a crash strikes. */
export interface FrozenSegment {
  readonly number: number;
  readonly previous: string;
  readonly sealedAt: number;
  readonly events: readonly UsageEvent[];
  readonly origin?: SegmentOrigin;
  readonly v?: 3;
}

/** The `events`, `segments`, `runs`, `sealed` and `billed` tables. Synchronous; callers decide what is one transaction. */
export class UsageStore {
  readonly #sql: Sql;
  readonly #clock: () => number;
  readonly #quarantine: Quarantine;
  readonly #segments: SegmentRows;
  readonly hours: UsageHours;
  /** The `billed` table: nearly always empty. */
  readonly #billed: Set<string>;
  #nextSeq: number;
  #lastAt: number;

  constructor(sql: Sql, clock: () => number, quarantine: Quarantine) {
    this.#sql = sql;
    this.#clock = clock;
    this.#quarantine = quarantine;
    this.#segments = new SegmentRows(sql);
    this.hours = new UsageHours(sql, quarantine);
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
    const billed = sql.exec<{ job: string }>(`SELECT job FROM billed`).toArray();
    this.#billed = new Set(billed.map(({ job }) => job));
  }

  /**
   * A time that is never before one given earlier, so that a stepping clock reorders no events and a segment
   * that is sealed stays whole. For nothing else: whatever waits must follow the real clock both ways.
   */
  stamp(): number {
    this.#lastAt = Math.max(this.#lastAt, this.#clock());
    return this.#lastAt;
  }

  /**
   * Counts one settled job: the raw event for the books and its hour for the tenant's eyes. Gives the event's number;
   * null: it was counted before. It counts in the month in which the job was accepted at the earliest, also when the
   * clock has stepped back since, but not where the clock had leaped by more than a job lasts.
   */
  record(acceptedAt: number, eventAt: (at: number) => Omit<UsageEvent, "seq">): number | null {
    const latest = this.#clock() + limits.jobDeadlineMillis;
    if (acceptedAt <= latest) this.#lastAt = Math.max(this.#lastAt, acceptedAt);
    const event = eventAt(this.stamp());
    if (this.#billed.delete(event.job)) {
      this.#sql.exec(`DELETE FROM billed WHERE job = ?`, event.job);
      return null;
    }
    const seq = this.#append(event, uncounted);
    this.hours.add(event);
    if (this.hours.heldEvents() >= limits.uncountedEventsMax) this.hours.write(seq);
    return seq;
  }

  /** Open jobs whose records are in the books already. */
  billedCount(): number {
    return this.#billed.size;
  }

  /** The number of the segment that the event is in; null: it is in none yet, or it was long ago. */
  segmentOf(seq: number): number | null {
    return this.#segments.holding(seq);
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
    const left = this.frozen();
    if (left) return left;
    const last = this.#segments.last();
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
      version: 3,
    };
    this.#segments.insert(row);
    return this.#frozen(row);
  }

  /** The segment is in R2: its events may be forgotten here. Part of the caller's transaction. */
  forget(number: number, hash: string): void {
    const lastSeq = this.#segments.stored(number, hash);
    this.hours.write(this.lastSeq());
    this.#removeEvents(lastSeq);
  }

  /** Each deleted event is billed as a row that was written; those of a table that is dropped are not. */
  #removeEvents(through: number): void {
    const { first } = this.#sql
      .exec<{ first: number | null }>(`SELECT MIN(seq) AS first FROM events`)
      .one();
    const removed = through - (first ?? through) + 1;
    const kept = this.lastSeq() - through;
    if (removed <= 2 * (kept + rowsToCreate)) {
      this.#sql.exec(`DELETE FROM events WHERE seq <= ?`, through);
      return;
    }
    const left = this.#sql
      .exec<EventRow>(`SELECT seq, event, uncounted FROM events WHERE seq > ?`, through)
      .toArray();
    const { sql: create } = this.#sql
      .exec<{ sql: string }>(`SELECT sql FROM sqlite_master WHERE name = 'events'`)
      .one();
    this.#sql.exec(`DROP TABLE events`);
    this.#sql.exec(create);
    for (const row of left) this.#insert(row);
  }

  /** Remembers what the books were promised: nothing happens before `through` any more, whatever the clock says. */
  sealed(through: number): void {
    this.#sql.exec(`DELETE FROM sealed`);
    this.#sql.exec(`INSERT INTO sealed (through) VALUES (?)`, through);
  }

  lastSegment(): SegmentRow | null {
    return this.#segments.last();
  }

  /** The last segment that is known to be in R2. */
  lastStored(): SegmentRow | null {
    return this.#segments.lastStored();
  }

  /** The segment that is frozen and not known to be in R2. */
  frozen(): FrozenSegment | null {
    const last = this.#segments.last();
    return last && last.hash === null ? this.#frozen(last) : null;
  }

  /**
   * Goes on from a stored segment that this ledger forgot when it was restored from a backup. What the segment
   * counts is counted here too, and nothing in it a second time. Safe to repeat; part of the caller's transaction.
   */
  adopt({ header, events, hash }: OpenedSegment): void {
    this.hours.write(this.lastSeq());
    const pending = this.#events(0, Number.MAX_SAFE_INTEGER);
    const own = new Map(pending.map((event) => [event.job, event]));
    for (const event of events) {
      const twin = own.get(event.job);
      if (twin) this.hours.change(twin, subtractEvent);
      else this.#markBilled(event.job);
      this.hours.change(event, addEvent);
      this.#renumber(event.job, event.seq);
      own.delete(event.job);
    }
    this.#segments.replace({
      number: header.number,
      first_seq: header.firstSeq,
      last_seq: header.lastSeq,
      previous: header.previous,
      sealed_at: header.sealedAt,
      hash,
      incarnation: (header.incarnation ?? 1) + 1,
      prices: header.prices ?? null,
      version: header.v,
    });
    this.#sql.exec(`DELETE FROM events`);
    this.#nextSeq = header.lastSeq + 1;
    this.#lastAt = Math.max(this.#lastAt, header.sealedAt);
    for (const event of own.values()) this.#renumber(event.job, this.#append(event, counted));
  }

  #renumber(job: string, seq: number): void {
    this.#sql.exec(`UPDATE jobs SET seq = ? WHERE id = ?`, seq, job);
  }

  #frozen(row: SegmentRow): FrozenSegment {
    const { number, previous, sealed_at: sealedAt, incarnation, prices } = row;
    const events = this.#events(row.first_seq, row.last_seq);
    const origin = prices === null ? {} : { origin: { incarnation, prices } };
    return { number, previous, sealedAt, events, ...origin, ...(row.version === 3 && { v: 3 }) };
  }

  #events(first: number, last: number): UsageEvent[] {
    return this.#sql
      .exec<{ seq: number; event: string }>(
        `SELECT seq, event FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq`,
        first,
        last,
      )
      .toArray()
      .map(({ seq, event }) => this.#event(seq, event));
  }

  /** Under the next number, whatever number it had. */
  #append(event: Omit<UsageEvent, "seq">, mark: EventRow["uncounted"]): number {
    const seq = this.#nextSeq;
    this.#insert({ seq, event: JSON.stringify({ ...event, seq }), uncounted: mark });
    this.#nextSeq += 1;
    return seq;
  }

  #insert({ seq, event, uncounted: mark }: EventRow): void {
    this.#sql.exec(`INSERT INTO events (seq, event, uncounted) VALUES (?, ?, ?)`, seq, event, mark);
  }

  /** When it is settled here once more, it is not counted. */
  #markBilled(job: string): void {
    const [open] = this.#sql
      .exec<{ job: string }>(
        `INSERT OR IGNORE INTO billed SELECT id FROM jobs WHERE id = ? AND due IS NOT NULL RETURNING job`,
        job,
      )
      .toArray();
    if (open) this.#billed.add(job);
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

type EventRow = { seq: number; event: string; uncounted: number | null };

const counted = null;
const uncounted = 1;

/** What it costs to create a table. */
const rowsToCreate = 2;

/** Null for an event that cannot be read. */
const eventAt = `CASE WHEN json_valid(event) THEN json_extract(event, '$.at') END`;

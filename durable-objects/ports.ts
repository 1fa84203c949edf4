import type { LeaseSource } from "../core/ledger/lease.ts";
import type { Timers } from "../core/deadline.ts";
import type { TenantRecord } from "../core/identity/tenant.ts";
import type { JobMessage } from "../core/job/message.ts";
import type { LedgerReport } from "../core/metrics/ledger-report.ts";

/**
 * What the objects' logic needs of the world. In production each port is the platform's own; the simulator
 * and the tests give it SQLite in memory, a virtual clock and seeded randomness.
 */
export interface Host {
  /** The object's own name. */
  readonly name: string;
  readonly storage: ObjectStorage;
  readonly timers: Timers;
  readonly log: Log;
  /** Epoch milliseconds by this machine's clock, which may step either way. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  randomBytes(length: number): Uint8Array;
  /** Lets work go on after the call that started it has been answered. */
  background(work: Promise<unknown>): void;
  /** Drops the object from memory; the next call starts it again from what is stored. */
  abort(reason: string): void;
}

/** What a ledger calls. */
export interface LedgerPorts {
  readonly host: Host;
  /** The tenant's share of its region's queues, the best first; at least one. */
  readonly jobs: readonly JobQueue[];
  /** The queue of jobs that are rendered alone. */
  readonly solo: JobQueue;
  readonly pictures: PictureBucket;
  /** How many settled jobs stay, instead of `limits.settledRowsMax`: tests and the simulator keep few. */
  readonly settledRowsMax?: number;
  readonly books: BooksBucket;
  readonly directory: TenantRecords;
  /** The tenant's first shard in the region, of which this one leases. Absent: it is the first. */
  readonly firstShard?: LeaseSource;
  /** The region's figures. Absent: nothing is reported. */
  readonly figures?: FiguresCalls;
  /** One point for each job that ends. Absent: none. */
  readonly points?: Points;
}

/** Analytics Engine's, which returns at once and may drop points. */
export interface Points {
  writeDataPoint(point: {
    readonly indexes: string[];
    readonly blobs: string[];
    readonly doubles: number[];
  }): void;
}

export interface FiguresCalls {
  report(report: LedgerReport): Promise<void>;
}

/** The Directory, as far as a ledger asks it. */
export interface TenantRecords {
  /** Null when there is no such tenant. */
  tenantRecord(tenant: string): Promise<TenantRecord | null>;
}

/** A Durable Object's storage, as far as it is used. */
export interface ObjectStorage {
  readonly sql: Sql;
  /** Runs `change` as one transaction: all of it is stored, or, when it throws, nothing. */
  transactionSync<Value>(change: () => Value): Value;
  /** Replaces the object's one alarm. */
  setAlarm(at: number): Promise<void>;
}

export type SqlValue = ArrayBuffer | string | number | null;

export interface Sql {
  /**
   * Runs at once. Write a bound limit as `LIMIT ?+0`: SQLite prepares a statement again each time the value of
   * a bare `LIMIT ?` is bound, which takes some twenty times as long as finding a row.
   */
  exec<Row extends Record<string, SqlValue>>(
    query: string,
    ...bindings: readonly SqlValue[]
  ): SqlCursor<Row>;
  /** Bytes in use. */
  readonly databaseSize: number;
}

export interface SqlCursor<Row> {
  toArray(): Row[];
  /** Throws unless there is exactly one row. */
  one(): Row;
}

/** Structured log lines; `console` is one. */
export interface Log {
  info(event: LogEvent): void;
  warn(event: LogEvent): void;
  error(event: LogEvent): void;
}

export interface LogEvent {
  readonly event: string;
  readonly [detail: string]: unknown;
}

export interface JobQueue {
  sendBatch(
    messages: Iterable<{ readonly body: JobMessage; readonly contentType: "json" }>,
  ): Promise<{ readonly metadata: { readonly metrics: QueueMetrics } }>;
  metrics(): Promise<QueueMetrics>;
}

export interface QueueMetrics {
  readonly backlogCount: number;
  readonly oldestMessageTimestamp?: Date;
}

/** Where sources, renditions and the settled jobs that left their ledgers lie. */
export interface PictureBucket {
  /** At most `limits.deleteKeysMax` keys; one without an object is no error. */
  delete(keys: string[]): Promise<void>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  /** In the order of the keys, at most `limit` of them. `truncated`: there are more, also where it is fewer than that. */
  list(options: {
    readonly prefix: string;
    readonly startAfter?: string;
    readonly limit: number;
  }): Promise<{
    readonly objects: readonly { readonly key: string; readonly size: number }[];
    readonly truncated: boolean;
  }>;
}

/** Where sealed segments lie, and the news of them. */
export interface SegmentBucket {
  /** Null when there is an object already. */
  put(
    key: string,
    bytes: Uint8Array,
    options: {
      readonly onlyIf: { readonly etagDoesNotMatch: "*" };
      readonly customMetadata?: Record<string, string>;
    },
  ): Promise<object | null>;
  head(key: string): Promise<{ readonly customMetadata?: Record<string, string> } | null>;
}

/** The same for a ledger, which also reads what it stored before it was restored from a backup. */
export interface BooksBucket extends SegmentBucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

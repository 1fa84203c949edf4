import { DurableObject } from "cloudflare:workers";
import { ulid } from "ulid";
import { plans } from "../core/identity/tenant-limits.ts";
import { jobId } from "../core/job/job-id.ts";
import { limits } from "../core/limits.ts";
import { HOUR } from "../core/magnitudes.ts";
import { Ledger } from "../durable-objects/ledger/ledger.ts";
import type { Host, JobQueue, ObjectStorage } from "../durable-objects/ports.ts";
import { outcomeOf, specOf } from "./ledger-jobs.ts";

interface CountedEnv {
  readonly PICTURES_BENCH: R2Bucket;
  readonly BOOKS: R2Bucket;
}

/**
 * The service's own ledger on the platform's storage, with a clock that leaps from one event to the next, so that the
 * rows which it writes in days can be counted: those of tables and indexes as the platform counts them, and alarms.
 */
export class CountedLedger extends DurableObject<CountedEnv> {
  #written = 0;
  #now = Date.UTC(2026, 10, 20);
  #alarmAt = Infinity;

  /**
   * Rows that a job of a busy ledger has written from its acceptance until nothing is left of it here. The records of
   * keys stay for a day: those of the first jobs go with the second ones, which are counted.
   */
  async rowsOfJob(withKey: boolean): Promise<number> {
    const ledger = new Ledger({
      ...{ pictures: this.env.PICTURES_BENCH, books: this.env.BOOKS, host: this.#host() },
      ...{ jobs: [quietQueue], solo: quietQueue },
      directory: { tenantRecord: () => Promise.resolve(null) },
      settledRowsMax: 0,
    });
    await this.#live(ledger, withKey);
    await this.#advance(ledger, this.#now + 25 * HOUR);
    const before = this.#written;
    await this.#live(ledger, withKey);
    return (this.#written - before) / jobs;
  }

  async #live(ledger: Ledger, withKey: boolean): Promise<void> {
    for (let job = 0; job < jobs; job++) {
      await this.#advance(ledger, this.#now + everyMillis);
      await this.#oneJob(ledger, withKey);
    }
    await this.#advance(ledger, this.#now + 2 * limits.lateWriteMillisMax);
  }

  async #advance(ledger: Ledger, to: number): Promise<void> {
    while (this.#alarmAt <= to) {
      this.#now = Math.max(this.#now, this.#alarmAt);
      this.#alarmAt = Infinity;
      await ledger.alarm();
    }
    this.#now = Math.max(this.#now, to);
  }

  async #oneJob(ledger: Ledger, withKey: boolean): Promise<void> {
    const id = jobId("bench", 0, ulid(this.#now).toLowerCase());
    const idempotency = withKey ? { key: crypto.randomUUID(), fingerprint: "0".repeat(64) } : null;
    const { verdict } = await ledger.accept({
      ...{ id, key: "key_bench", limits: daily, limitsVersion: 1, idempotency, spec: specOf(1) },
    });
    if (!verdict.ok) throw new Error(verdict.error.detail);
    this.#now += stepMillis;
    ledger.claim([{ job: id, redelivered: false }], false);
    this.#now += stepMillis;
    ledger.settle([{ job: id, attempt: 1, outcome: outcomeOf(1) }]);
  }

  #host(): Host {
    return {
      name: "tnt_bench/bench/0",
      storage: this.#countedStorage(),
      timers: globalThis,
      log: { ...console, info: () => undefined },
      now: () => this.#now,
      random: Math.random,
      randomBytes: (length) => new Uint8Array(length),
      background: () => undefined,
      abort: (reason) => this.ctx.abort(reason),
    };
  }

  #countedStorage(): ObjectStorage {
    const { storage } = this.ctx;
    const { sql } = storage;
    return {
      sql: {
        exec: (query, ...bindings) => {
          const cursor = sql.exec(query, ...bindings);
          this.#written += cursor.rowsWritten;
          return cursor as never;
        },
        get databaseSize() {
          return sql.databaseSize;
        },
      },
      transactionSync: (change) => storage.transactionSync(change),
      // Setting an alarm is billed as a row.
      setAlarm: async (at) => {
        this.#written += 1;
        this.#alarmAt = at;
      },
    };
  }
}

/** Ten a second. */
const jobs = 1500;
const everyMillis = 80;
const stepMillis = 10;

const daily = { ...plans.custom, retentionDays: 1, jobsInFlight: limits.jobsInFlightMax };

const metrics = { backlogCount: 0 };
const quietQueue: JobQueue = {
  sendBatch: async () => ({ metadata: { metrics } }),
  metrics: async () => metrics,
};

import { jobId } from "../core/job/job-id.ts";
import { limits } from "../core/limits.ts";
import { plans } from "../core/identity/tenant-limits.ts";
import { Replays } from "../durable-objects/ledger/archive/replays.ts";
import { Ledger } from "../durable-objects/ledger/ledger.ts";
import type { Host } from "../durable-objects/ports.ts";
import { SqliteStorage } from "../simulator/sqlite-storage.ts";
import { ulid } from "ulid";
import { outcomeOf, specOf } from "./ledger-jobs.ts";
import { round } from "./statistics.ts";

export interface LedgerBytes {
  /** What a settled job takes while it is in the ledger, by its outputs. */
  readonly bytesPerJob: { readonly one: number; readonly four: number; readonly sixteen: number };
  /** What a ledger holds in the end at 250 jobs a second of four outputs, each with an Idempotency-Key. */
  readonly steadyStateMiB: number;
}

/**
 * The real ledger and its real tables on Node's SQLite, whose pages are those of the platform's. Bytes a job
 * and bytes a record are measured; the steady state is their sum over what stays, and for how long.
 */
export function measureLedgerBytes(): LedgerBytes {
  const [one, four, sixteen] = [1, 4, 16].map(bytesOfSettledJob) as [number, number, number];
  const perSecond = limits.ledgerRequestsPerSecondMax;
  // Nothing leaves before `lateWriteMillisMax`; then a batch at a time.
  const staySeconds = (limits.lateWriteMillisMax + limits.archivePauseMillis) / 1000;
  const settled = Math.max(limits.settledRowsMax, perSecond * staySeconds) * four;
  // One round of the hand takes a tenth of the records' life.
  const keptSeconds = (limits.replayRetentionMillisMin / 1000) * (1 + 1 / limits.replaysTurned);
  const replays = perSecond * keptSeconds * bytesOfReplay();
  return {
    bytesPerJob: { one: round(one, 0), four: round(four, 0), sixteen: round(sixteen, 0) },
    steadyStateMiB: round((settled + replays) / 1024 / 1024, 0),
  };
}

const jobs = 4000;

function bytesOfSettledJob(outputs: number): number {
  const storage = new SqliteStorage();
  const ledger = new Ledger({
    host: hostOn(storage),
    jobs: [quietQueue],
    solo: quietQueue,
    pictures: noBucket,
    books: noBucket,
    directory: { tenantRecord: () => Promise.resolve(null) },
  });
  const before = storage.sql.databaseSize;
  for (let number = 0; number < jobs; number++) settleOne(ledger, number, outputs);
  // Events leave with the next segment, so they are not what stays of a job.
  storage.sql.exec(`DELETE FROM events`);
  const bytes = (storage.sql.databaseSize - before) / jobs;
  storage.close();
  return bytes;
}

function settleOne(ledger: Ledger, number: number, outputs: number): void {
  const id = jobId("bench", 0, ulid(start + number).toLowerCase());
  const idempotency = { key: crypto.randomUUID(), fingerprint: "0".repeat(64) };
  const tenant = { ...plans.custom, requestsPerSecond: 1e6, burst: 1e6, jobsInFlight: 1e6 };
  void ledger.accept({ id, key: "key_bench", limits: tenant, idempotency, spec: specOf(outputs) });
  ledger.claim([{ job: id, redelivered: false }], false);
  ledger.settle([{ job: id, attempt: 1, outcome: outcomeOf(outputs) }]);
}

function bytesOfReplay(): number {
  const storage = new SqliteStorage();
  const host = hostOn(storage);
  const ledger = new Ledger({
    host,
    jobs: [quietQueue],
    solo: quietQueue,
    pictures: noBucket,
    books: noBucket,
    directory: { tenantRecord: () => Promise.resolve(null) },
  });
  void ledger;
  const replays = new Replays(host, { retentionMillis: () => limits.jobRetentionMillis });
  const before = storage.sql.databaseSize;
  const records = 200_000;
  storage.transactionSync(() => {
    for (let number = 0; number < records; number++) {
      replays.add(`key ${number}`, "0".repeat(64), ulid(start + number).toLowerCase());
    }
  });
  const bytes = (storage.sql.databaseSize - before) / records;
  storage.close();
  return bytes;
}

const start = Date.UTC(2026, 10, 20);

function hostOn(storage: SqliteStorage): Host {
  return {
    name: "tnt_bench/bench/0",
    storage,
    timers: globalThis,
    // Standard output is the report's.
    log: { ...console, info: () => undefined },
    now: () => start + jobs,
    random: Math.random,
    randomBytes: (length) => new Uint8Array(length),
    background: () => undefined,
    abort: () => undefined,
  };
}

const quietQueue = {
  sendBatch: async () => ({ metadata: { metrics: { backlogCount: 0 } } }),
  metrics: async () => ({ backlogCount: 0 }),
};
const unused = () => Promise.reject(new Error("nothing is stored here"));
const noBucket = { get: unused, put: unused, head: unused, delete: unused, list: unused };

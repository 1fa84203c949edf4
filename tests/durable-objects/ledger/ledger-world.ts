import { limitsOf } from "../../../core/identity/tenant-limits.ts";
import type { TenantRecord } from "../../../core/identity/tenant.ts";
import type { TenantLimits } from "../../../core/identity/tenant-limits.ts";
import { jobId } from "../../../core/job/job-id.ts";
import type { JobSpec, Outcome } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import type { LeaseSource } from "../../../core/ledger/lease.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
  ReserveAnswer,
  ReserveRequest,
} from "../../../durable-objects/ledger/ledger-calls.ts";
import { Ledger } from "../../../durable-objects/ledger/ledger.ts";
import type {
  FiguresCalls,
  LogEvent,
  ObjectStorage,
  Points,
} from "../../../durable-objects/ports.ts";
import { SqliteStorage, type Backup } from "../../../simulator/sqlite-storage.ts";
import { HeldQueue } from "./held-queue.ts";
import { MemoryBucket } from "./memory-bucket.ts";

/**
 * One real ledger on SQLite in memory, with a clock, a queue and buckets that the test holds. Nothing
 * happens by itself: the test moves the clock and rings the alarm.
 */
export class LedgerWorld {
  readonly name: string;
  readonly storage = new SqliteStorage();
  readonly pictures = new MemoryBucket();
  readonly books = new MemoryBucket();
  readonly jobs = new HeldQueue();
  readonly solo = new HeldQueue();
  readonly logged: LogEvent[] = [];
  now = Date.UTC(2026, 10, 20, 12);
  random = 0.5;
  settledRowsMax = 1000;
  /** What the Directory says of the tenant. */
  record: () => Promise<TenantRecord | null> = () => Promise.resolve(null);
  /** Listens where a test sets it. */
  figures: FiguresCalls | undefined;
  points: Points | undefined;
  ledger: Ledger;
  #ids = 0;
  #lives = 0;
  readonly #shard: number;
  readonly #firstShard: LeaseSource | undefined;

  /** With `firstShard` it is another shard of that one's tenant. */
  constructor(shard = 0, firstShard?: LeaseSource) {
    this.#shard = shard;
    this.#firstShard = firstShard;
    this.name = `tnt_x/local/${shard}`;
    this.ledger = this.wake();
  }

  /** The object as it starts from what is stored. */
  wake(): Ledger {
    const log = (event: LogEvent) => void this.logged.push(event);
    this.ledger = new Ledger({
      host: {
        name: this.name,
        storage: this.#storageOf(++this.#lives),
        timers: globalThis,
        log: { info: log, warn: log, error: log },
        now: () => this.now,
        random: () => this.random,
        randomBytes: (length) => new Uint8Array(length).fill(7),
        background: () => undefined,
        abort: () => undefined,
      },
      jobs: [this.jobs],
      solo: this.solo,
      pictures: this.pictures,
      settledRowsMax: this.settledRowsMax,
      books: this.books,
      directory: { tenantRecord: () => this.record() },
      ...(this.#firstShard && { firstShard: this.#firstShard }),
      ...(this.figures && { figures: this.figures }),
      ...(this.points && { points: this.points }),
    });
    return this.ledger;
  }

  /** An object that was evicted writes and reads nothing more, whatever it still waits for. */
  #storageOf(life: number): ObjectStorage {
    const storage = () => {
      if (life !== this.#lives) throw new Error("the object is gone");
      return this.storage;
    };
    return {
      sql: {
        exec: (query, ...bindings) => storage().sql.exec(query, ...bindings),
        get databaseSize() {
          return storage().sql.databaseSize;
        },
      },
      transactionSync: (change) => storage().transactionSync(change),
      setAlarm: (at) => storage().setAlarm(at),
    };
  }

  /** As the platform does it: the object starts again from what was stored then. */
  restore(backup: Backup): void {
    this.storage.restore(backup);
    this.storage.alarmAt = this.now;
    this.wake();
  }

  /** The answer of a first shard, which leases from nobody. */
  reserve(request: ReserveRequest): ReserveAnswer {
    const answer = this.ledger.reserve(request);
    if (answer instanceof Promise) throw new Error("it leases first");
    return answer;
  }

  pass(millis: number): void {
    this.now += millis;
  }

  request(more: Partial<AcceptRequest> = {}): AcceptRequest {
    this.#ids += 1;
    const id = jobId("local", this.#shard, ulidAt(this.now, this.#ids));
    return {
      id,
      key: "key_1",
      limits: generous,
      limitsVersion: 0,
      idempotency: null,
      spec,
      ...more,
    };
  }

  /** Accepts a job and returns its id; throws when it is refused. */
  accept(more: Partial<AcceptRequest> = {}): string {
    const request = this.request(more);
    const { verdict } = this.answer(request);
    if (!verdict.ok) throw new Error(verdict.error.detail);
    return request.id;
  }

  /** The ledger's answer, which comes at once unless the request belongs to a job that has left. */
  answer(request: AcceptRequest): AcceptAnswer {
    const answer = this.ledger.accept(request);
    if (answer instanceof Promise) throw new Error("the job has left");
    return answer;
  }

  /** Claims the job and settles it as done, as a consumer would, or the one that renders alone. */
  finish(id: string, outcome: Outcome = done): void {
    const asked = [{ job: id, redelivered: false }];
    const [first] = this.ledger.claim(asked, false);
    const claim = first?.verdict === "render" ? first : this.ledger.claim(asked, true)[0];
    if (claim?.verdict !== "render") throw new Error(`${id} is not given out`);
    this.ledger.settle([{ job: id, outcome, ...(claim.attempt && { attempt: claim.attempt }) }]);
  }

  /** Lets time pass, and rings the alarm whenever it asked to be rung. */
  async ring(millis = 0): Promise<void> {
    const until = this.now + millis;
    let rings = 0;
    for (let at = this.storage.alarmAt; at !== null && at <= until; at = this.storage.alarmAt) {
      if (++rings > 500) throw new Error("the ledger never comes to rest");
      this.storage.alarmAt = null;
      this.now = Math.max(this.now, at);
      await this.ledger.alarm();
    }
    this.now = until;
  }

  rows<Row>(query: string): Row[] {
    return this.storage.sql.exec(query).toArray() as Row[];
  }

  events(name: string): LogEvent[] {
    return this.logged.filter(({ event }) => event === name);
  }
}

const generous: TenantLimits = {
  ...limitsOf("custom"),
  requestsPerSecond: limits.ledgerRequestsPerSecondMax,
  burst: limits.ledgerBurstMax,
  jobsInFlight: limits.jobsInFlightMax,
};

const spec: JobSpec = {
  source: { bytes: 10, width: 2, height: 1, format: "png" },
  // What it says matters to nobody here.
  transforms: [{} as never],
  computeUnits: 5,
};

export const done: Outcome = {
  kind: "done",
  outputs: [{ index: 0, width: 2, height: 1, format: "webp", bytes: 30 }],
  usage: { computeUnits: 5, bytesIn: 10, bytesOut: 30, pixels: 4, renderMillis: 3 },
};

/** A ULID of this moment; those of one moment are in the order of their numbers. */
function ulidAt(at: number, number: number): string {
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  let time = "";
  for (let rest = at; time.length < 10; rest = Math.floor(rest / 32)) {
    time = digits.charAt(rest % 32) + time;
  }
  return time + String(number).padStart(16, "0");
}

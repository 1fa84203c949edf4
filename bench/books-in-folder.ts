import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { priceLists } from "../core/billing/price-list.ts";
import { verifyBooks } from "../core/books/verify/verify.ts";
import { hourMillis } from "../core/ledger/usage.ts";
import { limits } from "../core/limits.ts";
import { Quarantine } from "../durable-objects/ledger/quarantine.ts";
import { ledgerMigrations } from "../durable-objects/ledger/ledger-schema.ts";
import { UsageFlush } from "../durable-objects/ledger/usage/usage-flush.ts";
import { UsageStore } from "../durable-objects/ledger/usage/usage-store.ts";
import { migrate } from "../durable-objects/migrate.ts";
import { withNewKey } from "../scripts/books/witness-keys.ts";
import { SqliteStorage } from "../simulator/sqlite-storage.ts";
import { BooksStore } from "../workers/billing/books-store.ts";
import type { BooksBucket } from "../workers/billing/json-store.ts";
import type { RollUpPorts } from "../workers/billing/ports.ts";
import { rollUpNext } from "../workers/billing/roll-up.ts";
import { KeyRing } from "../core/books/key-ring.ts";
import { WitnessStore } from "../workers/billing/witness/witness-store.ts";
import { etagOf, storedObject } from "./stored-object.ts";

const tenant = "tnt_bench";
const ledger = `${tenant}/bench/0`;
const month = "2026-11";
/** Jobs end this far apart: a hundred thousand take a day. */
const pauseMillis = 860;

/** One ledger in memory, with its books and its customer on disk. */
export class FolderBooks {
  readonly #bucket: FolderBucket;
  readonly #storage: SqliteStorage;
  readonly #usage: UsageStore;
  readonly #flush: UsageFlush;
  readonly #ports: RollUpPorts;
  readonly #ring = new KeyRing(JSON.stringify(withNewKey({ keys: [] }, 0)));
  #now = Date.parse(`${month}-03T00:00:00.000Z`);

  /** `watch` is called at every access to the bucket, with what was read or is written in memory. */
  constructor(folder: string, watch: () => void = () => undefined) {
    this.#bucket = new FolderBucket(join(folder, "books"), watch);
    this.#storage = new SqliteStorage();
    const now = () => this.#now;
    const host = { name: ledger, timers: globalThis, log: console, now };
    migrate(this.#storage, ledgerMigrations);
    this.#usage = new UsageStore(this.#storage.sql, now, new Quarantine(this.#storage.sql, host));
    this.#flush = new UsageFlush(host, {
      usage: this.#usage,
      books: this.#bucket,
      restored: { catchUp: async () => undefined },
      atomically: (change) => this.#storage.transactionSync(change),
    });
    this.#ports = {
      fleet: { regions: [{ name: "bench", continents: [], queues: 1 }] },
      store: new BooksStore(this.#bucket),
      witnessStore: new WitnessStore(this.#bucket),
      witness: this.#ring,
      now,
      listTenantIds: async () => ({ ids: [tenant], cursor: null }),
      seal: () => this.#flush.run(limits.segmentsPerSealMax),
      putRows: async (key, text) => void (await this.#bucket.put(key, gzipSync(text))),
    };
  }

  close(): void {
    this.#storage.close();
  }

  /** MiB of the ledger's database, which SQLite holds outside the heap. */
  databaseMiB(): number {
    return this.#storage.sql.databaseSize / 2 ** 20;
  }

  /** Counts the events and flushes them as they come. */
  async settle(events: number): Promise<void> {
    for (let number = 1; number <= events; number++) {
      this.#now += pauseMillis;
      this.#storage.transactionSync(() => this.#usage.record(0, (at) => eventOf(number, at)));
      if (number % limits.segmentEventsMax === 0) await this.#flush.run(1);
    }
  }

  /** After the last hour is over. */
  async rollUp(): Promise<void> {
    this.#now += hourMillis;
    await rollUpNext(this.#ports, { preview: false });
  }

  /** As the customer does. How many faults there are; one more if events are missing. */
  async verify(events: number): Promise<number> {
    const head = await this.#ports.witnessStore.head(ledger);
    const segments = Math.ceil(events / limits.segmentEventsMax);
    const report = await verifyBooks({
      statement: this.#bucket.text(`statements/${tenant}/${month}.json`),
      keys: this.#ring.publicKeys,
      priceLists,
      logs: [],
      loggedHeads: [],
      heads: head.value ? [head.value] : [],
      kept: Array.from({ length: segments }, (_, index) => ({ ledger, number: index + 1 })),
      segment: (_, number) => this.#ports.store.segment(ledger, number),
    });
    return report.faults.length + Number(report.events !== events);
  }
}

function eventOf(number: number, at: number) {
  return {
    job: `job_bench_0_${String(number).padStart(26, "0")}`,
    at,
    outcome: "done" as const,
    outputs: 2,
    bytesIn: 1_000_000,
    bytesOut: 60_000,
    pixels: 12_480_000,
    computeUnits: 117,
  };
}

/** A bucket whose objects are files. */
class FolderBucket implements BooksBucket {
  readonly #folder: string;
  readonly #watch: () => void;

  constructor(folder: string, watch: () => void) {
    this.#folder = folder;
    this.#watch = watch;
    mkdirSync(folder);
  }

  text(key: string): string {
    return readFileSync(join(this.#folder, key), "utf8");
  }

  async get(key: string) {
    const bytes = this.#read(key);
    this.#watch();
    return bytes ? storedObject(bytes) : null;
  }

  async put(
    key: string,
    value: string | Uint8Array,
    { onlyIf }: { onlyIf?: { etagMatches: string } | { etagDoesNotMatch: string } } = {},
  ) {
    this.#watch();
    const present = this.#read(key);
    if (onlyIf && "etagDoesNotMatch" in onlyIf && present) return null;
    if (onlyIf && "etagMatches" in onlyIf && (!present || etagOf(present) !== onlyIf.etagMatches)) {
      return null;
    }
    const file = join(this.#folder, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, value);
    return {};
  }

  async head() {
    return null;
  }

  async list({ prefix }: { prefix: string }) {
    const names = readdirSync(this.#folder, { recursive: true, encoding: "utf8" });
    const keys = names.filter((name) => name.startsWith(prefix)).toSorted();
    return { objects: keys.map((key) => ({ key })), truncated: false };
  }

  async delete(keys: string[]): Promise<void> {
    for (const key of keys) rmSync(join(this.#folder, key), { force: true });
  }

  #read(key: string): Uint8Array | null {
    const file = join(this.#folder, key);
    return existsSync(file) ? readFileSync(file) : null;
  }
}

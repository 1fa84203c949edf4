import { parseLedgerName } from "../core/job/ledger-address.ts";
import type { Watermark } from "../core/ledger/segment.ts";
import { hashWitness } from "../simulator/books/hash-witness.ts";
import type { AuditPorts } from "../workers/billing/audit/ports.ts";
import { BooksStore } from "../workers/billing/books-store.ts";
import type { BooksBucket } from "../workers/billing/json-store.ts";
import { WitnessStore } from "../workers/billing/witness/witness-store.ts";
import type { BooksMaker, TenantBooks } from "./audited-books.ts";
import { callMillis, MemoryBucket } from "./books-in-memory.ts";
import { storedObject } from "./stored-object.ts";
import type { VirtualTime } from "./virtual-time.ts";

export const ledgerOf = (tenant: string) => `${tenant}/bench/0`;

/** How many tenants' books are kept in memory. The others' are made again when they are asked for. */
const heldMax = 3000;

/** Tenants as the auditor meets them. All have the same work behind them. */
export class AuditedFleet {
  readonly bucket: MemoryBucket;
  breaches = 0;
  /** Processor time of making the books that are read. */
  standInMillis = 0;
  readonly #time: VirtualTime;
  readonly #maker: BooksMaker;
  readonly #ids: readonly string[];
  readonly #held = new Map<string, Promise<TenantBooks>>();
  readonly #begun = new Map<string, number>();
  /** By tenant: when its audits began and ended. */
  readonly #audits = new Map<string, { begun: number; ended: number }[]>();

  constructor(time: VirtualTime, tenants: number, maker: BooksMaker) {
    this.#time = time;
    this.#maker = maker;
    this.bucket = new MemoryBucket(time);
    this.#ids = Array.from({ length: tenants }, (_, number) => AuditedFleet.tenant(number));
  }

  static tenant(number: number): string {
    return `tnt_${String(number).padStart(6, "0")}`;
  }

  get now(): number {
    return this.#time.now;
  }

  audits(): number {
    return [...this.#audits.values()].reduce((sum, each) => sum + each.length, 0);
  }

  /** When the first audit that began after the moment had ended. */
  auditedAfter(tenant: string, at: number): number {
    return this.#audits.get(tenant)?.find(({ begun }) => begun >= at)?.ended ?? Infinity;
  }

  /** What one invocation has, and how many calls it has made. */
  process(): { ports: AuditPorts; bucket: BooksBucket; calls: () => number } {
    let calls = 0;
    const call = async () => {
      calls += 1;
      await this.#time.pass(callMillis);
    };
    const { bucket } = this;
    const counted: BooksBucket = {
      get: async (key) => {
        calls += 1;
        const own = await this.#objectOf(key);
        if (own === undefined) return bucket.get(key);
        await this.#time.pass(callMillis);
        return storedObject(own);
      },
      put: (...given) => (calls++, bucket.put(...given)),
      list: (options) => (calls++, bucket.list(options)),
      delete: async (keys) => {
        calls += 1;
        await bucket.delete(keys);
        for (const key of keys) this.#note(key);
      },
    };
    return { ports: this.#ports(counted, call), bucket: counted, calls: () => calls };
  }

  #ports(bucket: BooksBucket, call: () => Promise<void>): AuditPorts {
    const booksOf = async (ledger: string) => {
      await call();
      return this.#booksOf(parseLedgerName(ledger).tenant);
    };
    return {
      fleet: { regions: [{ name: "bench", continents: [], queues: 1 }] },
      store: new BooksStore(bucket),
      witnessStore: new WitnessStore(bucket),
      witness: hashWitness,
      now: () => this.#time.now,
      listTenantIds: async ({ cursor, limit }) => {
        await call();
        const from = cursor === null ? 0 : this.#ids.indexOf(cursor) + 1;
        const ids = this.#ids.slice(from, from + limit);
        return { ids, cursor: from + limit < this.#ids.length ? (ids.at(-1) ?? null) : null };
      },
      seal: async (ledger): Promise<Watermark> => {
        const { tenant } = parseLedgerName(ledger);
        if (!this.#begun.has(tenant)) this.#begun.set(tenant, this.#time.now);
        const { watermark } = await booksOf(ledger);
        return { ...watermark, sealedThrough: this.#time.now };
      },
      putRows: call,
      listJobs: async (ledger, cursor, limit) => {
        const { jobs } = await booksOf(ledger);
        return jobs.filter(({ id }) => cursor === null || id < cursor).slice(0, limit);
      },
      job: async (ledger, id) => (await booksOf(ledger)).jobs.find((job) => job.id === id) ?? null,
      balance: async (ledger) => {
        const ended = (await booksOf(ledger)).jobs.length;
        const messages = { looked: 0, lost: [] };
        return { accepted: ended, ended, open: 0, endedBefore: 0, messages };
      },
      enterBreaches: call,
      creditNotes: async () => {
        await call();
        return [];
      },
      counters: async (ledger, from, to) =>
        (await booksOf(ledger)).counters.filter(({ hour }) => hour >= from && hour < to),
      listPictures: async ({ prefix, startAfter, limit }) => {
        const { pictures } = await booksOf(ledgerOf(prefix.split("/")[1] ?? ""));
        const found = pictures.filter(({ key }) => key > startAfter);
        return { objects: found.slice(0, limit), truncated: found.length > limit };
      },
    };
  }

  /** What the auditor does last with each tenant is to forget what stood. */
  #note(key: string): void {
    const [, tenant = ""] = /^audits\/standing\/(.+)\.json$/.exec(key) ?? [];
    const begun = this.#begun.get(tenant);
    if (begun === undefined) return;
    this.#begun.delete(tenant);
    const known = this.#audits.get(tenant) ?? [];
    this.#audits.set(tenant, [...known, { begun, ended: this.#time.now }]);
  }

  async #objectOf(key: string): Promise<Uint8Array | undefined> {
    const [, tenant] = /(tnt_\d{6})\//.exec(key) ?? [];
    return tenant === undefined ? undefined : (await this.#booksOf(tenant)).objects.get(key);
  }

  #booksOf(tenant: string): Promise<TenantBooks> {
    const held = this.#held.get(tenant);
    if (held) return held;
    const before = process.cpuUsage();
    const made = this.#maker.make(tenant);
    const { user, system } = process.cpuUsage(before);
    this.standInMillis += (user + system) / 1000;
    this.#held.set(tenant, made);
    const [oldest = ""] = this.#held.keys();
    if (this.#held.size > heldMax) this.#held.delete(oldest);
    return made;
  }
}

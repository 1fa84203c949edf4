import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { ledgersOf } from "../../../core/job/ledger-address.ts";
import {
  firstPrevious,
  sealSegment,
  type SealedSegment,
  type Watermark,
} from "../../../core/ledger/segment.ts";
import { newsKey } from "../../../core/ledger/news.ts";
import { hourOf, type UsageEvent } from "../../../core/ledger/usage.ts";
import { BooksStore } from "../../../workers/billing/books-store.ts";
import type { BooksBucket } from "../../../workers/billing/json-store.ts";
import { KeyRing } from "../../../core/books/key-ring.ts";
import { WitnessStore } from "../../../workers/billing/witness/witness-store.ts";
import { witnessKeys } from "./witness-keys.ts";
import type { RollUpPorts } from "../../../workers/billing/ports.ts";
import { oneRegion } from "../../one-region.ts";

/** R2 as the books know it: conditional puts by etag, and a crash after any number of them. */
export class MemoryBucket implements BooksBucket {
  readonly objects = new Map<string, Uint8Array>();
  /** Puts that still succeed; the one after them fails as if the Worker had died. */
  putsLeft = Infinity;
  pageSize = 1000;

  async get(key: string) {
    await Promise.resolve();
    const bytes = this.objects.get(key);
    if (!bytes) return null;
    return {
      etag: etagOf(bytes),
      size: bytes.length,
      body: { cancel: () => Promise.resolve() },
      arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes).buffer),
      json: <Value>() => Promise.resolve(JSON.parse(new TextDecoder().decode(bytes)) as Value),
    };
  }

  async put(
    key: string,
    value: string | Uint8Array,
    options: Partial<Parameters<BooksBucket["put"]>[2]> = {},
  ) {
    await Promise.resolve();
    if (this.putsLeft-- <= 0) throw new Error("crashed");
    const present = this.objects.get(key);
    const { onlyIf = {} } = options;
    if ("etagDoesNotMatch" in onlyIf && present) return null;
    if ("etagMatches" in onlyIf && (!present || etagOf(present) !== onlyIf.etagMatches))
      return null;
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    this.objects.set(key, bytes);
    return {};
  }

  /** A page of `pageSize` keys; the cursor is the page's last key. */
  async list({ prefix, cursor, startAfter = "" }: Parameters<BooksBucket["list"]>[0]) {
    await Promise.resolve();
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix) && key > (cursor ?? startAfter))
      .toSorted();
    const objects = keys.slice(0, this.pageSize).map((key) => ({ key }));
    const truncated = keys.length > this.pageSize;
    return { objects, truncated, ...(truncated && { cursor: objects.at(-1)?.key ?? "" }) };
  }

  async delete(keys: string[]): Promise<void> {
    await Promise.resolve();
    for (const key of keys) this.objects.delete(key);
  }

  text(key: string): string | null {
    const bytes = this.objects.get(key);
    return bytes ? new TextDecoder().decode(bytes) : null;
  }

  json<Value>(key: string): Value {
    const text = this.text(key);
    if (text === null) throw new Error(`${key} is not there`);
    return JSON.parse(text) as Value;
  }
}

const etagOf = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

/** A ledger that settles jobs and seals what it has settled, one segment a call. */
export class MemoryLedger {
  readonly name: string;
  readonly events: UsageEvent[] = [];
  reachable = true;
  readonly #bucket: MemoryBucket;
  #sealed = 0;
  #last: SealedSegment | null = null;
  #segments = 0;

  constructor(name: string, bucket: MemoryBucket) {
    this.name = name;
    this.#bucket = bucket;
  }

  settle(event: UsageEvent): void {
    this.events.push({ ...event, seq: this.events.length + 1 });
  }

  async seal(now: number): Promise<Watermark> {
    await Promise.resolve();
    if (!this.reachable) throw new Error("unreachable");
    const events = this.events.slice(this.#sealed);
    if (events.length > 0) {
      this.#segments += 1;
      this.#last = sealSegment({
        ledger: this.name,
        number: this.#segments,
        previous: this.#last?.hash ?? firstPrevious,
        sealedAt: now,
        events,
        v: 3,
        origin: { incarnation: 1, prices: "2026-01" },
      });
      this.#bucket.objects.set(this.#last.key, this.#last.bytes);
      this.#bucket.objects.set(newsKey(hourOf(now), this.name), new Uint8Array(0));
      this.#sealed += events.length;
    }
    return {
      segments: this.#segments,
      hash: this.#last?.hash ?? firstPrevious,
      sealedThrough: now,
    };
  }
}

/** A directory of tenants with one ledger each, and a clock that the test turns. */
export class MemoryWorld implements RollUpPorts {
  readonly fleet = oneRegion();
  readonly bucket = new MemoryBucket();
  readonly store = new BooksStore(this.bucket);
  readonly witnessStore = new WitnessStore(this.bucket);
  readonly witness = new KeyRing(JSON.stringify(witnessKeys));
  readonly tenants: readonly string[];
  pageSize = 1000;
  clock: number;
  readonly #ledgers = new Map<string, MemoryLedger>();

  constructor(tenants: readonly string[], clock: number) {
    this.tenants = tenants;
    this.clock = clock;
    for (const name of tenants.flatMap((tenant) => ledgersOf(tenant, this.fleet, 1))) {
      this.#ledgers.set(name, new MemoryLedger(name, this.bucket));
    }
  }

  now(): number {
    return this.clock;
  }

  async listTenantIds({ cursor }: { cursor: string | null }) {
    await Promise.resolve();
    const from = cursor === null ? 0 : this.tenants.indexOf(cursor) + 1;
    const ids = this.tenants.slice(from, from + this.pageSize);
    const more = from + this.pageSize < this.tenants.length;
    return { ids, cursor: more ? (ids.at(-1) ?? null) : null };
  }

  seal(name: string): Promise<Watermark> {
    return this.#ledger(name).seal(this.clock);
  }

  readonly putRows = async (key: string, text: string): Promise<void> => {
    await this.bucket.put(key, gzipSync(text));
  };

  ledgerOf(tenant: string): MemoryLedger {
    const [name = ""] = ledgersOf(tenant, this.fleet, 1);
    return this.#ledger(name);
  }

  #ledger(name: string): MemoryLedger {
    const ledger = this.#ledgers.get(name);
    if (!ledger) throw new Error(`no ledger ${name}`);
    return ledger;
  }
}

import { newsKey } from "../core/ledger/news.ts";
import { firstPrevious, sealSegment, type Watermark } from "../core/ledger/segment.ts";
import { hourMillis, hourOf } from "../core/ledger/usage.ts";
import { BooksStore } from "../workers/billing/books-store.ts";
import type { BooksBucket } from "../workers/billing/json-store.ts";
import { WitnessStore } from "../workers/billing/witness/witness-store.ts";
import { hashWitness } from "../simulator/books/hash-witness.ts";
import type { RollUpPorts } from "../workers/billing/ports.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { etagOf, storedObject } from "./stored-object.ts";

type Clock = Pick<VirtualTime, "now" | "pass">;

/** What a call to storage or to an object takes. */
export const callMillis = 50;

/** Tenants that finished work in the hour before `time`, all of it stored and told to the books. */
export class BooksInMemory implements RollUpPorts {
  readonly fleet = { regions: [{ name: "bench", continents: [], queues: 1 }] };
  readonly store: BooksStore;
  readonly witnessStore: WitnessStore;
  readonly witness = hashWitness;
  readonly tenants: readonly string[];
  readonly #bucket: MemoryBucket;
  readonly #time: Clock;
  readonly #watermarks = new Map<string, Watermark>();

  constructor(time: Clock, tenants: number, segments: number, eventsPerSegment: number) {
    this.#time = time;
    this.#bucket = new MemoryBucket(time);
    this.store = new BooksStore(this.#bucket);
    this.witnessStore = new WitnessStore(this.#bucket);
    this.tenants = Array.from({ length: tenants }, (_, number) => `tnt_${number}`);
    const hour = hourOf(time.now) - hourMillis;
    for (const tenant of this.tenants)
      this.#fill(`${tenant}/bench/0`, hour, segments, eventsPerSegment);
  }

  /** Keys and texts of all that is stored. */
  stored(): (readonly [key: string, text: string])[] {
    return [...this.#bucket.objects.keys()].map((key) => [key, this.#bucket.text(key) ?? ""]);
  }

  /** Tenants that have stored work of the hour. */
  active(): number {
    return [...this.#watermarks.values()].filter(({ segments }) => segments > 0).length;
  }

  /** The number of tenants whose statements are complete up to the last closed hour. */
  complete(): number {
    const through = new Date(hourOf(this.#time.now)).toISOString();
    return this.tenants.filter((tenant) => {
      const month = through.slice(0, 7);
      const statement = this.#bucket.text(`statements/${tenant}/${month}.json`);
      return statement?.includes(`"through":"${through}","`) && !statement.includes(`"late"`);
    }).length;
  }

  now(): number {
    return this.#time.now;
  }

  /** No fallback: only news leads to a ledger. */
  async listTenantIds() {
    await this.#time.pass(callMillis);
    return { ids: [], cursor: null };
  }

  async seal(ledger: string): Promise<Watermark> {
    await this.#time.pass(callMillis);
    const watermark = this.#watermarks.get(ledger);
    if (!watermark) throw new Error(`no ledger ${ledger}`);
    return { ...watermark, sealedThrough: this.#time.now };
  }

  readonly putRows = async (key: string, text: string): Promise<void> => {
    await this.#bucket.put(key, text, { httpMetadata: { contentType: "application/gzip" } });
  };

  #fill(ledger: string, hour: number, segments: number, eventsPerSegment: number): void {
    let previous = firstPrevious;
    for (let number = 1; number <= segments; number++) {
      const firstSeq = (number - 1) * eventsPerSegment + 1;
      const events = Array.from({ length: eventsPerSegment }, (_, index) => ({
        seq: firstSeq + index,
        job: `job_bench_0_${String(firstSeq + index).padStart(26, "0")}`,
        at: hour + firstSeq + index,
        outcome: "done" as const,
        outputs: 2,
        bytesIn: 1_000_000,
        bytesOut: 60_000,
        pixels: 12_480_000,
        computeUnits: 117,
      }));
      const sealed = sealSegment({
        ledger,
        number,
        previous,
        sealedAt: hour + hourMillis - 1,
        events,
      });
      this.#bucket.objects.set(sealed.key, sealed.bytes);
      previous = sealed.hash;
    }
    this.#watermarks.set(ledger, { segments, hash: previous, sealedThrough: 0 });
    this.#bucket.objects.set(newsKey(hour, ledger), new Uint8Array(0));
  }
}

const listPageKeys = 1000;

/** R2 in memory, as slow as R2. */
export class MemoryBucket implements BooksBucket {
  readonly objects = new Map<string, Uint8Array>();
  readonly #time: Clock;

  constructor(time: Clock) {
    this.#time = time;
  }

  text(key: string): string | null {
    const bytes = this.objects.get(key);
    return bytes ? new TextDecoder().decode(bytes) : null;
  }

  async get(key: string) {
    await this.#time.pass(callMillis);
    const bytes = this.objects.get(key);
    return bytes ? storedObject(bytes) : null;
  }

  async put(key: string, value: string, { onlyIf }: Parameters<BooksBucket["put"]>[2]) {
    await this.#time.pass(callMillis);
    const present = this.objects.get(key);
    const etag = present ? etagOf(present) : null;
    if (onlyIf && "etagDoesNotMatch" in onlyIf && etag !== null) return null;
    if (onlyIf && "etagMatches" in onlyIf && onlyIf.etagMatches !== etag) return null;
    this.objects.set(key, new TextEncoder().encode(value));
    return {};
  }

  async list({ prefix, cursor, startAfter = "" }: Parameters<BooksBucket["list"]>[0]) {
    await this.#time.pass(callMillis);
    const keys = [...this.objects.keys()].filter(
      (key) => key.startsWith(prefix) && key > (cursor ?? startAfter),
    );
    const page = keys.toSorted().slice(0, listPageKeys);
    const truncated = keys.length > page.length;
    const objects = page.map((key) => ({ key }));
    return { objects, truncated, ...(truncated && { cursor: page.at(-1) ?? "" }) };
  }

  async delete(keys: string[]): Promise<void> {
    await this.#time.pass(callMillis);
    for (const key of keys) this.objects.delete(key);
  }
}

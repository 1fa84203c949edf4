import { emptyTotals, addEvent, hourMillis, hourOf } from "../core/ledger/usage.ts";
import type { UsageEvent, UsageTotals } from "../core/ledger/usage.ts";
import type { Job } from "../core/job/job.ts";
import { outputKey } from "../core/job/picture-key.ts";
import { unpackUlid } from "../core/job/ulid-bytes.ts";
import { headText } from "../core/books/transparency.ts";
import { firstPrevious, sealSegment, type Watermark } from "../core/ledger/segment.ts";
import { hashWitness } from "../simulator/books/hash-witness.ts";
import type { StoredPicture } from "../workers/billing/audit/ports.ts";
import { BooksInMemory } from "./books-in-memory.ts";
import { rollUpTenants } from "../workers/billing/roll-up.ts";

const segments = 12;
const eventsPerSegment = 5;
const region = "bench";

/** What one tenant that works has: sixty jobs of one hour, sealed, witnessed, rolled up and stored. */
export interface TenantBooks {
  readonly watermark: Watermark;
  /** The newest first. */
  readonly jobs: readonly Job[];
  readonly pictures: readonly StoredPicture[];
  readonly counters: readonly { readonly hour: number; readonly totals: UsageTotals }[];
  /** What the bucket of the books has of it, by key. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
}

/**
 * Makes the books of any tenant; what a roll-up writes is worked out once, by the real code, and is the same for all.
 */
export class BooksMaker {
  readonly #hour: number;
  readonly #rolledUp: ReadonlyMap<string, string>;

  private constructor(hour: number, rolledUp: ReadonlyMap<string, string>) {
    this.#hour = hour;
    this.#rolledUp = rolledUp;
  }

  /** Books of work in the hour before `now`. */
  static async at(now: number): Promise<BooksMaker> {
    const instant = { now, pass: async () => undefined };
    const books = new BooksInMemory(instant, 1, segments, eventsPerSegment);
    const task = { tenants: books.tenants, through: hourOf(now), preview: false };
    await rollUpTenants(books, task, (_, work) => work());
    const [tenant = ""] = books.tenants;
    const kept = books
      .stored()
      .filter(([key]) => key.startsWith("rollups/") || key.startsWith("statements/"))
      .map(([key, text]) => [key, text].map((each) => each.replaceAll(tenant, placeholder)));
    return new BooksMaker(
      hourOf(now) - hourMillis,
      new Map(kept.map(([key = "", text = ""]) => [key, text])),
    );
  }

  async make(tenant: string): Promise<TenantBooks> {
    const ledger = `${tenant}/${region}/0`;
    const events = Array.from({ length: segments * eventsPerSegment }, (_, index) =>
      eventOf(this.#hour, index + 1),
    );
    const objects = new Map<string, Uint8Array>();
    let previous = firstPrevious;
    for (let number = 1; number <= segments; number++) {
      const sealed = sealSegment({
        ledger,
        number,
        previous,
        sealedAt: this.#hour + hourMillis - 1,
        events: events.slice((number - 1) * eventsPerSegment, number * eventsPerSegment),
      });
      objects.set(sealed.key, sealed.bytes);
      previous = sealed.hash;
    }
    const at = this.#hour + hourMillis;
    const head = { ledger, number: segments, hash: previous, events: events.length, at };
    const signed = { ...head, ...(await hashWitness.sign(headText(head))) };
    objects.set(`witness/heads/${ledger}.json`, encode(JSON.stringify(signed)));
    for (const [key, text] of this.#rolledUp) {
      objects.set(
        key.replaceAll(placeholder, tenant),
        encode(text.replaceAll(placeholder, tenant)),
      );
    }
    const jobs = events.map((event) => jobOf(tenant, event)).toReversed();
    const pictures = jobs.flatMap(({ outputs }) =>
      outputs.map(({ key = "", bytes }) => ({ key, size: bytes })),
    );
    return {
      watermark: { segments, hash: previous, sealedThrough: at },
      jobs,
      pictures: pictures.toSorted((left, right) => (left.key < right.key ? -1 : 1)),
      counters: [{ hour: this.#hour, totals: events.reduce(addEvent, emptyTotals) }],
      objects,
    };
  }
}

const placeholder = "<tenant>";
const encode = (text: string) => new TextEncoder().encode(text);

function eventOf(hour: number, seq: number): UsageEvent {
  const at = hour + seq * 1000;
  return {
    seq,
    job: `job_${region}_0_${ulidOf(at, seq)}`,
    at,
    outcome: "done",
    outputs: 2,
    bytesIn: 1_000_000,
    bytesOut: 60_000,
    pixels: 12_480_000,
    computeUnits: 117,
  };
}

function jobOf(
  tenant: string,
  { job, at, bytesIn, bytesOut, pixels, computeUnits }: UsageEvent,
): Job {
  return {
    id: job,
    status: "done",
    reserved: computeUnits,
    createdAt: at - 1000,
    settledAt: at,
    attempts: 1,
    source: { bytes: bytesIn, width: 4000, height: 3000, format: "jpeg" },
    outputs: [0, 1].map((index) => ({
      index,
      width: 400,
      height: 300,
      format: "webp" as const,
      bytes: bytesOut / 2,
      key: outputKey(tenant, job, 1, index),
    })),
    usage: { computeUnits, bytesIn, bytesOut, pixels, renderMillis: 100 },
    error: null,
  };
}

/** The ULID of a moment, with a number in the place of randomness. */
function ulidOf(at: number, number: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(at / 2 ** 32));
  view.setUint32(2, at % 2 ** 32);
  view.setUint32(12, number);
  return unpackUlid(bytes);
}

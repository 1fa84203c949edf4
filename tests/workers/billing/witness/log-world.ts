import { expect } from "vitest";
import { bytesOfHex } from "../../../../core/books/hex.ts";
import { isIncluded, type Hash } from "../../../../core/books/merkle.ts";
import { headLeaf, headText, type MonthLog } from "../../../../core/books/transparency.ts";
import { hashWitness } from "../../../../simulator/books/hash-witness.ts";
import { proveHeads } from "../../../../workers/billing/witness/prove.ts";
import { WitnessStore } from "../../../../workers/billing/witness/witness-store.ts";
import { utc } from "../../../core/billing/usage-samples.ts";
import { MemoryBucket } from "../memory-books.ts";

const start = utc("2026-11-20T10:15:00.000Z");

/** A bucket in which much waits: those keys are sorted once for many lists. */
class LargeBucket extends MemoryBucket {
  #waiting: string[] = [];
  #sorted = 0;
  lists = 0;
  /** Of what was put. */
  largest = 0;

  override async list(options: Parameters<MemoryBucket["list"]>[0]) {
    this.lists += 1;
    const { prefix, cursor, startAfter = prefix } = options;
    if (!prefix.startsWith(pending)) return super.list(options);
    if (this.#sorted !== this.#waiting.length) this.#waiting.sort();
    this.#sorted = this.#waiting.length;
    const after = cursor ?? startAfter;
    let [low, high] = [0, this.#sorted];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle] ?? "") <= after) low = middle + 1;
      else high = middle;
    }
    const page = this.#waiting.slice(low, low + this.pageSize + 1);
    const keys = page.filter((key) => key.startsWith(prefix) && this.objects.has(key));
    const objects = keys.slice(0, this.pageSize).map((key) => ({ key }));
    const truncated = keys.length > this.pageSize;
    return { objects, truncated, ...(truncated && { cursor: objects.at(-1)?.key ?? "" }) };
  }

  override put(...given: Parameters<MemoryBucket["put"]>) {
    const [key, value] = given;
    if (key.startsWith(pending)) this.#waiting.push(key);
    this.largest = Math.max(this.largest, value.length);
    return super.put(...given);
  }
}

export const pending = "witness/pending/";

/** A witness with a log, and ledgers that grow. */
export class LogWorld {
  readonly bucket = new LargeBucket();
  readonly witnessStore = new WitnessStore(this.bucket);
  readonly witness = hashWitness;
  clock = start;

  now(): number {
    return this.clock;
  }

  /** So many ledgers have grown, and wait to be logged. */
  async sign(ledgers: number, number = 1): Promise<void> {
    for (let each = 0; each < ledgers; each++) {
      const ledger = `tnt_${String(each).padStart(6, "0")}/local/0`;
      const head = { ledger, number, hash: "a".repeat(64), events: number, at: this.clock };
      await this.witnessStore.putPending({ ...head, ...(await hashWitness.sign(headText(head))) });
    }
  }

  get log(): MonthLog {
    return this.bucket.json<MonthLog>("witness/log/2026-11.json");
  }

  waiting(): number {
    return [...this.bucket.objects.keys()].filter((key) => key.startsWith(pending)).length;
  }
}

const bytes = (text: string): Hash => bytesOfHex(text) ?? new Uint8Array();

/** The tenant's one head is in the log of the hour, and its proof leads to the signed root. */
export async function expectProven(world: LogWorld, tenant: string, name: string): Promise<void> {
  const logged = world.log.hours.find((each) => each.hour === name);
  if (!logged) throw new Error(`${name} is not logged`);
  const [own, ...others] = await proveHeads(world.witnessStore, tenant, name);
  if (!own) throw new Error(`${tenant} has no head in ${name}`);
  expect(others).toEqual([]);
  const leaf = headLeaf(own.head);
  const root = bytes(logged.headsRoot);
  expect(isIncluded(leaf, own.index, logged.heads, own.proof.map(bytes), root)).toBe(true);
}

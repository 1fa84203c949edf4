import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bytesOfHex } from "../../../core/books/hex.ts";
import { isIncluded, type Hash } from "../../../core/books/merkle.ts";
import {
  headLeaf,
  headText,
  treeState,
  type MonthLog,
  type SignedHead,
} from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";
import { hashWitness } from "../../../simulator/books/hash-witness.ts";
import { logHour } from "../../../workers/billing/witness/log-hour.ts";
import { proveHeads } from "../../../workers/billing/witness/prove.ts";
import { WitnessStore } from "../../../workers/billing/witness/witness-store.ts";
import { hour, utc } from "../../core/billing/usage-samples.ts";
import { MemoryBucket } from "./memory-books.ts";

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

const pending = "witness/pending/";

class World {
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

async function allHeads({ witnessStore }: World, name: string): Promise<SignedHead[]> {
  const heads = await witnessStore.hourHeads(name);
  const found: SignedHead[] = [];
  for await (const page of heads?.eachPage() ?? []) found.push(...page);
  return found;
}

const bytes = (text: string): Hash => bytesOfHex(text) ?? new Uint8Array();

async function expectProven(world: World, tenant: string, name: string): Promise<void> {
  const logged = world.log.hours.find((each) => each.hour === name);
  if (!logged) throw new Error(`${name} is not logged`);
  const [own, ...others] = await proveHeads(world.witnessStore, tenant, name);
  if (!own) throw new Error(`${tenant} has no head in ${name}`);
  expect(others).toEqual([]);
  const leaf = headLeaf(own.head);
  const root = bytes(logged.headsRoot);
  expect(isIncluded(leaf, own.index, logged.heads, own.proof.map(bytes), root)).toBe(true);
}

test(
  "120 000 heads of one hour are logged in it, in pages, and each can be proved",
  { timeout: 120_000 },
  async () => {
    const count = 120_000;
    const warnings = vi.spyOn(console, "warn");
    const world = new World();
    await world.sign(count);
    world.clock += hour;
    world.bucket.largest = 0;
    expect(await logHour(world)).toBe(count);
    expect(world.waiting()).toBe(0);
    expect(world.log.hours).toMatchObject([{ hour: "2026-11-20T10", heads: count }]);
    expect(world.bucket.largest).toBeLessThan(6_000_000);
    // One for a thousand heads, and what it takes to find the hours.
    expect(world.bucket.lists).toBeLessThan(count / 1000 + 10);
    for (const each of [limits.headsPerPage, count - 1]) {
      await expectProven(world, `tnt_${String(each).padStart(6, "0")}`, "2026-11-20T10");
    }
    expect(await proveHeads(world.witnessStore, "tnt_999999", "2026-11-20T10")).toEqual([]);
    expect(warnings).not.toHaveBeenCalled();
  },
);

describe("with pages of two heads", () => {
  const bound = (name: "headsPerPage" | "headsPerHourMax", value: number) =>
    vi.spyOn(limits, name, "get" as never).mockReturnValue(value as never);
  beforeEach(() => void bound("headsPerPage", 2));
  afterEach(() => void vi.restoreAllMocks());
  const name = "2026-11-20T10";

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    "the root over %i heads is the same as over a single page, and so are the proofs",
    async (count) => {
      const world = new World();
      await world.sign(count);
      world.clock += hour;
      await logHour(world);
      expect((await world.witnessStore.hourHeads(name))?.pages).toHaveLength(Math.ceil(count / 2));
      const heads = await allHeads(world, name);
      expect(heads).toHaveLength(count);
      expect(world.log.hours[0]?.headsRoot).toBe(treeState(heads.map(headLeaf)).root);
      for (const { ledger } of heads) await expectProven(world, tenantOf(ledger), name);
    },
  );

  test("what was signed in several hours is in one order, and what was signed twice is there once", async () => {
    const world = new World();
    for (const number of [9, 10, 11]) {
      await world.sign(3, number);
      world.clock += hour;
    }
    const twice = { ledger: "tnt_000000/local/0", number: 9, hash: "a".repeat(64), events: 9 };
    const again = { ...twice, at: world.clock - hour };
    await world.witnessStore.putPending({
      ...again,
      ...(await hashWitness.sign(headText(again))),
    });
    expect(await logHour(world)).toBe(9);
    const heads = await allHeads(world, "2026-11-20T12");
    expect(heads.map(({ number }) => number)).toEqual([9, 10, 11, 9, 10, 11, 9, 10, 11]);
    expect(world.waiting()).toBe(0);
  });

  test("after a run that was cut off, of two at once one counts, and pages of no use go", async () => {
    const world = new World();
    await world.sign(5);
    world.clock += hour;
    world.bucket.putsLeft = 2;
    await expect(logHour(world)).rejects.toThrow("crashed");
    world.bucket.putsLeft = Infinity;
    await world.sign(1, 2);
    world.clock += hour;
    const logged = await Promise.all([logHour(world), logHour(world)]);
    expect(logged.toSorted()).toEqual([0, 6]);
    expect(await logHour(world)).toBe(0);
    const pages = [...world.bucket.objects.keys()].filter((key) => /\d{4}-[0-9a-f]{64}/.test(key));
    expect(pages.filter((key) => key.includes("T11"))).toHaveLength(3);
    await expectProven(world, "tnt_000004", "2026-11-20T11");
  });

  test("what exceeds an hour's number waits for the next one, and it is said", async () => {
    bound("headsPerHourMax", 4);
    const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const world = new World();
    await world.sign(7);
    world.clock += hour;
    expect(await logHour(world)).toBe(4);
    expect(warnings).toHaveBeenCalledExactlyOnceWith({
      event: "heads-wait",
      hour: name,
      logged: 4,
      from: "tnt_000004/local/0",
    });
    world.clock += hour;
    expect(await logHour(world)).toBe(3);
    expect(world.waiting()).toBe(0);
  });

  test("keys that are none of a head's hold nothing up", async () => {
    const world = new World();
    for (const key of ["nonsense", "2026", "1970-01-01T00/x", "2026-11-20T09/a/b/c/d"]) {
      world.bucket.objects.set(`${pending}${key}`, new Uint8Array(0));
      await world.bucket.put(`${pending}${key}`, "{}", { httpMetadata: { contentType: "" } });
    }
    await world.sign(2);
    world.clock += hour;
    expect(await logHour(world)).toBe(2);
  });
});

const tenantOf = (ledger: string): string => ledger.split("/")[0] ?? "";

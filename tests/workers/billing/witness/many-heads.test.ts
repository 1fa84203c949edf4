import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  headLeaf,
  headText,
  treeState,
  type SignedHead,
} from "../../../../core/books/transparency.ts";
import { limits } from "../../../../core/limits.ts";
import { hashWitness } from "../../../../simulator/books/hash-witness.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { hour } from "../../../core/billing/usage-samples.ts";
import { expectProven, LogWorld, pending } from "./log-world.ts";

async function allHeads({ witnessStore }: LogWorld, name: string): Promise<SignedHead[]> {
  const heads = await witnessStore.hourHeads(name);
  const found: SignedHead[] = [];
  for await (const page of heads?.eachPage() ?? []) found.push(...page);
  return found;
}

describe("with pages of two heads", () => {
  const bound = (name: "headsPerPage" | "headsPerHourMax", value: number) =>
    vi.spyOn(limits, name, "get" as never).mockReturnValue(value as never);
  beforeEach(() => void bound("headsPerPage", 2));
  afterEach(() => void vi.restoreAllMocks());
  const name = "2026-11-20T10";

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    "the root over %i heads is the same as over a single page, and so are the proofs",
    async (count) => {
      const world = new LogWorld();
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
    const world = new LogWorld();
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
    const errors = vi.spyOn(console, "error");
    expect(await logHour(world)).toBe(9);
    expect(errors).not.toHaveBeenCalled();
    const heads = await allHeads(world, "2026-11-20T12");
    expect(heads.map(({ number }) => number)).toEqual([9, 10, 11, 9, 10, 11, 9, 10, 11]);
    expect(world.waiting()).toBe(0);
  });

  test("after a run that was cut off, of two at once one counts, and pages of no use go", async () => {
    const world = new LogWorld();
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
    const world = new LogWorld();
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
    const world = new LogWorld();
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

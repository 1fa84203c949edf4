import { expect, test } from "vitest";
import { bytesOfHex } from "../../../../core/books/hex.ts";
import { isIncluded, type Hash } from "../../../../core/books/merkle.ts";
import { linkLeaf } from "../../../../core/books/transparency.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { proveHour } from "../../../../workers/billing/witness/prove.ts";
import { MemoryWorld } from "../memory-books.ts";
import { headKey, logOf, start, tenant, tenants, workAnHour, worldAfter } from "./witness-world.ts";

const bytes = (text: string): Hash => bytesOfHex(text) ?? new Uint8Array();

test("an hour is proved as it was logged, whatever has been logged since", async () => {
  const world = await worldAfter(6);
  const [hour, later] = ["2026-12-01T00", "2026-12-01T01"];
  const proven = await proveHour(world.witnessStore, hour, hour);
  if (!proven) throw new Error("the hour was logged");
  const { logged, link, consistency } = proven;
  const linked = linkLeaf(logOf(world, "2026-12").previous);
  expect(isIncluded(linked, 0, 2, link.proof.map(bytes), bytes(logged.root))).toBe(true);
  expect(consistency).toEqual({ since: hour, proof: [] });
  expect(await proveHour(world.witnessStore, hour, later)).toBeNull();
});

test("a chain is signed once, however often it is read, and none that is empty", async () => {
  const world = new MemoryWorld(tenants, start);
  await workAnHour(world, [tenant]);
  const head = world.bucket.text(headKey);
  await rollUpNext(world, { preview: true });
  expect(world.bucket.text(headKey)).toBe(head);
  const kept = [...world.bucket.objects.keys()].filter((key) => /pending|heads/.test(key));
  expect(kept).toEqual([headKey]);
});

test("the few heads of an hour are kept in one object", async () => {
  const world = await worldAfter(1);
  const stored = world.bucket.json("witness/hours/2026-11-30T20.json");
  expect(stored).toMatchObject({
    v: 1,
    heads: tenants.map((each) => ({ ledger: `${each}/local/0` })),
  });
});

import { expect, test, vi } from "vitest";
import type { SignedHead } from "../../../core/books/transparency.ts";
import { segmentKey } from "../../../core/ledger/segment.ts";
import { recordedRow } from "../../../workers/billing/recorded-row.ts";
import { rollUpNext } from "../../../workers/billing/roll-up.ts";
import { doneAt, hour, ledger, utc } from "../../core/billing/usage-samples.ts";
import { MemoryWorld } from "./memory-books.ts";

const start = utc("2026-11-20T10:15:00.000Z");

async function worldWithSegments(sizes: readonly number[]): Promise<MemoryWorld> {
  const world = new MemoryWorld(["tnt_a"], start);
  const own = world.ledgerOf("tnt_a");
  for (const size of sizes) {
    for (let job = 0; job < size; job++) own.settle(doneAt(world.clock, own.events.length + 1));
    await world.seal(ledger);
  }
  world.clock += hour;
  await rollUpNext(world, { preview: false });
  return world;
}

test("every record is found by its number, in whichever segment it is", async () => {
  const world = await worldWithSegments([3, 1, 7, 2, 5, 1]);
  const segments = [1, 1, 1, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 6];
  for (const [index, segment] of segments.entries()) {
    expect(await recordedRow(world, ledger, index + 1)).toEqual({
      job: `job_local_0_${index + 1}`,
      outcome: "done",
      outputs: 2,
      computeUnits: 117,
      segment,
      witnessed: true,
    });
  }
  expect(await recordedRow(world, ledger, segments.length + 1)).toBe("pending");
  expect(await recordedRow(world, ledger, 0)).toBe("missing");
});

test("a record is pending where the books have read nothing, and missing where its segment is gone", async () => {
  const world = await worldWithSegments([2]);
  expect(await recordedRow(world, "tnt_a/other/0", 1)).toBe("pending");
  world.bucket.objects.delete(segmentKey(ledger, 1));
  expect(await recordedRow(world, ledger, 1)).toBe("missing");
});

test("a record beyond what the witness has signed is not called witnessed", async () => {
  const world = await worldWithSegments([1, 1]);
  const head = vi.spyOn(world.witnessStore, "head");
  const signed = async (number: number) => {
    head.mockResolvedValue({ value: { number } as SignedHead, version: "1" });
    return recordedRow(world, ledger, 2);
  };
  expect(await signed(1)).toMatchObject({ segment: 2, witnessed: false });
  expect(await signed(2)).toMatchObject({ segment: 2, witnessed: true });
});

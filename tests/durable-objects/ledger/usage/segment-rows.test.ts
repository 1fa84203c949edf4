import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { SegmentRows } from "../../../../durable-objects/ledger/usage/segment-rows.ts";
import { LedgerWorld } from "../ledger-world.ts";

const world = new LedgerWorld();
/** Of a segment of one event, of the same number. */
const row = (number: number) => ({
  ...{ number, first_seq: number, last_seq: number, previous: "", sealed_at: 0, hash: "h" },
  ...{ incarnation: 1, prices: null, version: 3 },
});
const numbers = () =>
  world.rows<{ number: number }>(`SELECT number FROM segments`).map(({ number }) => number);

test("of the chain only its end is kept", () => {
  const rows = new SegmentRows(world.storage.sql);
  rows.replace(row(1));
  rows.replace(row(3));
  expect(numbers()).toEqual([3]);
  rows.insert({ ...row(4), hash: null });
  expect(rows.stored(4, "h")).toBe(4);
  expect(numbers()).toEqual([4]);
});

test("where events lie is remembered for the newest segments, and forgotten now and then", () => {
  const rows = new SegmentRows(new LedgerWorld().storage.sql);
  const store = (number: number) => rows.replace(row(number));
  for (const number of [1, 2, limits.segmentRunsMax + 1]) store(number);
  expect([1, 2].map((seq) => rows.holding(seq))).toEqual([1, 2]);
  const full = limits.segmentRunsMax + limits.segmentRunsSwept;
  for (const number of [full - 1, full]) store(number);
  expect([1, 2, full].map((seq) => rows.holding(seq))).toEqual([null, null, full]);
});

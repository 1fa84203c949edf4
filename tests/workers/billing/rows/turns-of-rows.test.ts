import { beforeEach, expect, test, vi } from "vitest";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { writeRows } from "../../../../workers/billing/rows/write-rows.ts";
import { doneAt, hour, utc } from "../../../core/billing/usage-samples.ts";
import { MemoryLedger, MemoryWorld } from "../memory-books.ts";

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const errors = vi.spyOn(console, "error");

let world: MemoryWorld;
/** Numbers of the segments whose rows were written. */
let written: number[];

/** The books have read four segments, none of which is written as rows. */
beforeEach(async () => {
  errors.mockReset().mockImplementation(() => undefined);
  world = new MemoryWorld([tenant], utc("2026-11-20T08:00:00.000Z"));
  const put = vi.spyOn(world, "putRows").mockRejectedValue(new Error("R2 is down"));
  for (let hours = 0; hours < 4; hours++) {
    world.ledgerOf(tenant).settle(doneAt(world.clock, hours + 1));
    world.clock += hour;
    await rollUpNext(world, { preview: false });
  }
  written = [];
  put.mockImplementation(async (key) => {
    written.push(Number(/-(\d{10})\.ndjson/.exec(key)?.[1]));
  });
  errors.mockClear();
});

async function turn(segmentsMax: number) {
  written = [];
  return { ...(await writeRows(world, tenant, segmentsMax)), written };
}

async function checkpoint() {
  const { value, version } = await world.store.checkpoint(ledger);
  if (value === null) throw new Error("The books have read nothing.");
  return { value, version };
}

test("a turn takes no more segments than its share, and the next one goes on behind them", async () => {
  const going = { tenant, unread: true, isWhole: false };
  expect(await turn(0)).toEqual({ ...going, segments: 0, written: [] });
  expect(await turn(1)).toEqual({ ...going, segments: 1, written: [1] });
  expect(await turn(2)).toEqual({ ...going, segments: 2, written: [2, 3] });
  const whole = { tenant, unread: false, isWhole: true };
  expect(await turn(9)).toEqual({ ...whole, segments: 1, written: [4] });
  const saved = vi.spyOn(world.store, "saveCheckpoint");
  expect(await turn(9)).toEqual({ ...whole, segments: 0, written: [] });
  expect(saved).not.toHaveBeenCalled();
  expect(errors).not.toHaveBeenCalled();
});

test("a tenant's ledgers share its turn, and all have to be whole", async () => {
  const { value, version } = await checkpoint();
  await world.store.saveCheckpoint({ ...value, shards: 2 }, version);
  const other = new MemoryLedger(`${tenant}/local/1`, world.bucket);
  for (let number = 1; number <= 2; number++) {
    other.settle(doneAt(world.clock, number));
    await other.seal(world.clock);
  }
  await world.store.saveCheckpoint({ ...value, ledger: other.name, nextSegment: 3 }, null);
  expect(await turn(3)).toMatchObject({ segments: 3, written: [1, 2, 3], isWhole: false });
  expect(await turn(2)).toMatchObject({ segments: 2, written: [4, 1], isWhole: false });
  expect(await turn(2)).toMatchObject({ segments: 1, written: [2], isWhole: true });
});

test("a ledger that the books have not read holds up nothing", async () => {
  const { value, version } = await checkpoint();
  await world.store.saveCheckpoint({ ...value, shards: 2 }, version);
  expect(await turn(9)).toMatchObject({ segments: 4, isWhole: true });
});

test("rows begin where the one that is behind stands: rows themselves, or usage by key", async () => {
  for (const behind of [
    { rowsNext: 3, groupsNext: 4 },
    { rowsNext: 4, groupsNext: 3 },
  ]) {
    const { value, version } = await checkpoint();
    await world.store.saveCheckpoint({ ...value, ...behind }, version);
    expect(await turn(9)).toMatchObject({ segments: 2, written: [3, 4] });
    expect((await checkpoint()).value).toMatchObject({ rowsNext: 5, groupsNext: 5 });
  }
});

test("a segment that cannot be read any more ends the turn, with what it was", async () => {
  await turn(2);
  world.bucket.objects.delete(segmentKey(ledger, 3));
  expect(await turn(9)).toEqual({
    tenant,
    segments: 0,
    unread: false,
    isWhole: false,
    written: [],
  });
  expect(errors).toHaveBeenCalledExactlyOnceWith({
    event: "rows-not-written",
    tenant,
    cause: `Error: segment 3 of ${ledger} cannot be read any more`,
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { archiveKey } from "../../../../core/ledger/archive.ts";
import { outputKey, sourceKey } from "../../../../core/job/picture-key.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** Which batches there are, which of them is asked, and when one goes. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
  world.settledRowsMax = 2;
  world.wake();
});

const quiet = limits.lateWriteMillisMax + limits.archivePauseMillis;
const archives = () => world.pictures.keys().filter((key) => key.startsWith("jobs/"));
const batches = () => world.rows(`SELECT number, state, count FROM archives ORDER BY number`);
const list = async (cursor: string | null, limit: number) =>
  (await world.ledger.list(cursor, limit)).map(({ id }) => id);
const accept = () => {
  world.pass(1000);
  return world.accept();
};
const settle = (jobs: number) =>
  Array.from({ length: jobs }, () => {
    const id = accept();
    world.finish(id);
    return id;
  });
/** Calls of storage, by their names, from now on. */
const calls = () => {
  const made: string[] = [];
  world.pictures.before = (call) => void made.push(call);
  return made;
};

/** Two batches whose ids overlap: the second has a job from between those of the first, and a later one. */
async function overlapping() {
  const [a = ""] = settle(1);
  const between = accept();
  const [c = "", d = ""] = settle(2);
  const e = accept();
  await world.ring(quiet);
  for (const id of [between, e]) world.finish(id);
  const [here = ""] = settle(1);
  await world.ring(quiet);
  expect(batches()).toMatchObject([{ count: 3 }, { count: 2 }]);
  world.wake();
  return { a, between, c, d, e, here };
}

describe("batches that overlap", () => {
  test("hold each job once, in the order of their ids, page by page", async () => {
    const { a, between, c, d, e, here } = await overlapping();
    expect(await list(null, 3)).toEqual([here, e, d]);
    expect(await list(here, 2)).toEqual([e, d]);
    expect(await list(d, 2)).toEqual([c, between]);
    expect(await list(between, 2)).toEqual([a]);
    expect(await world.ledger.read(between)).toMatchObject({ id: between });
  });

  test("are asked one after the other for a job that is deleted", async () => {
    const { a, between, c, d, e, here } = await overlapping();
    expect(await world.ledger.remove(between)).toBe(true);
    expect(await list(null, 10)).toEqual([here, e, d, c, a]);
  });

  test("keep pictures of jobs that they hold, and not those that nobody has", async () => {
    const kept = settle(1);
    const orphan = world.request().id;
    kept.push(...settle(2));
    const [deleted = ""] = settle(1);
    for (const id of [...kept, orphan]) await world.pictures.put(sourceKey("tnt_x", id), "");
    await world.ring(quiet);
    await world.ledger.remove(deleted);
    // Its consumer was late.
    await world.pictures.put(outputKey("tnt_x", deleted, 1, 0), "");
    await world.ring(2 * limits.orphanMillis);
    expect(world.pictures.keys().filter((key) => key.startsWith("pictures/"))).toEqual(
      kept.map((id) => sourceKey("tnt_x", id)),
    );
  });
});

test("no more batches are read than a page or a job needs", async () => {
  const early = world.request().id;
  world.pass(1000);
  for (let count = 0; count < 3; count++) {
    settle(3);
    await world.ring(quiet);
  }
  expect(batches()).toHaveLength(3);
  world.wake();
  const made = calls();
  expect(await list(null, 2)).toHaveLength(2);
  expect(made).toEqual(["get"]);
  expect(await world.ledger.read(early)).toBeNull();
  expect(await list(null, 2)).toHaveLength(2);
  expect(made).toEqual(["get"]);
  expect(world.events("archive-damaged")).toEqual([]);
});

describe("a deleted job", () => {
  test("leaves without a line in its batch", async () => {
    const [first = "", ...others] = settle(3);
    await world.ledger.remove(first);
    await world.ring(limits.lateWriteMillisMax + quiet);
    expect(batches()).toMatchObject([{ count: 2 }]);
    expect(await list(null, 10)).toEqual(others.toReversed());
    expect(world.rows(`SELECT id FROM jobs`)).toEqual([]);
  });

  test("makes no batch where all that leave are deleted", async () => {
    for (const id of settle(3)) await world.ledger.remove(id);
    await world.ring(limits.lateWriteMillisMax + quiet);
    expect(archives()).toEqual([]);
    expect(world.rows(`SELECT id FROM jobs`)).toEqual([]);
  });

  test("that has left is removed from storage once, however often it is asked", async () => {
    const [id = ""] = settle(3);
    await world.ring(quiet);
    await world.ledger.remove(id);
    const made = calls();
    expect(await world.ledger.remove(id)).toBe(true);
    expect(made).toEqual([]);
  });
});

test("a batch that could not be written is tried again after a pause, or when the clock steps back", async () => {
  settle(3);
  world.pass(limits.lateWriteMillisMax);
  let puts = 0;
  world.pictures.before = (call) => {
    if (call !== "put") return;
    puts += 1;
    throw new Error("away");
  };
  const putsAfter = async (millis: number) => {
    world.pass(millis);
    await world.ledger.alarm();
    return puts;
  };
  expect(await putsAfter(0)).toBe(1);
  expect(await putsAfter(0)).toBe(1);
  expect(await putsAfter(limits.archivePauseMillis - 1)).toBe(1);
  expect(await putsAfter(1)).toBe(2);
  expect(await putsAfter(-1)).toBe(3);
});

test("a batch goes the moment the last of its jobs is over, and its number is not given again", async () => {
  const ids = settle(3);
  const lastAt = world.now;
  await world.ring(quiet);
  for (const id of ids) await world.pictures.put(sourceKey("tnt_x", id), "");
  world.now = lastAt + limits.jobRetentionMillis - 1;
  await world.ledger.alarm();
  expect(archives()).toEqual([archiveKey(world.name, 1)]);
  world.pass(1);
  await world.ledger.alarm();
  expect(world.pictures.keys()).toEqual([]);
  settle(3);
  await world.ring(quiet);
  expect(archives()).toEqual([archiveKey(world.name, 2)]);
  await world.ring(limits.jobRetentionMillis);
  expect(batches()).toEqual([{ number: 2, state: "removed", count: 3 }]);
});

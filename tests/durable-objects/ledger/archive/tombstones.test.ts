import { beforeEach, describe, expect, test } from "vitest";
import { sourceKey } from "../../../../core/job/picture-key.ts";
import { tombstoneKey } from "../../../../core/job/tombstone.ts";
import { limits } from "../../../../core/limits.ts";
import type { Backup } from "../../../../simulator/sqlite-storage.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
  world.settledRowsMax = 1;
  world.wake();
});

/** A ledger with a job that has left it, one that is settled and one that is open. */
async function withJobs() {
  const add = async () => {
    const id = world.accept();
    await world.pictures.put(sourceKey("tnt_x", id), "source");
    world.pass(1000);
    return id;
  };
  const [left, alsoLeft] = [await add(), await add()];
  for (const id of [left, alsoLeft]) world.finish(id);
  await world.ring(limits.lateWriteMillisMax + limits.archivePauseMillis);
  const [settled, open, kept] = [await add(), await add(), await add()];
  world.finish(settled);
  world.finish(kept);
  await world.ledger.seal();
  return { left, settled, open, kept };
}

/** Something is stored after the backup, by which the ledger notices that it was restored. */
async function restoreLater(backup: Backup): Promise<void> {
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
}

const listed = async () => (await world.ledger.list(null, 100)).map(({ id }) => id);

test("a ledger that is restored deletes again what was deleted since, and bills nothing for it twice", async () => {
  const { left, settled, open, kept } = await withJobs();
  const backup = world.storage.backup();
  for (const id of [left, settled, open]) expect(await world.ledger.remove(id)).toBe(true);
  await restoreLater(backup);
  expect(await listed()).toEqual(expect.arrayContaining([left, settled, open]));
  // An open one may be done again meanwhile.
  await world.pictures.put(sourceKey("tnt_x", open), "source");
  await world.ledger.seal();
  await world.ring(1000);
  expect(await listed()).toContain(kept);
  for (const id of [left, settled, open]) {
    expect(await listed()).not.toContain(id);
    expect(await world.ledger.read(id)).toBeNull();
    expect(world.pictures.keys()).not.toContain(sourceKey("tnt_x", id));
  }
  expect(world.pictures.keys()).toContain(sourceKey("tnt_x", kept));
  const { used } = world.ledger.account(world.request());
  // Both that left, the settled, the kept and the last one; what was cancelled is not billed.
  expect(used.jobsThisMonth).toBe(5);
  expect(world.rows(`SELECT * FROM deleted_again`)).toEqual([]);
});

test("a deletion that the backup knows of is not done again", async () => {
  const { settled, kept } = await withJobs();
  await world.ledger.remove(settled);
  const backup = world.storage.backup();
  await world.ledger.remove(kept);
  await restoreLater(backup);
  const puts: string[] = [];
  world.pictures.before = (call, key) => void (call === "put" && puts.push(key));
  await world.ledger.seal();
  await world.ring(1000);
  const tombstones = puts.filter((key) => key.startsWith("deleted/"));
  expect(tombstones).toEqual([tombstoneKey(world.name, kept)]);
});

test("few deletions are gone through with one list", async () => {
  const { settled } = await withJobs();
  const backup = world.storage.backup();
  await world.ledger.remove(settled);
  await restoreLater(backup);
  const lists: string[] = [];
  world.pictures.before = (call, prefix) => void (call === "list" && lists.push(prefix));
  await world.ledger.seal();
  await world.ring(1000);
  expect(lists.filter((prefix) => prefix.startsWith("deleted/"))).toHaveLength(1);
});

test("it goes on where it was, also after it was evicted, and new work comes in meanwhile", async () => {
  const { settled } = await withJobs();
  const backup = world.storage.backup();
  await world.ledger.remove(settled);
  await restoreLater(backup);
  world.pictures.before = (call) => {
    if (call === "list") throw new Error("away");
  };
  await world.ledger.seal();
  await world.ring(limits.alarmRetryMillis);
  expect(await listed()).toContain(settled);
  world.accept();
  world.wake();
  world.pictures.before = () => undefined;
  await world.ring(limits.alarmRetryMillis);
  expect(await listed()).not.toContain(settled);
});

test("a deletion that storage did not hear of is told again", async () => {
  const { settled } = await withJobs();
  world.pictures.before = (call) => {
    if (call === "put") throw new Error("away");
  };
  expect(await world.ledger.remove(settled)).toBe(true);
  expect(world.pictures.keys()).not.toContain(tombstoneKey(world.name, settled));
  world.pictures.before = () => undefined;
  await world.ring(limits.alarmRetryMillis);
  expect(world.pictures.keys()).toContain(tombstoneKey(world.name, settled));
});

test("a tombstone stays as long as its job would have stayed", async () => {
  const { settled } = await withJobs();
  await world.ledger.remove(settled);
  await world.ring(limits.jobRetentionMillis - limits.orphanSweepMillis);
  expect(world.pictures.keys()).toContain(tombstoneKey(world.name, settled));
  await world.ring(2 * limits.orphanSweepMillis);
  expect(world.pictures.keys().filter((key) => key.startsWith("deleted/"))).toEqual([]);
});

test("a tombstone goes in the very millisecond in which its job would have gone", async () => {
  const { now } = world;
  world.accept();
  await world.pictures.put(tombstoneKey(world.name, world.request().id), "");
  world.now = now + limits.jobRetentionMillis;
  await world.ring();
  expect(world.pictures.keys().filter((key) => key.startsWith("deleted/"))).toEqual([]);
});

test("it goes through all that were deleted, however many, and removes all that are too old", async () => {
  const { settled } = await withJobs();
  const backup = world.storage.backup();
  await world.ledger.remove(settled);
  await restoreLater(backup);
  const earlier = new LedgerWorld();
  for (let count = 0; count <= 2 * limits.listKeysMax; count++) {
    const { id } = earlier.request();
    await world.pictures.put(tombstoneKey(world.name, id), "");
  }
  await world.ledger.seal();
  await world.ring(15 * limits.alarmPauseMillis);
  expect(await listed()).not.toContain(settled);
  expect(world.rows(`SELECT * FROM deleted_again`)).toEqual([]);
  await world.ring(limits.jobRetentionMillis + 2 * limits.orphanSweepMillis);
  expect(world.pictures.keys().filter((key) => key.startsWith("deleted/"))).toEqual([]);
});

describe("a ledger that was restored to before many deletions", () => {
  const jobs = 2 * limits.purgeBatchMax + 1;
  const shown = () => world.rows(`SELECT id FROM jobs WHERE deleted = 0 AND due IS NULL`);

  async function restored(): Promise<void> {
    world.settledRowsMax = 2 * jobs;
    world.wake();
    const ids = Array.from({ length: jobs }, () => world.accept());
    for (const id of ids) world.finish(id);
    await world.ledger.seal();
    const backup = world.storage.backup();
    for (const id of ids) await world.ledger.remove(id);
    await restoreLater(backup);
    await world.ledger.seal();
    expect(shown()).toHaveLength(jobs);
  }

  test("asks storage for no more in one alarm than an invocation may", async () => {
    await restored();
    let calls = 0;
    world.pictures.before = () => void (calls += 1);
    await world.ledger.alarm();
    expect(shown()).toHaveLength(jobs - limits.purgeBatchMax);
    expect(calls).toBeLessThan(1000);
    await world.ring(15 * limits.alarmPauseMillis);
    expect(shown()).toEqual([]);
  });

  test("looks for overdue jobs in between, however slow storage is", async () => {
    await restored();
    const slowMillis = limits.storageMillisMax - 100;
    world.pictures.before = () => world.pass(slowMillis);
    const began = world.now;
    await world.ledger.alarm();
    expect(shown().length).toBeLessThan(jobs);
    expect(world.now - began).toBeLessThan(10 * limits.storageMillisMax);
    world.pictures.before = () => undefined;
    await world.ring(limits.alarmRetryMillis);
    expect(shown()).toEqual([]);
  });

  test("deletes all of them again where storage lists fewer at once than were asked for", async () => {
    await restored();
    world.pictures.listMax = 50;
    await world.ring(30 * limits.alarmPauseMillis);
    expect(shown()).toEqual([]);
  });
});

import { beforeEach, expect, test } from "vitest";
import { sourceKey } from "../../../../core/job/picture-key.ts";
import { tombstoneKey } from "../../../../core/job/tombstone.ts";
import { archiveKey } from "../../../../core/ledger/archive.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY, MINUTE } from "../../../../core/magnitudes.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** Pictures without a job, and how often they are looked for. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const tenant = "tnt_x";
/** The source of an upload that was never accepted. */
const orphan = async () => {
  const { id } = world.request();
  await world.pictures.put(sourceKey(tenant, id), "bytes");
  return sourceKey(tenant, id);
};
const pictures = () => world.pictures.keys().filter((key) => key.startsWith("pictures/"));
/** Prefixes of the lists that are asked for, from now on. */
const lists = () => {
  const asked: string[] = [];
  world.pictures.before = (call, prefix) => void (call === "list" && asked.push(prefix));
  return asked;
};
const countOf = (asked: readonly string[], prefix: string) =>
  asked.filter((each) => each.startsWith(prefix)).length;

test("a picture without a job is removed once no upload can be under way, and no other", async () => {
  const kept = world.accept();
  await world.pictures.put(sourceKey("tnt_x", kept), "bytes");
  const orphan = world.request().id;
  await world.pictures.put(sourceKey("tnt_x", orphan), "bytes");
  await world.pictures.put(sourceKey("tnt_y", orphan), "bytes");
  await world.ring(limits.orphanMillis - 1);
  expect(world.pictures.keys()).toContain(sourceKey("tnt_x", orphan));
  await world.ring(1);
  expect(world.pictures.keys()).toEqual([sourceKey("tnt_x", kept), sourceKey("tnt_y", orphan)]);
  world.pass(limits.orphanSweepMillis);
  const late = world.request().id;
  await world.pictures.put(sourceKey("tnt_x", late), "bytes");
  await world.ring(2 * limits.orphanSweepMillis);
  expect(world.pictures.keys()).toEqual([sourceKey("tnt_x", kept), sourceKey("tnt_y", orphan)]);
});

test("an upload may take its time; its picture goes when that is over, not a day later", async () => {
  world.finish(world.accept());
  world.pass(limits.orphanMillis / 2);
  const young = await orphan();
  await world.ring(limits.orphanMillis);
  expect(pictures()).toEqual([young]);
  expect(world.events("orphans-removed")).toEqual([]);
  await world.ring(limits.orphanMillis);
  expect(pictures()).toEqual([]);
  expect(world.events("orphans-removed")).toMatchObject([{ ledger: world.name, pictures: 1 }]);
});

test("later uploads do not put off when the first is looked after, and are looked after themselves", async () => {
  world.accept();
  const first = await orphan();
  world.pass(limits.orphanMillis - MINUTE);
  world.accept();
  await world.ring(MINUTE);
  expect(pictures()).not.toContain(first);
  await world.ring(limits.orphanMillis);
  world.accept();
  const second = await orphan();
  await world.ring(limits.orphanMillis);
  expect(pictures()).not.toContain(second);
});

test("pictures are walked through page by page, at once, also by an object that starts again", async () => {
  const kept = world.accept();
  for (let number = 0; number < 2 * limits.listKeysMax; number++) {
    await world.pictures.put(`pictures/${tenant}/${kept}/${number}`, "bytes");
  }
  world.pass(1000);
  const late = await orphan();
  world.pass(limits.orphanMillis);
  await world.ledger.alarm();
  await world.ledger.alarm();
  expect(pictures()).toContain(late);
  world.wake();
  const asked = lists();
  await world.ledger.alarm();
  expect(pictures()).toHaveLength(2 * limits.listKeysMax);
  expect(pictures()).not.toContain(late);
  expect(countOf(asked, "pictures/")).toBe(1);
  await world.ledger.alarm();
  expect(countOf(asked, "pictures/")).toBe(1);
});

test("where no picture is young, pictures are looked through again a day later", async () => {
  world.accept();
  await world.ring(limits.orphanMillis);
  const asked = lists();
  await world.ring(limits.orphanSweepMillis - MINUTE);
  expect(countOf(asked, "pictures/")).toBe(0);
  await world.ring(MINUTE);
  expect(countOf(asked, "pictures/")).toBe(1);
});

test("what else may lie there for nothing is looked for once a day", async () => {
  world.accept();
  const asked = lists();
  await world.ring(limits.orphanMillis);
  expect(countOf(asked, "jobs/")).toBe(1);
  world.accept();
  await world.ring(limits.orphanMillis);
  expect(countOf(asked, "pictures/")).toBe(2);
  expect(countOf(asked, "jobs/")).toBe(1);
  world.pass(DAY);
  await world.ring();
  expect(countOf(asked, "jobs/")).toBe(2);
});

test("old marks of deletions go page by page at once, not a page a day", async () => {
  for (let count = 0; count <= limits.listKeysMax; count++) {
    await world.pictures.put(tombstoneKey(world.name, world.request().id), "");
  }
  world.pass(limits.jobRetentionMillis);
  world.accept();
  await world.ring(limits.orphanMillis + MINUTE);
  expect(world.pictures.keys()).toEqual([]);
});

test("an object among a ledger's batches that is none stays as it is", async () => {
  const other = archiveKey(world.name, 1).replace("0000000001", "notes");
  await world.pictures.put(other, "bytes");
  world.accept();
  await world.ring(limits.orphanMillis);
  expect(world.pictures.keys()).toContain(other);
  expect(world.rows(`SELECT number FROM archives`)).toEqual([]);
});

test("a page that is shorter than was asked for is not the last one", async () => {
  for (let count = 0; count < 30; count++) await orphan();
  world.accept();
  world.pictures.listMax = 10;
  await world.ring(limits.orphanMillis + 5 * limits.alarmPauseMillis);
  expect(pictures()).toEqual([]);
});

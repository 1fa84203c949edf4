import { beforeEach, expect, test, vi } from "vitest";
import { originalId, originalKey } from "../../../../core/delivery/original.ts";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { DAY } from "../../../../core/magnitudes.ts";
import { OriginalRows } from "../../../../durable-objects/ledger/originals/original-rows.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** When storage is asked what it has, and what may change meanwhile. */
let world: LedgerWorld;
let lists: number;
beforeEach(() => watch(new LedgerWorld()));

/** Counts from now on how often storage is asked for a page of the tenant's pictures. */
function watch(watched: LedgerWorld): void {
  world = watched;
  lists = 0;
  world.pictures.before = (call, prefix) => {
    if (call === "list" && prefix.startsWith("originals/")) lists += 1;
  };
}

const hash = "a".repeat(64);
const put = (each: string) =>
  world.pictures.put(originalKey("tnt_x", originalId(each)), new Uint8Array(1));
function reserved(): number {
  const request = { key: "key_1", limits: limitsOf("custom"), limitsVersion: 1, hash, bytes: 1 };
  const answer = world.ledger.originals.reserve(request);
  if (!answer.ok) throw new Error(answer.error.detail);
  return answer.value.doubt;
}
async function store(): Promise<void> {
  const doubt = reserved();
  await put(hash);
  world.ledger.originals.settle(hash, doubt);
}
const images = () => world.ledger.originals.used().images;

test("storage is asked when the count begins and once a day, not with each alarm", async () => {
  await store();
  await world.ledger.alarm();
  expect(lists).toBe(1);
  await world.ledger.alarm();
  world.wake();
  images();
  await world.ring(DAY / 2);
  expect(lists).toBe(1);
  await world.ring(DAY);
  expect(lists).toBe(2);
});

test("what is stored after nothing was is looked for a day later", async () => {
  images();
  await world.ring(1000);
  images();
  await world.ring(2 * DAY);
  world.wake();
  images();
  await world.ring(2 * DAY);
  expect(lists).toBe(1);
  await store();
  await world.ring(limits.orphanSweepMillis - 1);
  expect(lists).toBe(1);
  world.pictures.objects.clear();
  await world.ring(1);
  expect([lists, images()]).toEqual([2, 0]);
});

test("another shard counts nothing, also when it was restored from a backup", async () => {
  watch(new LedgerWorld(1));
  images();
  await world.ring(2 * DAY);
  const backup = world.storage.backup();
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  await world.ledger.seal();
  await world.ring(2 * DAY);
  expect(world.events("ledger-restored")).toHaveLength(1);
  expect(lists).toBe(0);
});

test("who asks what is stored wakes the ledger the first time only", async () => {
  images();
  expect(world.storage.alarmAt).toBe(world.now);
  await store();
  await world.ring(1000);
  const { alarmAt } = world.storage;
  expect(alarmAt).toBeGreaterThan(world.now + DAY / 2);
  images();
  expect(world.storage.alarmAt).toBe(alarmAt);
});

test("a walk that is under way goes on while pictures are stored", async () => {
  for (let number = 0; number < limits.listKeysMax + 5; number++) {
    await put(number.toString(16).padStart(64, "0"));
  }
  images();
  await world.ledger.alarm();
  expect(images()).toBe(limits.listKeysMax);
  await store();
  await world.ring(1000);
  expect(images()).toBe(limits.listKeysMax + 6);
});

test("a picture that is stored while storage lists is not missed", async () => {
  const doubt = reserved();
  const list = world.pictures.list.bind(world.pictures);
  world.pictures.list = async (asked) => {
    const listed = await list(asked);
    await put(hash);
    world.ledger.originals.settle(hash, doubt);
    return listed;
  };
  await world.ring(1000);
  expect(images()).toBe(1);
});

test("each call that stores the same picture is told from the others, within a millisecond too", () => {
  const doubts = [reserved(), reserved(), reserved()];
  expect(new Set(doubts).size).toBe(3);
});

test("a doubt that was written before the clock stepped back does not last", async () => {
  world.pass(DAY);
  reserved();
  world.pass(-DAY);
  world.wake();
  world.accept();
  await world.ring(limits.redispatchMillis);
  expect(images()).toBe(0);
});

const many = Array.from({ length: 2 * limits.listKeysMax + 5 }, (_, number) =>
  number.toString(16).padStart(64, "0"),
);
async function storeMany(): Promise<void> {
  for (const each of many) await put(each);
  images();
  await world.ring(1000);
  expect(images()).toBe(many.length);
}

test("a page that is shorter than was asked for is not the last one", async () => {
  await storeMany();
  world.pictures.listMax = 300;
  await world.ring(DAY);
  expect(images()).toBe(many.length);
  expect(world.events("originals-recounted").at(-1)).toMatchObject({ removed: 0 });
});

test("what is counted is looked at a page at a time, also where nothing of it is stored", async () => {
  await storeMany();
  const between = vi.spyOn(OriginalRows.prototype, "between");
  const [gone, stays] = [many.slice(0, -1), many.at(-1) ?? ""];
  for (const each of gone) world.pictures.objects.delete(originalKey("tnt_x", originalId(each)));
  await put("f".repeat(64));
  await world.ring(DAY);
  const sizes = between.mock.results.map(({ value }) => (value as unknown[]).length);
  expect(Math.max(...sizes)).toBe(limits.listKeysMax);
  expect(images()).toBe(2);
  expect(world.rows(`SELECT hash FROM originals`)).toEqual([
    { hash: stays },
    { hash: "f".repeat(64) },
  ]);
});

import { beforeEach, describe, expect, test } from "vitest";
import { newsKey } from "../../../../core/ledger/news.ts";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { hourMillis, hourOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

test("settled usage is in a sealed segment when its time has come, and forgotten here", async () => {
  world.pass(10 * limits.flushMillis);
  world.finish(world.accept());
  expect(world.rows(`SELECT seq FROM events`)).toEqual([{ seq: 1 }]);
  await world.ledger.alarm();
  await world.ring(limits.flushMillis - 1);
  expect(world.books.keys()).toEqual([]);
  await world.ring(1);
  expect(world.books.keys()).toEqual([
    newsKey(hourOf(world.now), world.name),
    segmentKey(world.name, 1),
  ]);
  expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
});

describe("news for the books", () => {
  const puts = () => {
    const keys: string[] = [];
    world.books.before = (call, key) => void (call === "put" && keys.push(key));
    return keys;
  };
  const work = () => {
    world.finish(world.accept());
    return world.ring(limits.flushMillis);
  };

  test("is told once an hour, after the segment that it is about", async () => {
    const keys = puts();
    await work();
    await work();
    const first = newsKey(hourOf(world.now), world.name);
    expect(keys).toEqual([segmentKey(world.name, 1), first, segmentKey(world.name, 2)]);
    world.pass(hourMillis);
    await work();
    expect(keys.at(-1)).toBe(newsKey(hourOf(world.now), world.name));
  });

  test("keeps the events until it is told", async () => {
    world.books.before = (_, key) => {
      if (key.startsWith("news/")) throw new Error("R2 is down");
    };
    await work();
    expect(world.rows(`SELECT seq FROM events`)).toEqual([{ seq: 1 }]);
    world.books.before = () => undefined;
    await world.ring(limits.alarmRetryMillis);
    expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
    expect(world.books.keys()).toHaveLength(2);
  });

  test("is none when there was nothing to store", async () => {
    const keys = puts();
    await world.ledger.seal();
    expect(keys).toEqual([]);
  });
});

test("nothing happens before the moment up to which the books were told that all is stored", async () => {
  const { sealedThrough } = await world.ledger.seal();
  expect(sealedThrough).toBe(world.now);
  world.pass(-10 * 60_000);
  world.wake();
  world.finish(world.accept());
  expect(world.rows(`SELECT json_extract(event, '$.at') AS at FROM events`)).toEqual([
    { at: sealedThrough },
  ]);
  world.pass(-10 * 60_000);
  expect(await world.wake().seal()).toMatchObject({ segments: 1, sealedThrough });
});

test("of several such moments the last counts, also after the object has started again", async () => {
  await world.ledger.seal();
  world.pass(60_000);
  const { sealedThrough } = await world.ledger.seal();
  world.pass(-10 * 60_000);
  world.wake();
  world.finish(world.accept());
  expect(world.rows(`SELECT json_extract(event, '$.at') AS at FROM events`)).toEqual([
    { at: sealedThrough },
  ]);
});

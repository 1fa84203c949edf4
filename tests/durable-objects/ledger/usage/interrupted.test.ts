import { beforeEach, expect, test, vi } from "vitest";
import { firstPrevious, openSegment, segmentKey } from "../../../../core/ledger/segment.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

test.each(["in the same object", "after the object has started again"])(
  "events stay until their segment is in R2: a put that failed is repeated %s",
  async (when) => {
    for (let count = 0; count < 3; count++) world.finish(world.accept());
    const keys: string[] = [];
    world.books.before = (call, key) => {
      if (call !== "put") return;
      keys.push(`${call} ${key}`);
      throw new Error("R2 is down");
    };
    await expect(world.ledger.seal()).rejects.toThrow("R2 is down");
    await expect(world.ledger.seal()).rejects.toThrow("R2 is down");
    expect(world.rows(`SELECT seq FROM events`)).toHaveLength(3);
    expect(new Set(keys)).toEqual(new Set([`put ${segmentKey(world.name, 1)}`]));

    world.books.before = () => undefined;
    if (when !== "in the same object") world.wake();
    // What happens meanwhile goes to the next segment: the first is frozen.
    world.finish(world.accept());
    expect(await world.ledger.seal()).toMatchObject({ segments: 2 });
    expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
    expect(eventsIn(1)).toEqual([1, 2, 3]);
  },
);

test("a put whose answer was lost is not made again", async () => {
  world.finish(world.accept());
  const put = world.books.put.bind(world.books);
  world.books.put = async (...call) => {
    await put(...call);
    throw new Error("the answer was lost");
  };
  await expect(world.ledger.seal()).rejects.toThrow("the answer was lost");
  const stored = world.books.text(segmentKey(world.name, 1));
  world.books.put = put;
  world.pass(limits.flushMillis);
  expect(await world.wake().seal()).toMatchObject({ segments: 1 });
  expect(world.books.text(segmentKey(world.name, 1))).toBe(stored);
  expect(world.events("ledger-restored")).toEqual([]);
  expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
});

test("events that came meanwhile are not lost when the old ones cannot be forgotten", async () => {
  for (let count = 0; count < 20; count++) world.finish(world.accept());
  world.books.before = (call, key) => {
    if (call !== "put" || !key.includes("segments/")) return;
    world.books.before = () => undefined;
    world.finish(world.accept());
  };
  const { sql } = world.storage;
  const unspied = sql.exec.bind(sql);
  const exec = vi.spyOn(sql, "exec");
  let isDropped = false;
  exec.mockImplementation((query, ...bindings) => {
    if (isDropped && query.includes("INSERT INTO events")) throw new Error("the disk is full");
    isDropped ||= query.includes("DROP TABLE events");
    return unspied(query, ...bindings);
  });
  await expect(world.ledger.seal()).rejects.toThrow("the disk is full");
  exec.mockRestore();
  expect(world.rows(`SELECT seq FROM events`)).toHaveLength(21);
  await world.wake().seal();
  expect(eventsIn(1)).toHaveLength(20);
  expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
  const [hour] = world.ledger.usage(0, Number.MAX_SAFE_INTEGER).hours;
  expect(hour?.totals.jobsDone).toBe(21);
});

/** The numbers of the events in the first segments, each of which continues the one before. */
function eventsIn(number: number): number[] {
  const stored = world.books.objects.get(segmentKey(world.name, number));
  const opened = openSegment(stored?.bytes ?? new Uint8Array(), {
    ledger: world.name,
    number,
    previous: firstPrevious,
    firstSeq: 1,
  });
  if (!opened.ok) throw new Error(opened.error.reason);
  return opened.value.events.map(({ seq }) => seq);
}

import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** The clock steps, and usage is counted once and in order all the same. */
let world: LedgerWorld;
const hour = 3_600_000;
beforeEach(() => {
  world = new LedgerWorld();
});

describe("a step forward of an hour and back", () => {
  beforeEach(async () => {
    world.pass(hour);
    world.finish(world.accept());
    await world.ledger.seal();
    world.pass(-hour);
  });

  test("delays no flush by more than its time, and makes none of a single event", async () => {
    world.finish(world.accept());
    await world.ring(limits.flushMillis);
    world.finish(world.accept());
    world.finish(world.accept());
    await world.ring(limits.flushMillis - 1);
    expect(segments()).toHaveLength(2);
    await world.ring(limits.alarmPauseMillis);
    expect(segments()).toHaveLength(3);
    expect(world.rows(`SELECT * FROM events`)).toEqual([]);
  });

  const segments = () => world.books.keys().filter((key) => key.startsWith("segments/"));

  test("keeps events in order, and out of what was said to be sealed, though the object starts again", async () => {
    world.pass(2 * hour);
    const { sealedThrough } = await world.ledger.seal();
    expect(sealedThrough).toBe(world.now);
    world.pass(-2 * hour);
    world.wake();
    world.finish(world.accept());
    const [event] = world.rows<{ at: number }>(
      `SELECT json_extract(event, '$.at') AS at FROM events`,
    );
    expect(event?.at).toBe(sealedThrough);
  });
});

test.each([
  { leap: limits.jobDeadlineMillis, counts: "when it was accepted" },
  { leap: limits.jobDeadlineMillis + 1, counts: "now" },
])("a job that was accepted $leap ms ahead of the clock counts $counts", ({ leap, counts }) => {
  world.pass(leap);
  const id = world.accept();
  world.pass(-leap);
  world.finish(id);
  const [event] = world.rows(`SELECT json_extract(event, '$.at') AS at FROM events`);
  expect(event).toEqual({ at: counts === "now" ? world.now : world.now + leap });
});

import { beforeEach, expect, test } from "vitest";
import { hourMillis } from "../../../../core/ledger/usage.ts";
import { SECOND } from "../../../../core/magnitudes.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** When the hours of a ledger's usage are written, and what is shown of them before that. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const shown = () =>
  world.ledger.usage(0, Number.MAX_SAFE_INTEGER).hours.map(({ totals }) => totals.jobsDone);
const written = () =>
  world.rows<{ done: number }>(
    `SELECT json_extract(totals, '$.jobsDone') AS done FROM usage ORDER BY hour`,
  );
const finishJobs = (jobs: number) => {
  for (let job = 0; job < jobs; job++) world.finish(world.accept());
};

test("an hour is shown with every job, and written once for all of a segment", async () => {
  finishJobs(3);
  expect(shown()).toEqual([3]);
  expect(written()).toEqual([]);
  await world.ledger.seal();
  expect(shown()).toEqual([3]);
  expect(written()).toEqual([{ done: 3 }]);
});

test("an object that wakes adds what no hour has yet, and nothing twice", async () => {
  finishJobs(2);
  await world.ledger.seal();
  finishJobs(3);
  world.wake();
  expect(shown()).toEqual([5]);
  world.wake();
  finishJobs(1);
  expect(shown()).toEqual([6]);
  await world.ledger.seal();
  world.wake();
  expect(shown()).toEqual([6]);
  expect(written()).toEqual([{ done: 6 }]);
});

test("the hours are written before too many events are held, and these are not added again", () => {
  finishJobs(limits.uncountedEventsMax - 1);
  expect(written()).toEqual([]);
  world.pass(SECOND);
  finishJobs(1);
  expect(written()).toEqual([{ done: limits.uncountedEventsMax }]);
  finishJobs(2);
  expect(written()).toEqual([{ done: limits.uncountedEventsMax }]);
  world.wake();
  expect(shown()).toEqual([limits.uncountedEventsMax + 2]);
});

test("events of older code, which has counted them in their hours, are not added again", async () => {
  finishJobs(2);
  await world.ledger.seal();
  finishJobs(2);
  // What older code leaves behind after it has settled one of them.
  world.storage.sql.exec(
    `UPDATE events SET uncounted = NULL WHERE seq = (SELECT MAX(seq) FROM events)`,
  );
  world.storage.sql.exec(`UPDATE usage SET totals = json_set(totals, '$.jobsDone', 3)`);
  world.wake();
  expect(shown()).toEqual([4]);
});

test("a segment takes its hours with it, and one that is gone already stays gone", async () => {
  finishJobs(1);
  world.pass(hourMillis);
  finishJobs(2);
  expect(shown()).toEqual([1, 2]);
  await world.ledger.seal();
  expect(written()).toEqual([{ done: 1 }, { done: 2 }]);
  expect(shown()).toEqual([1, 2]);
});

test.each([0, 1, 9])(
  "events that came while their segment was stored stay, in order: %i of them",
  async (late) => {
    finishJobs(20);
    world.books.before = (call, key) => {
      if (call === "put" && key.includes("segments/")) finishJobs(late);
    };
    await world.ledger.seal();
    const left = world.rows<{ seq: number }>(`SELECT seq FROM events ORDER BY seq`);
    expect(left.map(({ seq }) => seq)).toEqual(
      Array.from({ length: late }, (_, index) => 21 + index),
    );
    world.books.before = () => undefined;
    finishJobs(1);
    world.wake();
    expect(shown()).toEqual([21 + late]);
    expect(await world.ledger.seal()).toMatchObject({ segments: 2 });
    expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
    expect(shown()).toEqual([21 + late]);
  },
);

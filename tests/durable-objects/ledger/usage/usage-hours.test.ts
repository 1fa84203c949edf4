import { beforeEach, expect, test } from "vitest";
import { addEvent, hourMillis, subtractEvent } from "../../../../core/ledger/usage.ts";
import { SECOND } from "../../../../core/magnitudes.ts";
import { limits } from "../../../../core/limits.ts";
import { Quarantine } from "../../../../durable-objects/ledger/quarantine.ts";
import { UsageHours } from "../../../../durable-objects/ledger/usage/usage-hours.ts";
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

test("up to which event the hours are written is one row", async () => {
  for (const jobs of [2, 3]) {
    finishJobs(jobs);
    await world.ledger.seal();
  }
  expect(world.rows(`SELECT through FROM counted`)).toEqual([{ through: 5 }]);
});

test("a table of a few events is not made anew for them, one of many is", async () => {
  const statements: string[] = [];
  const { sql } = world.storage;
  const exec = sql.exec.bind(sql);
  sql.exec = (query, ...bindings) => {
    statements.push(query);
    return exec(query, ...bindings);
  };
  const isDropped = async (jobs: number, late = 0) => {
    statements.length = 0;
    finishJobs(jobs);
    world.books.before = (call, key) => {
      if (call === "put" && key.includes("segments/")) finishJobs(late);
    };
    await world.ledger.seal();
    world.books.before = () => undefined;
    return statements.some((statement) => statement.startsWith("DROP TABLE events"));
  };
  expect(await isDropped(4)).toBe(false);
  expect(await isDropped(5)).toBe(true);
  // Two that come meanwhile are written again.
  expect(await isDropped(8, 2)).toBe(false);
  await world.ledger.seal();
  expect(await isDropped(9, 2)).toBe(true);
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

test("an hour is changed by one event at a time, and is gone when nothing is left in it", () => {
  const { sql } = world.storage;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const quarantine = new Quarantine(sql, { name: world.name, log, now: () => world.now });
  const hours = new UsageHours(sql, quarantine);
  const blank = { outputs: 0, bytesIn: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
  const failed = { ...blank, job: "a", at: world.now, outcome: "failed" } as const;
  const finished = { ...blank, job: "b", at: world.now, outcome: "done" } as const;
  const counts = () =>
    hours
      .between(0, Number.MAX_SAFE_INTEGER)
      .map(({ totals }) => [totals.jobsDone, totals.jobsFailed]);
  hours.change(finished, addEvent);
  hours.change(failed, addEvent);
  expect(counts()).toEqual([[1, 1]]);
  hours.change(finished, subtractEvent);
  expect(counts()).toEqual([[0, 1]]);
  hours.change(failed, subtractEvent);
  expect(counts()).toEqual([]);
});

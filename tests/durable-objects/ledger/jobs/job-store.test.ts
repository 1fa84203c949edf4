import { beforeEach, expect, test } from "vitest";
import * as progress from "../../../../core/ledger/progress.ts";
import { JobStore } from "../../../../durable-objects/ledger/jobs/job-store.ts";
import { Quarantine } from "../../../../durable-objects/ledger/quarantine.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** The table of jobs. */
let world: LedgerWorld;
let jobs: JobStore;
const read = () => {
  const { sql } = world.storage;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return new JobStore(sql, new Quarantine(sql, { name: world.name, log, now: () => world.now }));
};
beforeEach(() => {
  world = new LedgerWorld();
  jobs = read();
});

const fresh = () => progress.accepted(world.now);
const insert = (state = fresh()) => {
  const { id, spec } = world.request();
  return jobs.insert({ id, progress: state, createdAt: world.now, idempotency: null, spec });
};
const settle = (record = insert()) => {
  if (done.kind !== "done") throw new Error("a job that is done");
  const ended = { ...record.progress, status: "done" as const, due: null };
  const how = { at: world.now, outcome: done, winner: 1, sweepAt: null, seq: null };
  jobs.settle(record, { progress: ended, ...how });
  return record.id;
};

test("a new job is what its row is read as", () => {
  const { id, spec } = world.request();
  const idempotency = { key: "order-1", fingerprint: "picture-1" };
  const job = { id, createdAt: world.now, idempotency, spec, takenMillis: 12 };
  const record = jobs.insert({
    ...job,
    progress: { ...fresh(), held: true, sentAt: 5, claims: 2 },
  });
  expect(record).toEqual(read().find(id));
  expect(insert()).toEqual(jobs.page(null, 1)[0]);
});

test("of what is due no more is given than was asked for, what is due beyond any time last", () => {
  const at = (due: number) => insert({ ...fresh(), due }).id;
  const [late, second, first, beyond] = [at(200), at(20), at(10), at(9000)];
  const another = at(9001);
  const overdue = (limit: number) => jobs.overdue(100, 8000, limit).map(({ id }) => id);
  expect(overdue(10)).toEqual([first, second, beyond, another]);
  expect(overdue(3)).toEqual([first, second, beyond]);
  expect(overdue(2)).toEqual([first, second]);
  expect(overdue(1)).toEqual([first]);
  expect(overdue(10)).not.toContain(late);
});

test("an open job's time is over when it is due after its deadline, or due and held", () => {
  expect(jobs.hasExpired(1000)).toBe(false);
  insert({ ...fresh(), due: 10, deadline: 50 });
  expect(jobs.hasExpired(9)).toBe(false);
  expect(jobs.hasExpired(49)).toBe(false);
  expect(jobs.hasExpired(50)).toBe(true);
  insert({ ...fresh(), due: 20, deadline: 50, held: true });
  expect(jobs.hasExpired(19)).toBe(false);
  expect(jobs.hasExpired(20)).toBe(true);
});

test("settled jobs are counted as long as they are here, also when the object starts again", () => {
  const counts = () => [jobs.settledCount(), read().settledCount()];
  insert();
  expect(counts()).toEqual([0, 0]);
  const [first, second, third] = [settle(), settle(), settle()];
  expect(counts()).toEqual([3, 3]);
  jobs.purge([first, third]);
  expect(read().acceptances.count()).toBe(4);
  jobs.purge([]);
  expect(counts()).toEqual([1, 1]);
  expect(jobs.find(second)).toMatchObject({ progress: { status: "done" }, settledAt: world.now });
});

test("an open job that is forgotten is neither here nor open any more", () => {
  const [first, second] = [insert(), insert()];
  jobs.forgetOpen(first.id);
  expect(jobs.find(first.id)).toBeNull();
  expect(jobs.backlog()).toEqual({ jobs: 1, oldestAt: world.now });
  expect(jobs.find(second.id)).toEqual(second);
});

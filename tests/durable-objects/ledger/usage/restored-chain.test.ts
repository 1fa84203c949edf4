import { describe, expect, test } from "vitest";
import { segmentKey } from "../../../../core/ledger/segment.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { done, LedgerWorld } from "../ledger-world.ts";
import { chainOf } from "./stored-chain.ts";

test("a restored ledger goes on from what it stored, says so, and bills nothing twice", async () => {
  const world = new LedgerWorld();
  const [before, open, late] = [world.accept(), world.accept(), world.accept()];
  world.finish(before);
  await world.ledger.seal();
  world.finish(late);
  const backup = world.storage.backup();
  world.finish(open);
  const lost = world.accept();
  world.finish(lost);
  await world.ledger.seal();

  world.restore(backup);
  world.pass(60_000);
  const fresh = world.accept();
  world.finish(fresh);
  expect(await world.ledger.seal()).toMatchObject({ segments: 3, incarnation: 2 });
  await world.ring();
  expect(world.events("ledger-restored")).toMatchObject([{ from: 1, through: 2 }]);
  expect(await world.ledger.read(fresh)).toMatchObject({ recorded: { sequence: 5, segment: 3 } });
  // What was settled in the life that is forgotten is settled again, and stays billed once.
  expect(world.rows(`SELECT job FROM billed`)).toContainEqual({ job: open });
  world.finish(open);
  expect(world.rows(`SELECT job FROM billed`)).not.toContainEqual({ job: open });
  world.finish(world.accept());
  await world.ledger.seal();

  const chain = chainOf(world);
  expect(chain.map(({ header }) => header.incarnation)).toEqual([1, 1, 2, 2]);
  const jobs = chain.flatMap(({ events }) => events.map(({ job }) => job));
  expect(jobs.slice(0, 5)).toEqual([before, late, open, lost, fresh]);
  expect(new Set(jobs).size).toBe(jobs.length);
  const { used } = world.ledger.account(world.request());
  expect(used.jobsThisMonth).toBe(jobs.length);
  await world.wake().seal();
  expect(world.events("ledger-restored")).toHaveLength(1);
});

test("what a restored ledger settles before it has looked is numbered after what the books hold", async () => {
  const world = new LedgerWorld();
  const [first, second] = [world.accept(), world.accept()];
  const backup = world.storage.backup();
  world.finish(first);
  world.finish(second);
  await world.ledger.seal();
  world.restore(backup);
  world.finish(second);
  const fresh = Array.from({ length: 4 }, () => world.accept());
  for (const id of fresh) world.finish(id);
  await world.ledger.seal();
  const numbers = async (id: string) => (await world.ledger.read(id))?.recorded?.sequence;
  expect(await Promise.all([second, ...fresh].map(numbers))).toEqual([2, 3, 4, 5, 6]);
  const chain = chainOf(world).flatMap(({ events }) => events.map(({ seq, job }) => [seq, job]));
  expect(chain).toEqual([first, second, ...fresh].map((job, index) => [index + 1, job]));
  expect(world.rows(`SELECT seq FROM events`)).toEqual([]);
});

test("a ledger that knows its chain does not look for more of it", async () => {
  const world = new LedgerWorld();
  let looks = 0;
  world.books.before = (call) => void (call === "head" && looks++);
  for (let seals = 0; seals < 3; seals++) await world.ledger.seal();
  expect(looks).toBe(1);
});

test("what was taken over counts at once, also when the next segment cannot be read yet", async () => {
  const world = new LedgerWorld();
  const backup = world.storage.backup();
  for (let count = 0; count < 2; count++) {
    world.finish(world.accept());
    await world.ledger.seal();
  }
  world.restore(backup);
  world.books.before = (call, key) => {
    if (call === "get" && key === segmentKey(world.name, 2)) throw new Error("away");
  };
  await expect(world.ledger.seal()).rejects.toThrow("away");
  const used = () => world.ledger.account(world.request()).used.jobsThisMonth;
  expect(used()).toBe(1);
  world.books.before = () => undefined;
  await world.ledger.seal();
  expect(used()).toBe(2);
  expect(world.events("ledger-restored")).toMatchObject([
    { from: 0, through: 1 },
    { from: 1, through: 2 },
  ]);
});

const hour = 60 * 60_000;
const failed = { kind: "failed", problem: problem("unsupported-format", "no") } as const;

describe("restored from a backup that is older than a job's deadline", () => {
  test("no job that the books hold as done is shown as failed, and it is billed once", async () => {
    const world = new LedgerWorld();
    const [id, cancelled] = [world.accept(), world.accept()];
    const backup = world.storage.backup();
    world.finish(id);
    world.finish(cancelled, failed);
    await world.ring(limits.flushMillis);
    world.pass(2 * hour);
    world.restore(backup);
    await world.ring(1000);
    expect(await world.ledger.read(id)).toMatchObject({ status: "accepted" });
    expect(await world.ledger.read(cancelled)).toMatchObject({
      status: "failed",
      error: { code: "internal" },
    });
    world.wake();
    world.finish(id);
    await world.ring(hour);
    expect(await world.ledger.read(id)).toMatchObject({ status: "done" });
    const billed = chainOf(world).flatMap(({ events }) => events.map(({ job }) => job));
    expect(billed.toSorted()).toEqual([id, cancelled].toSorted());
  });

  test("a job that the books do not hold has as long as a new one, under new numbers of claims", async () => {
    const world = new LedgerWorld();
    const [open, ...others] = [world.accept(), world.accept(), world.accept()];
    const backup = world.storage.backup();
    for (const other of others) {
      world.finish(other);
      await world.ring(limits.flushMillis);
    }
    world.pass(2 * hour);
    world.restore(backup);
    world.jobs.readings = { backlogCount: 1, oldestMessageTimestamp: new Date(0) };
    await world.ring(hour - 1);
    expect(await world.ledger.read(open)).toMatchObject({ status: "accepted" });
    const [claim] = world.ledger.claim([{ job: open, redelivered: false }], false);
    expect(claim).toMatchObject({ attempt: limits.claimsForgottenMax + 2 });
    await world.ring(hour);
    expect(await world.ledger.read(open)).toMatchObject({
      status: "failed",
      error: { code: "deadline-exceeded" },
    });
  });

  const deferred = { kind: "deferred", cause: "away" } as const;
  type On = [world: LedgerWorld, job: string, attempt: number];
  test.each<{ how: string; act: (...on: On) => unknown; answer: (job: string) => unknown }>([
    {
      how: "claimed",
      act: ({ ledger }, job) => ledger.claim([{ job, redelivered: true }], true),
      answer: (job) => [{ verdict: "drop", job }],
    },
    {
      how: "handed back",
      act: ({ ledger }, job, attempt) => ledger.settle([{ job, outcome: deferred, attempt }]),
      answer: () => ["deferred"],
    },
    { how: "looked at", act: () => [], answer: () => [] },
  ])("while the books cannot be read, no job fails when it is $how", async ({ act, answer }) => {
    const world = new LedgerWorld();
    const [id, other] = [world.accept(), world.accept()];
    const [claim] = world.ledger.claim([{ job: id, redelivered: false }], false);
    const backup = world.storage.backup();
    const attempt = claim?.verdict === "render" ? (claim.attempt ?? 0) : 0;
    world.ledger.settle([{ job: id, outcome: done, attempt }]);
    world.finish(other);
    await world.ring(limits.flushMillis);
    world.pass(2 * hour);
    world.books.before = () => Promise.reject(new Error("away"));
    world.restore(backup);
    expect(act(world, id, attempt)).toEqual(answer(id));
    await world.ring(10 * 60_000);
    expect(world.events("alarm-duty-failed").length).toBeGreaterThan(0);
    expect((await world.ledger.read(id))?.settledAt).toBeNull();
    world.books.before = () => undefined;
    await world.ring(60_000);
    const [last] = world.ledger.claim([{ job: id, redelivered: true }], true);
    expect(last).toMatchObject({ verdict: "render" });
    world.ledger.settle([{ job: id, outcome: done }]);
    expect(await world.ledger.read(id)).toMatchObject({ status: "done" });
  });

  test("where the chain is broken, which nobody but a person mends, jobs end by their deadlines", async () => {
    const world = new LedgerWorld();
    const id = world.accept();
    await world.books.put(segmentKey(world.name, 1), "something else");
    world.wake();
    world.jobs.readings = { backlogCount: 1, oldestMessageTimestamp: new Date(0) };
    await world.ring(hour + 60_000);
    expect(await world.ledger.read(id)).toMatchObject({ error: { code: "deadline-exceeded" } });
  });
});

test("a job that was done while its caller held the picture is not known any more, and stays billed", async () => {
  const world = new LedgerWorld();
  const [id, other] = [world.accept({ held: true, holdMillis: 5000 }), world.accept()];
  const backup = world.storage.backup();
  world.finish(id);
  world.finish(other);
  await world.ledger.seal();
  world.pass(hour);
  world.restore(backup);
  world.books.before = () => Promise.reject(new Error("away"));
  await world.ring(60_000);
  world.books.before = () => undefined;
  await world.ring(60_000);
  expect(await world.ledger.read(id)).toBeNull();
  expect(await world.ledger.read(other)).toMatchObject({ status: "accepted" });
  expect(world.rows(`SELECT job FROM billed`)).toEqual([{ job: other }]);
  const { used } = world.ledger.account(world.request());
  expect(used).toMatchObject({ jobsInFlight: 1, jobsThisMonth: 3 });
});

test("an hour whose only job turns out to be billed in another is not shown", async () => {
  const world = new LedgerWorld();
  const id = world.accept();
  const backup = world.storage.backup();
  world.finish(id);
  await world.ledger.seal();
  const [before] = world.ledger.usage(0, world.now + hour).hours;
  world.pass(2 * hour);
  world.restore(backup);
  world.ledger.settle([{ job: id, outcome: failed }]);
  await world.ledger.seal();
  expect(world.ledger.usage(0, world.now + hour).hours).toEqual([before]);
});

test("a chain is read by one at a time, however many ask", async () => {
  const world = new LedgerWorld();
  const backup = world.storage.backup();
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  world.pass(hour);
  world.accept();
  world.pass(2 * hour);
  await Promise.all([world.ledger.alarm(), world.ledger.seal(), world.ledger.seal()]);
  expect(world.events("ledger-restored")).toHaveLength(1);
  expect(world.ledger.account(world.request()).used.jobsThisMonth).toBe(2);
});

test("a ledger stops at a segment that does not continue its chain, instead of overwriting it", async () => {
  const [world, other] = [new LedgerWorld(), new LedgerWorld()];
  other.pass(1000);
  for (const each of [world, other]) {
    each.finish(each.accept());
    await each.ledger.seal();
  }
  other.finish(other.accept());
  await other.ledger.seal();
  const key = segmentKey(world.name, 2);
  const foreign = other.books.text(key) ?? "";
  await world.books.put(key, foreign);
  world.finish(world.accept());
  await expect(world.wake().seal()).rejects.toThrow("broken-chain");
  expect(world.books.text(key)).toBe(foreign);
  expect(world.rows(`SELECT seq FROM events`)).toHaveLength(1);
});

test("an alarm that gives nothing up does not read the chain", async () => {
  const world = new LedgerWorld();
  world.accept();
  const calls: string[] = [];
  world.books.before = (call) => void calls.push(call);
  await world.wake().alarm();
  expect(calls).toEqual([]);
  world.pass(limits.jobDeadlineMillis);
  await world.ledger.alarm();
  expect(calls).toContain("head");
});

test("new work has the ledger look whether it was restored, once, also where the books are away", async () => {
  const world = new LedgerWorld();
  let heads = 0;
  world.books.before = (call) => {
    heads += call === "head" ? 1 : 0;
    throw new Error("away");
  };
  for (let jobs = 0; jobs < 3; jobs++) {
    world.accept();
    await new Promise((resolve) => void setImmediate(resolve));
  }
  expect(heads).toBe(1);
});

test("each time it is restored a ledger goes on as another incarnation, after all that it stored", async () => {
  const world = new LedgerWorld();
  const backup = world.storage.backup();
  for (let lives = 1; lives <= 3; lives++) {
    world.finish(world.accept());
    expect(await world.ledger.seal()).toMatchObject({ segments: lives, incarnation: lives });
    world.pass(-hour);
    world.restore(backup);
    await world.ledger.seal();
    await world.ring();
  }
  const times = chainOf(world).flatMap(({ events }) => events.map(({ at }) => at));
  expect(times).toEqual(times.toSorted((left, right) => left - right));
});

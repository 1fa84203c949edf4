import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { Redelivery } from "../../../../durable-objects/ledger/delivery/redelivery.ts";
import type { LedgerPorts } from "../../../../durable-objects/ports.ts";
import { HeldQueue } from "../held-queue.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const claim = (id: string, { redelivered = false, alone = false } = {}) =>
  world.ledger.claim([{ job: id, redelivered }], alone)[0];
const waits = (oldest: number) => ({ backlogCount: 5, oldestMessageTimestamp: new Date(oldest) });
const halfAnHour = 30 * 60_000;

describe("under a backlog of half an hour", () => {
  test("a job whose message waits is not sent again, and is sent again soon after it got lost", async () => {
    const id = world.accept();
    world.jobs.readings = waits(world.now);
    await world.ring(halfAnHour);
    expect(world.jobs.sent).toEqual([id]);
    world.jobs.readings = waits(world.now);
    await world.ring(limits.redispatchMillisMax);
    expect(world.jobs.sent).toEqual([id, id]);
    expect(await world.ledger.read(id)).toMatchObject({ status: "accepted", attempts: 0 });
  });

  test("a thousand jobs take a thousand messages", async () => {
    world.jobs.readings = waits(world.now);
    for (let jobs = 0; jobs < 1000; jobs++) world.accept();
    await world.ring(halfAnHour);
    expect(world.jobs.sent).toHaveLength(1000);
  });

  test("the ledger's clock may be ten minutes off: the last message to arrive has shown by how much", async () => {
    const skewed = 10 * 60_000;
    const [first, second] = [world.accept(), world.accept()];
    world.ledger.claim([{ job: first, redelivered: false, sentAt: world.now + skewed }], false);
    world.jobs.readings = waits(world.now + skewed);
    await world.ring(limits.leaseMillis - 1);
    expect(world.jobs.sent).toEqual([first, second]);
  });
});

test("a job that a consumer took and left is for consumers that render one at a time", () => {
  const id = world.accept();
  claim(id);
  expect(claim(id, { redelivered: true })).toEqual({ verdict: "isolate", job: id });
  expect(claim(id, { redelivered: true, alone: true })).toMatchObject({ verdict: "render" });
});

test("no queue is asked for a job that a consumer has, or whose message is still to be sent", async () => {
  let asked = 0;
  for (const queue of [world.jobs, world.solo]) {
    const metrics = queue.metrics.bind(queue);
    queue.metrics = () => {
      asked += 1;
      return metrics();
    };
  }
  const [taken, back] = [world.accept(), world.accept()];
  claim(taken);
  claim(back);
  world.ledger.settle([{ job: back, outcome: { kind: "deferred", cause: "away" }, attempt: 1 }]);
  world.pass(2 * limits.leaseMillis);
  await world.ledger.alarm();
  expect([world.solo.sent, world.jobs.sent.slice(2)]).toEqual([[taken], [back]]);
  expect(asked).toBe(0);
});

test("with an empty queue a message that nobody has claimed is lost", async () => {
  const id = world.accept();
  await world.ring(limits.redispatchMillis - 1);
  expect(world.jobs.sent).toEqual([id]);
  await world.ring(1);
  expect(world.jobs.sent).toEqual([id, id]);
});

test("a queue that does not answer is no evidence", async () => {
  const id = world.accept();
  world.jobs.metrics = () => Promise.reject(new Error("away"));
  await world.ring(halfAnHour);
  expect(world.jobs.sent).toEqual([id]);
  expect(world.events("queue-not-read").length).toBeGreaterThan(0);
});

test("what a queue could not take is sent as soon as it takes messages again", async () => {
  world.jobs.down = true;
  const id = world.accept();
  await world.ring(10 * 60_000);
  expect(world.jobs.sent).toEqual([]);
  world.jobs.down = false;
  world.jobs.readings = waits(0);
  await world.ring(limits.redispatchMillis);
  expect(world.jobs.sent).toEqual([id]);
});

test("a job whose lease is over goes to the solo queue, and what becomes of it there is looked up there", async () => {
  const id = world.accept();
  claim(id);
  world.jobs.readings = waits(world.now);
  await world.ring(limits.leaseMillis + 5 * limits.leaseMillisPerUnit);
  expect(world.solo.sent).toEqual([id]);
  world.solo.readings = waits(0);
  await world.ring(halfAnHour);
  expect(world.solo.sent).toEqual([id]);
  world.solo.readings = { backlogCount: 0 };
  await world.ring(limits.redispatchMillisMax);
  expect(world.solo.sent.length).toBeGreaterThan(1);
  expect(claim(id, { alone: true })).toMatchObject({ verdict: "render", attempt: 2 });
});

test("a job that is handed back through an outage of ten minutes is done, and had few messages", async () => {
  const id = world.accept();
  world.jobs.readings = { backlogCount: 0 };
  for (const until = world.now + 10 * 60_000; world.now < until;) {
    const taken = claim(id);
    if (taken?.verdict === "render" && taken.attempt) {
      const outcome = { kind: "deferred", cause: "no storage" } as const;
      world.ledger.settle([{ job: id, outcome, attempt: taken.attempt }]);
    }
    await world.ring(60_000);
  }
  expect(world.jobs.sent.length).toBeLessThanOrEqual(8);
  expect(await world.ledger.read(id)).toMatchObject({ status: "accepted" });
  world.finish(id);
  expect(await world.ledger.read(id)).toMatchObject({ status: "done" });
});

test("a job that nobody ever does fails at its deadline", async () => {
  const id = world.accept();
  await world.ring(limits.jobDeadlineMillis - 1);
  expect(await world.ledger.read(id)).toMatchObject({ status: "accepted" });
  await world.ring(1);
  expect(await world.ledger.read(id)).toMatchObject({
    status: "failed",
    settledAt: world.now,
    error: { code: "deadline-exceeded" },
  });
});

test("begun alone and never heard of again five times, a job is given up on", async () => {
  const id = world.accept();
  claim(id);
  for (let strikes = 1; strikes <= limits.attemptsMax; strikes++) {
    const taken = claim(id, { redelivered: true, alone: true });
    expect(taken).toMatchObject({ verdict: "render", attempt: 1 + strikes });
    expect(world.ledger.begin({ job: id, attempt: 1 + strikes }, true)).toBe(true);
    expect(world.ledger.begin({ job: id, attempt: strikes }, true)).toBe(false);
  }
  expect(claim(id, { redelivered: true, alone: true })).toEqual({ verdict: "drop", job: id });
  expect(await world.ledger.read(id)).toMatchObject({
    status: "failed",
    attempts: 6,
    error: { code: "attempts-exhausted" },
  });
});

test("more jobs than one alarm looks at are looked at by the next ones", async () => {
  const jobs = 2 * limits.overdueBatchMax + 1;
  const ids: string[] = [];
  for (; ids.length < jobs; world.pass(4)) ids.push(world.accept());
  await world.ring(limits.redispatchMillis + 2 * limits.alarmPauseMillis);
  expect(world.jobs.sent.slice(jobs).toSorted()).toEqual(ids);
});

test("a job that nobody knows is not begun", () => {
  expect(world.ledger.begin({ job: "job_local_0_none", attempt: 1 }, true)).toBe(false);
});

test("a job that was claimed at once is another's five seconds after its caller gave up", async () => {
  const id = world.accept({ holdMillis: 60_000, claim: true });
  world.ledger.dispatch(id, false);
  await world.ring(limits.expressHoldMillis - 1);
  expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
  await world.ring(1);
  expect([world.jobs.sent, world.solo.sent]).toEqual([[], [id]]);
});

test("the auditor looks at messages that were sent a while ago, and not at those of just now", async () => {
  world.jobs.readings = waits(0);
  world.accept();
  const looked = async () => (await world.ledger.figures.balance())?.messages.looked;
  await world.ledger.seal();
  expect(await looked()).toBe(0);
  world.pass(limits.auditMessageMillis);
  expect(await looked()).toBe(1);
});

describe("the age of the oldest message", () => {
  const behindMillis = 2 * limits.queueAgeMillisMax;
  const sent = () => new Promise((wake) => void setTimeout(wake, 0));

  /** A job of a ledger whose queues' clock is behind, when the oldest message is so old. */
  async function answerAt(ageMillis: number) {
    const arrived = world.accept();
    const byQueue = world.now - behindMillis;
    world.ledger.claim([{ job: arrived, redelivered: false, sentAt: byQueue }], false);
    world.jobs.readings = waits(byQueue - ageMillis);
    world.accept();
    await sent();
    return world.answer(world.request()).verdict;
  }

  test("is told by the queues' clock, which may be behind", async () => {
    expect(await answerAt(0)).toMatchObject({ ok: true });
  });

  test("refuses jobs when it is too high by that clock", async () => {
    expect(await answerAt(2 * limits.queueAgeMillisMax)).toMatchObject({
      error: { code: "overloaded" },
    });
  });
});

test("the queues are out when none of them takes messages, and until the first may again", async () => {
  const jobs = [new HeldQueue(), new HeldQueue()];
  let now = 0;
  const host = { name: "tnt_x/local/0", now: () => now, timers: globalThis, log: { warn() {} } };
  const parts = { atomically: (change: () => void) => change(), jobs: { find: () => null } };
  const ports = { host, jobs, solo: new HeldQueue() } as unknown as LedgerPorts;
  const redelivery = new Redelivery(ports, parts as never);
  const sendSome = async () => {
    for (let job = 0; job < 40; job++) redelivery.send(`job_${job}`, { lane: "batch", resends: 0 });
    await new Promise((wake) => void setTimeout(wake, 0));
  };
  await sendSome();
  expect(redelivery.isOut()).toBe(false);
  jobs[0]!.down = true;
  await sendSome();
  expect(redelivery.isOut()).toBe(false);
  now += 1;
  jobs[1]!.down = true;
  await sendSome();
  expect(redelivery.isOut()).toBe(true);
  now += limits.queuePauseMillis - 1;
  expect(redelivery.isOut()).toBe(false);
});

import { beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../../../core/job/job.ts";
import { hourMillis, hourOf } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { Measured } from "../../../../core/metrics/measured.ts";
import { problem, type ProblemCode } from "../../../../core/problem.ts";
import type { LedgerMetrics } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const failed = (code: ProblemCode): Outcome => ({ kind: "failed", problem: problem(code, "No.") });
const today = () =>
  world.ledger.figures.metrics(world.now - 24 * hourMillis, world.now + hourMillis);
const median = (
  { measured }: LedgerMetrics,
  stage: "accept" | "wait" | "render" | "store" | "settle" | "total",
) => Math.round(Measured.of(measured).stage(stage).quantile(0.5) ?? -1);

/** One job: 30 ms at the door, 200 until it is claimed, then as its consumer says. */
function job(outcome: Outcome = done): void {
  const id = world.accept({ takenMillis: 30 });
  world.pass(200);
  world.ledger.claim([{ job: id, redelivered: false }], false);
  world.pass(100);
  const spent = { waited: 10, render: 60, store: 20 };
  world.ledger.settle([{ job: id, outcome, attempt: 1, spent }]);
}

const writes = () => world.rows<{ hour: number; measured: string }>("SELECT * FROM measures");

test("a job's stages are timed, each by one clock", () => {
  job();
  const metrics = today();
  const stages = ["accept", "wait", "render", "store", "settle", "total"] as const;
  const medians = stages.map((stage) => median(metrics, stage));
  for (const [index, right] of [30, 210, 60, 20, 10, 330].entries()) {
    expect(Math.abs((medians[index] ?? 0) - right)).toBeLessThanOrEqual(right / 50);
  }
});

test("its consumer's word that it begins is where its wait ends", () => {
  const id = world.accept();
  world.ledger.claim([{ job: id, redelivered: false }], true);
  world.pass(500);
  world.ledger.begin({ job: id, attempt: 1 }, true);
  world.pass(100);
  world.ledger.settle([
    { job: id, outcome: done, attempt: 1, spent: { waited: 0, render: 80, store: 20 } },
  ]);
  expect(median(today(), "wait")).toBeGreaterThan(490);
  expect(median(today(), "settle")).toBe(0);
});

describe("what is measured", () => {
  test("is written once for all that come within five seconds, and outlasts the object then", async () => {
    job();
    const [first] = writes();
    for (let times = 0; times < 9; times++) job();
    expect(writes()).toEqual([first]);
    await world.ring(limits.measuresHeldMillis);
    world.wake();
    expect(Measured.of(today().measured).stage("total").count).toBe(10);
  });

  test("is written by whatever comes when the five seconds are over, not before", async () => {
    job();
    const [first] = writes();
    job();
    await world.ledger.alarm();
    expect(writes()).toEqual([first]);
    world.pass(limits.measuresHeldMillis - 300);
    await world.ledger.alarm();
    const [second] = writes();
    expect(second).not.toEqual(first);
    world.pass(limits.measuresHeldMillis - 300);
    job();
    expect(writes()).not.toEqual([second]);
  });

  test("is held also in the moment of the last write", async () => {
    job();
    const written = writes();
    world.accept({ takenMillis: 30 });
    await world.ledger.alarm();
    expect(writes()).toEqual(written);
  });

  test("is written when it is asked for, unless nothing was", () => {
    today();
    expect(writes()).toEqual([]);
    job();
    job();
    today();
    world.wake();
    expect(Measured.of(today().measured).stage("total").count).toBe(2);
  });

  test("is written at once where it is a fault of the service", () => {
    job();
    job(failed("attempts-exhausted"));
    job(failed("corrupt-image"));
    world.wake();
    expect(today().measured.failed).toEqual({ "attempts-exhausted": 1 });
  });

  test("is kept by the hour, for eight days", async () => {
    job();
    job();
    const then = hourOf(world.now);
    world.pass(hourMillis);
    job();
    await world.ring(limits.measuresHeldMillis);
    expect(writes().map(({ hour }) => hour)).toEqual([then, then + hourMillis]);
    expect(
      Measured.of(world.ledger.figures.metrics(then, then + 1).measured).stage("total").count,
    ).toBe(2);
    world.pass(limits.measuresRetentionMillis);
    job();
    await world.ring(hourMillis);
    expect(writes().map(({ hour }) => hour)).not.toContain(then);
  });

  test("is held no longer when the clock steps back", async () => {
    job();
    world.pass(-10 * 60_000);
    job();
    await world.ring(limits.measuresHeldMillis);
    world.wake();
    expect(Measured.of(today().measured).stage("total").count).toBe(2);
  });

  test("goes on after a row that cannot be read", () => {
    job();
    world.storage.sql.exec("UPDATE measures SET measured = 'no'");
    world.wake();
    job();
    expect(Measured.of(today().measured).stage("total").count).toBe(1);
    expect(world.events("row-quarantined")).toHaveLength(1);
  });

  test.each(["no", "null"])("is set aside once where its row says %s", (damaged) => {
    job();
    world.storage.sql.exec("UPDATE measures SET measured = ?", damaged);
    world.wake();
    expect(today().measured).toEqual(new Measured().toJSON());
    expect(today().measured).toEqual(new Measured().toJSON());
    expect(world.events("row-quarantined")).toHaveLength(1);
    expect(writes()).toEqual([]);
  });
});

test("refusals are counted by reason: its own, and what it is told with a job", () => {
  const tight = { ...world.request().limits, requestsPerSecond: 1, burst: 1 };
  world.accept({ limits: tight, limitsVersion: 1 });
  world.answer(world.request({ limits: tight, limitsVersion: 1 }));
  world.reserve({
    ...world.request({ limits: tight }),
    idempotencyKey: null,
    computeUnits: 1,
  });
  world.pass(5000);
  const request = world.request({ refused: { overloaded: 4 } });
  world.answer(request);
  // Sent once more, because its answer got lost.
  world.answer(request);
  expect(today().measured.refused).toEqual({ "rate-limited": 2, overloaded: 4 });
});

test("what is open is counted, with the age of the oldest", () => {
  expect(today().open).toEqual({ jobs: 0, oldestMillis: null });
  world.accept();
  world.pass(700);
  world.accept();
  expect(today().open).toEqual({ jobs: 2, oldestMillis: 700 });
  job();
  expect(today()).toMatchObject({ open: { jobs: 2 }, totals: { jobsDone: 1, jobsFailed: 0 } });
});

test("a job's end is one line of the log, with its trace and times", () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const id = world.accept({ trace, takenMillis: 30 });
  world.pass(200);
  const [claim] = world.ledger.claim([{ job: id, redelivered: false }], false);
  // What a consumer learns it from, whatever brought it the job.
  expect(claim).toMatchObject({ spec: { by: { trace } } });
  world.ledger.settle([{ job: id, outcome: failed("corrupt-image"), attempt: 1 }]);
  expect(world.events("settled")).toEqual([
    {
      ...{ event: "settled", ledger: world.name, job: id, trace },
      ...{
        outcome: "failed",
        reason: "corrupt-image",
        millis: { accept: 30, total: 230, small: 230 },
      },
    },
  ]);
});

import { beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const crashed: Outcome = { kind: "failed", problem: problem("render-crashed", "A codec trapped.") };
const account = () => world.ledger.account({ limits: world.request().limits });
const sent = () => [world.jobs.sent.length, world.solo.sent.length];

/** Pictures that crash their render. */
function crash(times: number): void {
  for (let each = 0; each < times; each++) world.finish(world.accept(), crashed);
}

function setApart(): void {
  crash(limits.troubleApart);
  world.jobs.sent.length = 0;
}

describe("a tenant whose pictures crash again and again", () => {
  test("has its next jobs rendered alone, and is told until when; so is the operator, once", () => {
    crash(limits.troubleApart - 1);
    expect(account()).not.toHaveProperty("apartUntil");
    crash(1);
    expect(world.solo.sent).toEqual([]);
    expect(account().apartUntil).toBeGreaterThan(world.now);
    const request = world.request();
    const { verdict, apart } = world.answer(request);
    expect([verdict.ok, apart]).toEqual([true, true]);
    expect(world.solo.sent).toEqual([request.id]);
    const until = new Date(account().apartUntil ?? 0).toISOString();
    world.ledger.claim([{ job: request.id, redelivered: false }], true);
    world.ledger.settle([{ job: request.id, outcome: crashed, attempt: 1 }]);
    expect(world.events("tenant-set-apart")).toMatchObject([{ ledger: world.name, until }]);
  });

  test("is not apart before that, also when its ledger starts again", () => {
    crash(limits.troubleApart - 1);
    world.wake();
    expect(account()).not.toHaveProperty("apartUntil");
    world.accept();
    expect(world.solo.sent).toEqual([]);
  });

  test("gets them done there, billed as any other", () => {
    setApart();
    const id = world.accept();
    const [claim] = world.ledger.claim([{ job: id, redelivered: false }], true);
    expect(claim).toMatchObject({ verdict: "render", attempt: 1 });
    expect(world.ledger.begin({ job: id, attempt: 1 }, true)).toBe(true);
  });

  test("is apart still after its ledger was evicted, and back by itself", () => {
    setApart();
    world.wake();
    const until = account().apartUntil ?? 0;
    world.accept();
    expect(sent()).toEqual([0, 1]);
    world.pass(until - world.now);
    const { apart } = world.answer(world.request());
    expect(apart).toBeUndefined();
    expect(sent()).toEqual([1, 1]);
    expect(account()).not.toHaveProperty("apartUntil");
  });
});

test("pictures that are refused are no trouble, however many", () => {
  const refused: Outcome = { kind: "failed", problem: problem("corrupt-image", "It is cut off.") };
  for (let each = 0; each < 500; each++) world.finish(world.accept(), refused);
  expect(account()).not.toHaveProperty("apartUntil");
  expect(world.solo.sent).toEqual([]);
});

test("pictures that end their consumers without a word set their tenant apart too", async () => {
  const ids = Array.from({ length: limits.troubleApart }, () => world.accept());
  for (let times = 0; times < 4; times++) {
    for (const job of ids) {
      const [claim] = world.ledger.claim([{ job, redelivered: true }], times > 0);
      if (claim?.verdict !== "render") continue;
      world.ledger.begin({ job, attempt: claim.attempt ?? 0 }, times > 0);
    }
    expect(account().apartUntil !== undefined).toBe(times === 3);
    await world.ring(limits.leaseMillis * 2);
  }
});

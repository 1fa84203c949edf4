import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { LedgerWorld } from "./ledger-world.ts";

/** The clock steps. Only the order of events may not follow it. */
let world: LedgerWorld;
const hour = 3_600_000;
beforeEach(() => {
  world = new LedgerWorld();
});

const limited = {
  limits: { ...new LedgerWorld().request().limits, requestsPerSecond: 1, burst: 1 },
  limitsVersion: 1,
};

describe("a step forward of an hour and back", () => {
  beforeEach(async () => {
    world.pass(hour);
    world.finish(world.accept());
    await world.ledger.seal();
    world.pass(-hour);
  });

  test("freezes no rate limit", () => {
    world.accept(limited);
    expect(() => world.accept(limited)).toThrow("1 jobs a second");
    world.pass(1000);
    world.accept(limited);
  });

  test("delays no job that is sent again, and no lease", async () => {
    const id = world.accept();
    world.ledger.claim([{ job: id, redelivered: false }], false);
    await world.ring(limits.leaseMillis + 5 * limits.leaseMillisPerUnit);
    expect(world.solo.sent).toEqual([id]);
  });
});

test("a lease that was given before the clock stepped back is looked at all the same", async () => {
  world.pass(hour);
  const id = world.accept();
  world.ledger.claim([{ job: id, redelivered: false }], false);
  world.pass(-hour);
  world.wake();
  world.accept();
  await world.ring(limits.dueAheadMillisMax);
  expect(world.solo.sent).toContain(id);
});

test("after such a step an alarm looks at no more jobs than after none", async () => {
  world.pass(hour);
  for (let jobs = 0; jobs <= limits.overdueBatchMax; jobs++) {
    world.ledger.claim([{ job: world.accept(), redelivered: false }], false);
  }
  world.pass(-hour);
  const due = world.accept();
  world.ledger.claim([{ job: due, redelivered: false }], false);
  world.pass(limits.leaseMillis * 2);
  await world.wake().alarm();
  expect(world.solo.sent).toHaveLength(limits.overdueBatchMax);
  expect(world.solo.sent).toContain(due);
});

import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { done, LedgerWorld } from "./ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

describe("a job", () => {
  test("is sent once it is accepted, is given to one consumer, and is done once settled", async () => {
    const id = world.accept();
    expect(world.jobs.sent).toEqual([id]);
    const ask = [{ job: id, redelivered: false }];
    expect(world.ledger.claim(ask, false)).toMatchObject([{ verdict: "render", job: id }]);
    expect(world.ledger.claim(ask, false)).toEqual([{ verdict: "drop", job: id }]);
    expect(world.ledger.settle([{ job: id, outcome: done }])).toEqual(["settled"]);
    expect(world.ledger.settle([{ job: id, outcome: done }])).toEqual(["already"]);
    expect(await world.ledger.read(id)).toMatchObject({ status: "done", settledAt: world.now });
  });

  test("is as it was for an object that starts again", async () => {
    const id = world.accept();
    world.finish(id);
    const before = await world.ledger.read(id);
    expect(await world.wake().read(id)).toEqual(before);
  });
});

describe("a call that may find the ledger without its alarm", () => {
  /** It starts again, and the platform has forgotten its alarm. */
  const wakeWithoutAlarm = () => {
    world.storage.alarmAt = null;
    world.wake();
  };

  test("to seal: sets it, so that no job waits forever", async () => {
    world.accept();
    wakeWithoutAlarm();
    await world.ledger.seal();
    expect(world.storage.alarmAt).toBe(world.now + limits.redispatchMillis);
  });

  test("to claim: sets it for when a lease may end", () => {
    const id = world.accept();
    world.pass(1000);
    world.storage.alarmAt = null;
    world.wake();
    world.ledger.claim([{ job: id, redelivered: false }], false);
    const leaseMillis = limits.leaseMillis + 5 * limits.leaseMillisPerUnit;
    expect(world.storage.alarmAt).toBeGreaterThan(world.now);
    expect(world.storage.alarmAt).toBeLessThanOrEqual(world.now + leaseMillis);
  });

  test("to hand over a job whose consumer is not heard of: sets it for five seconds later", () => {
    const id = world.accept({ holdMillis: 60_000, claim: true });
    world.ledger.dispatch(id, false);
    expect(world.storage.alarmAt).toBe(world.now + limits.expressHoldMillis);
  });

  test("to remove a job: sets it for now, when what was not deleted is deleted again", async () => {
    const id = world.accept();
    world.finish(id);
    world.pass(1000);
    world.storage.alarmAt = null;
    world.wake();
    await world.ledger.remove(id);
    expect(world.storage.alarmAt).toBe(world.now);
  });
});

test("sealed every hour, a ledger looks for pictures without a job first in time and then once a day", async () => {
  const dueIn = () =>
    (world.rows<{ due: number }>(`SELECT due FROM orphan_sweep`)[0]?.due ?? Infinity) - world.now;
  await world.ledger.seal();
  expect(dueIn()).toBe(limits.orphanMillis);
  await world.ring(limits.orphanMillis);
  expect(dueIn()).toBe(limits.orphanSweepMillis);
  await world.ledger.seal();
  expect(dueIn()).toBe(limits.orphanSweepMillis);
});

test("a place is asked for: a ledger that was restored finds out that it was", async () => {
  const backup = world.storage.backup();
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  world.reserve({ ...world.request(), idempotencyKey: null, computeUnits: 1 });
  await expect.poll(() => world.events("ledger-restored")).toHaveLength(1);
});

test("a job that its caller holds is answered at once, however long the caller would wait", async () => {
  const held = world.ledger.acceptWait(
    world.request({ held: true, knowsHeld: true, holdMillis: 60_000 }),
    60_000,
  );
  const nextTurn = new Promise((wake) => void setTimeout(wake, 0));
  expect(await Promise.race([held, nextTurn])).toMatchObject({
    verdict: { value: { job: { status: "accepted", held: true }, replayed: false } },
  });
});

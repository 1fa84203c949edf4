import { expect, test } from "vitest";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

async function balanceOf(world: LedgerWorld) {
  // The auditor has it sealed first.
  await world.ledger.seal();
  const balance = await world.ledger.figures.balance();
  if (!balance) throw new Error("it knows what it stored");
  const { accepted, ended, open, endedBefore } = balance;
  return { accepted, others: ended + open - endedBefore, open };
}

test("what was accepted has ended or is open, also when rows leave and the object starts again", async () => {
  const world = new LedgerWorld();
  world.settledRowsMax = 3;
  world.wake();
  for (let job = 0; job < 8; job++) world.finish(world.accept());
  await world.ring(2 * limits.lateWriteMillisMax);
  expect(world.rows(`SELECT id FROM jobs`).length).toBeLessThan(8);
  const open = world.accept();
  expect(await balanceOf(world)).toEqual({ accepted: 9, others: 9, open: 1 });
  world.wake();
  expect(await balanceOf(world)).toEqual({ accepted: 9, others: 9, open: 1 });
  await world.ledger.remove(open);
  await world.ring(limits.jobRetentionMillis + limits.lateWriteMillisMax);
  expect(world.rows(`SELECT id FROM jobs`)).toEqual([]);
  world.wake();
  world.accept();
  expect(await balanceOf(world)).toEqual({ accepted: 10, others: 10, open: 1 });
});

test("a job that is lost, and a record without a job, are missed", async () => {
  const world = new LedgerWorld();
  world.finish(world.accept());
  const lost = world.accept();
  world.storage.sql.exec(`DELETE FROM jobs WHERE id = ?`, lost);
  expect(await balanceOf(world)).toMatchObject({ accepted: 2, others: 1 });
});

test("a restored ledger counts from what it finds, and says nothing before", async () => {
  const world = new LedgerWorld();
  const open = world.accept();
  const backup = world.storage.backup();
  world.finish(open);
  world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  expect(await world.ledger.figures.balance()).toBeNull();
  await world.ledger.seal();
  await world.ring();
  // `open` has its record already, and another job is known by its record alone.
  expect(await world.ledger.figures.balance()).toMatchObject({ ended: 2, open: 1, endedBefore: 1 });
  expect(await balanceOf(world)).toMatchObject({ accepted: 2, others: 2 });
  world.finish(open);
  world.finish(world.accept());
  expect(await balanceOf(world)).toMatchObject({ accepted: 3, others: 3, open: 0 });
  world.wake();
  expect(await balanceOf(world)).toMatchObject({ accepted: 3, others: 3, open: 0 });
});

test("rows that older code wrote are counted when newer code starts", async () => {
  const world = new LedgerWorld();
  world.finish(world.accept());
  world.accept();
  world.storage.sql.exec(`UPDATE jobs SET ordinal = NULL WHERE due IS NOT NULL`);
  world.storage.sql.exec(`UPDATE accepted SET count = 0`);
  world.wake();
  world.accept();
  expect(await balanceOf(world)).toEqual({ accepted: 3, others: 3, open: 2 });
});

test("a message is lost when its queue has none as old, and nobody has taken its job", async () => {
  const world = new LedgerWorld();
  const [waits, taken] = [world.accept(), world.accept()];
  world.ledger.claim([{ job: taken, redelivered: false }], false);
  await world.ledger.seal();
  const messages = async () => (await world.ledger.figures.balance())?.messages;
  expect(await messages()).toEqual({ looked: 0, lost: [] });
  const sentAt = world.now;
  world.pass(limits.auditMessageMillis);
  world.jobs.readings = { backlogCount: 5, oldestMessageTimestamp: new Date(sentAt) };
  expect(await messages()).toEqual({ looked: 1, lost: [] });
  world.jobs.readings = { backlogCount: 0 };
  expect(await messages()).toEqual({ looked: 1, lost: [waits] });
  world.jobs.down = true;
  expect(await messages()).toEqual({ looked: 1, lost: [] });
});

test("what a deleted tenant's ledger says tells that it is deleted", async () => {
  const world = new LedgerWorld();
  world.finish(world.accept());
  await world.ledger.seal();
  expect(await world.ledger.figures.balance()).not.toHaveProperty("deleted");
  world.ledger.setTerms({ limits: limitsOf("free"), version: 9, status: "deleted" });
  expect(await world.ledger.figures.balance()).toMatchObject({ deleted: true });
});

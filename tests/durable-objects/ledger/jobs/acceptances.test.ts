import { beforeEach, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { Acceptances } from "../../../../durable-objects/ledger/jobs/acceptances.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** How many jobs a ledger has accepted in its life. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const exec = (statement: string) => void world.storage.sql.exec(statement);
/** As an object that starts now counts. */
const counted = () => new Acceptances(world.storage.sql).count();
const accepted = async () => (await world.ledger.figures.balance())?.accepted;

test("a ledger without a job has accepted none, and each acceptance is one more", async () => {
  await world.ledger.seal();
  expect(await accepted()).toBe(0);
  for (const expected of [1, 2, 3]) {
    world.accept();
    expect(await accepted()).toBe(expected);
    expect(counted()).toBe(expected);
  }
});

test("jobs whose rows have left stay counted, also when the object starts again", async () => {
  world.settledRowsMax = 1;
  world.wake();
  for (let job = 0; job < 4; job++) world.finish(world.accept());
  await world.ring(2 * limits.lateWriteMillisMax);
  expect(world.rows(`SELECT id FROM jobs`)).toEqual([]);
  expect(counted()).toBe(4);
  world.wake();
  world.accept();
  await world.ledger.seal();
  expect(await accepted()).toBe(5);
  expect(counted()).toBe(5);
});

test("a row that is lost stays counted", () => {
  const [lost] = [world.accept(), world.accept()];
  exec(`DELETE FROM jobs WHERE id = '${lost}'`);
  expect(counted()).toBe(2);
});

test("a ledger that has never counted begins with the jobs it knows, and writes that down", () => {
  world.finish(world.accept());
  world.accept();
  exec(`DELETE FROM accepted`);
  // Not what these say: they are of another count.
  exec(`UPDATE jobs SET ordinal = 7`);
  expect(counted()).toBe(2);
  expect(world.rows(`SELECT count FROM accepted`)).toEqual([{ count: 2 }]);
  expect(world.rows(`SELECT DISTINCT ordinal FROM jobs`)).toEqual([{ ordinal: 0 }]);
});

test("jobs that older code accepted meanwhile are counted", () => {
  for (let job = 0; job < 3; job++) world.accept();
  exec(`UPDATE jobs SET ordinal = NULL WHERE ordinal > 2`);
  exec(`UPDATE accepted SET count = 0`);
  expect(counted()).toBe(3);
});

test("a ledger that was restored counts what its books have and what is open", async () => {
  world.accept();
  const backup = world.storage.backup();
  for (let job = 0; job < 3; job++) world.finish(world.accept());
  await world.ledger.seal();
  world.restore(backup);
  await world.ledger.seal();
  expect(await accepted()).toBe(4);
  expect(counted()).toBe(4);
});

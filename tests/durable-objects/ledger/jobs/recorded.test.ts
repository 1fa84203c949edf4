import { expect, test } from "vitest";
import { done, LedgerWorld } from "../ledger-world.ts";

const recordedOf = async (world: LedgerWorld, id: string) =>
  (await world.ledger.read(id))?.recorded;

test("a job says where the books have it once it has ended, and in which segment once that is stored", async () => {
  const world = new LedgerWorld();
  const [first, second] = [world.accept(), world.accept()];
  expect(await recordedOf(world, first)).toBeUndefined();
  world.finish(second);
  await world.ledger.seal();
  world.finish(first);
  expect(await recordedOf(world, second)).toEqual({ sequence: 1, segment: 1 });
  expect(await recordedOf(world, first)).toEqual({ sequence: 2, segment: null });
  await world.wake().seal();
  expect(await recordedOf(world, first)).toEqual({ sequence: 2, segment: 2 });
});

test("where a segment before is not known any more, no other one is named", async () => {
  const world = new LedgerWorld();
  const ids: string[] = [];
  for (let job = 0; job < 5; job++) {
    const id = world.accept();
    world.finish(id);
    await world.ledger.seal();
    ids.push(id);
  }
  const segments = () =>
    Promise.all(ids.map(async (id) => (await recordedOf(world, id))?.segment ?? null));
  expect(await segments()).toEqual([1, 2, 3, 4, 5]);
  world.storage.sql.exec(`DELETE FROM runs WHERE number = 3`);
  expect(await segments()).toEqual([1, 2, null, null, 5]);
  world.storage.sql.exec(`DELETE FROM runs WHERE number < 4`);
  expect(await segments()).toEqual([null, null, null, null, 5]);
});

test("who settles a job for somebody that waits is told how it ended", () => {
  const world = new LedgerWorld();
  const [awaited, other] = [world.accept(), world.accept()];
  world.ledger.claim([{ job: awaited, redelivered: false }], false);
  const answers = world.ledger.settle([
    { job: awaited, outcome: done, attempt: 1, tell: true },
    { job: other, outcome: done },
  ]);
  expect(answers).toMatchObject([
    { verdict: "settled", job: { id: awaited, status: "done", recorded: { sequence: 1 } } },
    "settled",
  ]);
  // That answer may be lost.
  const again = { job: awaited, outcome: done, attempt: 1 };
  expect(world.ledger.settle([{ ...again, tell: true }])).toMatchObject([
    { verdict: "already", job: { id: awaited, status: "done", recorded: { sequence: 1 } } },
  ]);
  expect(world.ledger.settle([again])).toEqual(["already"]);
  // A consumer from before attempts were numbered.
  expect(world.ledger.settle([{ job: awaited, outcome: done }])).toEqual(["already"]);
  expect(world.ledger.settle([{ ...again, attempt: 2, tell: true }])).toEqual(["lost"]);
});

test("after a restore a job says the number that its record has then", async () => {
  const world = new LedgerWorld();
  const [kept, moved] = [world.accept(), world.accept()];
  const backup = world.storage.backup();
  world.finish(kept);
  await world.ledger.seal();
  world.restore(backup);
  world.finish(moved);
  expect(await recordedOf(world, moved)).toEqual({ sequence: 1, segment: null });
  await world.ledger.seal();
  expect(await recordedOf(world, moved)).toEqual({ sequence: 2, segment: 2 });
  // It is open again, whatever the books have of it.
  expect(await recordedOf(world, kept)).toBeUndefined();
  world.finish(kept);
  expect(await recordedOf(world, kept)).toEqual({ sequence: 1, segment: 1 });
});

test("a job that ended before numbers were written down says none", async () => {
  const world = new LedgerWorld();
  const id = world.accept();
  world.finish(id);
  world.storage.sql.exec(`UPDATE jobs SET seq = NULL`);
  expect(await world.ledger.read(id)).not.toHaveProperty("recorded");
});

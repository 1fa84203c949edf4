import { beforeEach, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** What becomes of jobs that were open when the backup was made from which their ledger was restored. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const failed = { kind: "failed", problem: problem("unsupported-format", "no") } as const;
/** Forgets what `happens` to the jobs, except for what the books have of it. */
const forget = async (happens: () => void) => {
  const backup = world.storage.backup();
  happens();
  await world.ledger.seal();
  world.pass(2 * limits.jobDeadlineMillis);
  world.restore(backup);
  await world.ledger.seal();
};

test("a job that the books have as done is done again, and has as long as a new one", async () => {
  const id = world.accept();
  await forget(() => world.finish(id));
  expect(await world.ledger.read(id)).toMatchObject({
    status: "accepted",
    deadline: world.now + limits.jobDeadlineMillis,
  });
  expect(world.ledger.claim([{ job: id, redelivered: false }], false)).toMatchObject([
    { attempt: limits.claimsForgottenMax + 2 },
  ]);
});

test("a job that the books have as done, and whose caller held the picture, is not known", async () => {
  const held = { held: true as const, holdMillis: 5000 };
  const [done, open] = [world.accept(held), world.accept(held)];
  await forget(() => world.finish(done));
  expect(await world.ledger.read(done)).toBeNull();
  expect(await world.ledger.read(open)).toMatchObject({ status: "accepted", held: true });
});

test("a job that the books have as failed has failed, also one whose caller held the picture", async () => {
  const ids = [world.accept(), world.accept({ held: true, holdMillis: 5000 })];
  await forget(() => {
    for (const id of ids) world.finish(id, failed);
  });
  for (const id of ids) {
    expect(await world.ledger.read(id)).toMatchObject({
      status: "failed",
      error: { code: "internal", detail: expect.stringContaining("restored from a backup") },
    });
  }
});

test("a job that had ended in the backup says as before how, whatever the books have of it", async () => {
  const [failedJob, doneJob] = [world.accept(), world.accept()];
  world.finish(failedJob, failed);
  world.finish(doneJob);
  await forget(() => undefined);
  expect(await world.ledger.read(failedJob)).toMatchObject({
    status: "failed",
    error: { code: "unsupported-format" },
  });
  expect(await world.ledger.read(doneJob)).toMatchObject({ status: "done" });
});

test("events of jobs that the backup does not have change nothing else", async () => {
  const id = world.accept();
  await forget(() => {
    world.finish(world.accept());
    world.finish(world.accept(), failed);
  });
  expect((await world.ledger.list(null, 10)).map((job) => [job.id, job.status])).toEqual([
    [id, "accepted"],
  ]);
});

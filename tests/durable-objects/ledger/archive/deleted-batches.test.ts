import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { LedgerWorld } from "../ledger-world.ts";

test("a list goes on behind any number of batches of which all jobs are deleted", async () => {
  const world = new LedgerWorld();
  world.settledRowsMax = 2;
  world.wake();
  const ids = Array.from({ length: limits.archivesPerLookMax + 5 }, () => {
    world.pass(limits.archiveSpanMillis + 1);
    const id = world.accept();
    world.finish(id);
    return id;
  });
  await world.ring(limits.lateWriteMillisMax + (ids.length + 1) * limits.archivePauseMillis);
  const batches = world.pictures.keys().filter((key) => key.startsWith("jobs/"));
  expect(batches.length).toBeGreaterThan(limits.archivesPerLookMax);
  const [oldest = "", ...newer] = ids;
  for (const id of newer) await world.ledger.remove(id);
  expect((await world.ledger.list(null, 100)).map(({ id }) => id)).toEqual([oldest]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { usesOfJob } from "../../bench/capacity/assumptions.ts";
import {
  startService,
  temporaryStateDir,
  type LocalService,
} from "../../scripts/local/local-service.ts";

/** What a ledger stores is most of what a job costs; the rows are those that the platform counts. */
let bench: LocalService;
beforeAll(async () => {
  const configs = ["bench/ledger-worker.toml"];
  bench = await startService({ stateDir: temporaryStateDir(), configs });
}, 60_000);
afterAll(() => bench.stop());

const rowsOfJob = async (withKey: boolean) => {
  const answer = await fetch(`${bench.url}/rows?key=${withKey}`, { method: "POST" });
  const { rows } = (await answer.json()) as { rows: number };
  return rows;
};

test("a job writes no more rows than the capacity model counts, fewer without an Idempotency-Key", async () => {
  const [withKey, withoutKey] = [await rowsOfJob(true), await rowsOfJob(false)];
  expect(withKey).toBeLessThanOrEqual(usesOfJob.rowsWritten.value);
  expect(withKey).toBeGreaterThan(usesOfJob.rowsWritten.value - 0.5);
  expect(withoutKey).toBeLessThanOrEqual(usesOfJob.rowsWritten.value - 3);
}, 120_000);

import { expect, test } from "vitest";
import { deletedJob, tombstoneKey, tombstonesPrefix } from "../../../core/job/tombstone.ts";

test("what a deletion leaves lies under its ledger, and names the job", () => {
  const key = tombstoneKey("tnt_a/eu/0", "job_eu_0_1");
  expect(key).toBe("deleted/tnt_a/eu/0/job_eu_0_1");
  expect(key.startsWith(tombstonesPrefix("tnt_a/eu/0"))).toBe(true);
  expect(deletedJob(key)).toBe("job_eu_0_1");
});

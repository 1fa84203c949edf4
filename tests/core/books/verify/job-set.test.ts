import { expect, test } from "vitest";
import { JobSet } from "../../../../core/books/verify/job-set.ts";

test("each of many jobs is new once, and met from then on", () => {
  const jobs = new JobSet();
  const names = Array.from({ length: 5000 }, (_, index) => `job_eu_${index % 7}_${index}`);
  expect(names.filter((name) => !jobs.add(name))).toEqual([]);
  expect(names.filter((name) => jobs.add(name))).toEqual([]);
  expect([jobs.add(""), jobs.add("")]).toEqual([true, false]);
});

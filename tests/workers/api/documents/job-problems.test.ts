import { expect, test } from "vitest";
import { jobProblems } from "../../../../workers/api/documents/job-problems.ts";

test("a job may fail by its picture, by its rendering, by time, or because it was cancelled", () => {
  expect(jobProblems).toEqual(
    expect.arrayContaining(["corrupt-image", "render-crashed", "deadline-exceeded", "cancelled"]),
  );
});

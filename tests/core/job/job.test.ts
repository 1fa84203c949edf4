import { expect, test } from "vitest";
import {
  bytesInOf,
  isRendition,
  isTerminal,
  jobCost,
  type JobSpec,
} from "../../../core/job/job.ts";

const source = { bytes: 700, width: 40, height: 30, format: "jpeg" } as const;
const spec: JobSpec = { source, transforms: [{} as never, {} as never], computeUnits: 7 };

test("a job adds its units and its renditions to its tenant's month", () => {
  expect(jobCost(spec)).toEqual({ computeUnits: 7, outputs: 2 });
});

test("everything that was uploaded counts", () => {
  expect(bytesInOf({ source })).toBe(700);
  expect(bytesInOf({ source, overlay: { ...source, bytes: 5 } })).toBe(705);
});

test("a picture is a rendition, its description is not", () => {
  const output = { index: 0, width: 1, height: 1, bytes: 1 };
  expect(isRendition({ ...output, format: "avif" })).toBe(true);
  expect(isRendition({ ...output, format: "json" })).toBe(false);
});

test("a job has ended when it is done or failed, not before", () => {
  const statuses = ["accepted", "running", "done", "failed"] as const;
  expect(statuses.filter(isTerminal)).toEqual(["done", "failed"]);
});

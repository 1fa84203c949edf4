import { expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { startParts } from "../../../workers/billing/start-parts.ts";

test("no call starts nothing: neither without parts, nor before one that fills a call alone", async () => {
  const createBatch = vi.fn<(instances: { id: string }[]) => Promise<object[]>>(async () => []);
  await startParts({ createBatch }, "run", []);
  expect(createBatch).not.toHaveBeenCalled();
  const large = { tenants: ["t".repeat(limits.workflowBatchBytesMax)] };
  await startParts({ createBatch }, "run", [large, { tenants: [] }]);
  const batches = createBatch.mock.calls.map(([batch]) => batch.map(({ id }) => id));
  expect(batches).toEqual([["run-1"], ["run-2"]]);
});

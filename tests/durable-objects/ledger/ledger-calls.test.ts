import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { boundedBatch } from "../../../durable-objects/ledger/ledger-calls.ts";

test("a call with more jobs than any batch has is refused as a whole", () => {
  const most = Array.from({ length: limits.claimBatchMax }, String);
  expect(boundedBatch(most)).toEqual(most);
  expect(() => boundedBatch([...most, "one more"])).toThrow(RangeError);
});

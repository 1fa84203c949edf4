import { expect, test } from "vitest";
import { spreadHash } from "../../../core/fleet/hash.ts";

// Shards of keys and queues of tenants follow from it, so it must never change.
test.each([
  ["", 2_872_998_923],
  ["tnt_a", 2_290_934_399],
])("%j is spread to %j", (text, expected) => {
  expect(spreadHash(text)).toBe(expected);
});

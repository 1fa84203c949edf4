import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { heldBytes } from "../../../../workers/api/remote/fetch-picture.ts";

test("a source counts in memory with all of it where it is short, else with its head and a part on its way to R2", () => {
  const long = limits.headBytesMax + limits.uploadPartBytes;
  expect(heldBytes(0)).toBe(0);
  expect(heldBytes(limits.heldBytesMax)).toBe(limits.heldBytesMax);
  expect(heldBytes(limits.heldBytesMax + 1)).toBe(long);
  expect(heldBytes(null)).toBe(long);
});

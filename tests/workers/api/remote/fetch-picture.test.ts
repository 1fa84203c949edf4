import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { heldOfRemoteBytes } from "../../../../workers/api/remote/fetch-picture.ts";

test("a source counts in memory with its head and one part on its way to R2", () => {
  expect(heldOfRemoteBytes).toBe(limits.headBytesMax + limits.uploadPartBytes);
});

import { expect, test } from "vitest";
import { uploadTimeout } from "../../../../workers/api/http/body-problems.ts";

test("how long a body may take is told in seconds", () => {
  expect(uploadTimeout.detail).toMatch(/ within \d{2,3} s\. /);
});

import { expect, test } from "vitest";
import { DAY, HOUR, KiB, MiB, MINUTE, SECOND } from "../../core/magnitudes.ts";

test("limits are written in bytes and milliseconds", () => {
  expect([KiB, MiB]).toEqual([1024, 1_048_576]);
  expect([SECOND, MINUTE, HOUR, DAY]).toEqual([1000, 60_000, 3_600_000, 86_400_000]);
});

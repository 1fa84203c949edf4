import { describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { waitMillis, wantsPicture } from "../../../../workers/api/http/prefer.ts";

describe("Prefer", () => {
  test.each([
    [null, 0],
    ["", 0],
    ["wait=10", 10_000],
    ['wait="10"', 10_000],
    ["WAIT = 10", 10_000],
    ["handling=lenient, wait=3", 3000],
    ["wait=3, wait=9", 3000],
    ["wait=0", 0],
    [`wait=${limits.waitSecondsMax + 1}`, limits.waitSecondsMax * 1000],
    ["wait=99999999999999999999999", limits.waitSecondsMax * 1000],
    ["respond-async", 0],
    ["respond-async, wait=10", 0],
    ["wait=10, Respond-Async", 0],
    ["wait", 0],
    ["wait=", 0],
    ["wait=-1", 0],
    ["wait=1.5", 0],
    ["wait=ten", 0],
    ["await=10", 0],
  ])("%s: %i ms", (prefer, millis) => {
    expect(waitMillis(prefer)).toBe(millis);
  });
});

describe("Accept", () => {
  test.each([
    ["image/*", true],
    ["image/webp", true],
    ["IMAGE/PNG;Q=0.5", true],
    ["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true],
    ["application/json;q=0.5, image/webp", true],
    ["image/webp;q=0.5, application/json", false],
    ["image/*, application/json", false],
    ["image/*;q=0", false],
    ["image/*;q=much", false],
    ["application/json", false],
    ["*/*", false],
    ["", false],
    [null, false],
  ])("%s wants the picture: %s", (accept, wanted) => {
    expect(wantsPicture(accept)).toBe(wanted);
  });
});

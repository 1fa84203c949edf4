import fc from "fast-check";
import { expect, test } from "vitest";

test("arrays and texts of properties reach the length that they are allowed", () => {
  const longest = (arbitrary: fc.Arbitrary<ArrayLike<unknown>>) =>
    Math.max(...fc.sample(arbitrary, 100).map(({ length }) => length));
  expect(longest(fc.array(fc.nat(), { maxLength: 1000 }))).toBeGreaterThan(500);
  expect(longest(fc.string({ maxLength: 1000 }))).toBeGreaterThan(500);
});

test("local time is far from UTC, so that code which asks for it is found", () => {
  expect(new Date(Date.UTC(2026, 10)).getTimezoneOffset()).toBe(-14 * 60);
});

import { expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import {
  noPicture,
  notAllowed,
  originFailed,
  originLate,
  redirectNotAllowed,
} from "../../../../workers/api/remote/remote-problems.ts";

test("a source that is not allowed is the option that has to change", () => {
  expect(notAllowed("is elsewhere").option).toBe("source");
  expect(redirectNotAllowed("is elsewhere").option).toBe("source");
});

test("an origin that failed is asked again after as long as its failure is remembered", () => {
  const retryAfterMillis = limits.remoteFailedSeconds * 1000;
  expect(originFailed("answers 500")).toMatchObject({ retryAfterMillis });
  expect(originLate).toMatchObject({ retryAfterMillis });
});

test("an origin that is late is told how long it had, in seconds", () => {
  expect(originLate.detail).toContain("within 10 s");
  expect(originLate.detail).toContain("longer than 30 s");
});

test.each([
  ["text/html", true],
  ["application/vnd.api+json", true],
  [`text/${"x".repeat(55)}`, true],
  [`text/${"x".repeat(56)}`, false],
  ["<script>/html", false],
  ["text/html<script>", false],
  ["text/<script>html", false],
])("a type is repeated only where it is one that a media type can be: %s", (type, isTold) => {
  expect(noPicture(type).detail.includes(type)).toBe(isTold);
  expect(noPicture(type).detail.includes("no picture")).toBe(!isTold);
});

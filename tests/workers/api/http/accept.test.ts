import { expect, test } from "vitest";
import { preferredType } from "../../../../workers/api/http/accept.ts";

const offered = ["application/json", "text/csv", "text/csv; profile=focus-1.2"] as const;

test.each([
  [null, "application/json"],
  ["*/*", "application/json"],
  ["application/json", "application/json"],
  ["text/csv", "text/csv"],
  ["TEXT/CSV", "text/csv"],
  ["text/*", "text/csv"],
  ['text/csv;profile="focus-1.2"', "text/csv; profile=focus-1.2"],
  ["text/csv; profile=focus-1.2; q=0.9, application/json; q=0.1", "text/csv; profile=focus-1.2"],
  ["text/csv; q=0.5, application/json", "application/json"],
  ["*/*, text/csv; q=0", "application/json"],
  ["application/json; q=0, */*; q=0.1", "text/csv"],
  ["text/csv;", "text/csv"],
  ["application/*; q=0.1, */*; q=0.5", "text/csv"],
  ["app/*", null],
  ["image/png", null],
  ["text/csv; profile=other", null],
  ["", null],
])("Accept %j is answered with %j", (accept, expected) => {
  expect(preferredType(accept, offered)).toBe(expected);
});

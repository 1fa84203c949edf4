import { expect, test } from "vitest";
import { differ } from "../../../core/job/fingerprint.ts";

test.each([
  ["2:aa", "2:aa", false],
  ["2:aa", "2:bb", true],
  ["aa", "bb", true],
  // One of them was made by another version: nobody can tell, and a retry must stay safe.
  ["aa", "2:bb", false],
  ["2:aa", "bb", false],
  ["2:aa", undefined, false],
])(
  "a request with fingerprint %s, and then %s, is another one: %s",
  (known, repeated, expected) => {
    expect(differ(known, repeated)).toBe(expected);
  },
);

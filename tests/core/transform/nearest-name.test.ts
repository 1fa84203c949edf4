import { expect, test } from "vitest";
import { nearestName } from "../../../core/transform/nearest-name.ts";

const names = ["width", "height", "fit"];

test.each([
  ["a letter too few", "widh", "width"],
  ["a letter too many", "widthh", "width"],
  ["two letters too many", "wiidthh", "width"],
  ["a wrong letter", "wodth", "width"],
  ["letters of the wrong case", "HEIGHT", "height"],
  ["three letters of which one is wrong", "fot", "fit"],
])("a name with %s is known", (_, written, name) => {
  expect(nearestName(written, names)).toBe(name);
});

test.each([
  ["with three slips", "abwidt"],
  ["of which most letters are wrong", "zzzzz"],
  ["of two letters, one of them wrong", "fi"],
  ["of one letter", "f"],
  ["that is empty", ""],
])("a name %s is none", (_, written) => {
  expect(nearestName(written, names)).toBeUndefined();
});

test("of several names that are near it is the nearest", () => {
  expect(nearestName("abcde", ["abcxy", "abcdx", "abxyz"])).toBe("abcdx");
});

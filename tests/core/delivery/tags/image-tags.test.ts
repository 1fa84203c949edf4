import { expect, test } from "vitest";
import {
  tagsKey,
  tagsMetadata,
  tagsOf,
  tagsSchema,
} from "../../../../core/delivery/tags/image-tags.ts";
import { limits } from "../../../../core/limits.ts";

const isTaken = (...tags: string[]) => tagsSchema.safeParse({ tags }).success;
const as = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);

test.each([
  ["a", true],
  ["9", true],
  ["Shop:red.v1-2_3", true],
  ["a".repeat(64), true],
  ["a".repeat(65), false],
  ["", false],
  ["-a", false],
  [".a", false],
  ["a b", false],
  ["a\n", false],
  [" a", false],
])("%j may be a tag: %s", (tag, isGood) => {
  expect(isTaken(tag)).toBe(isGood);
});

test("a picture has tags up to the limit", () => {
  expect(isTaken(...as(limits.imageTagsMax))).toBe(true);
  expect(isTaken(...as(limits.imageTagsMax + 1))).toBe(false);
  expect(tagsSchema.safeParse({ tags: [], more: 1 }).success).toBe(false);
});

test("tags are kept as a set in alphabetical order, and read back", () => {
  const metadata = tagsMetadata(["b", "a", "b"]);
  expect(tagsOf(metadata)).toEqual(["a", "b"]);
  expect(tagsMetadata(["a", "b"])).toEqual(metadata);
});

test.each<Readonly<Record<string, string>> | undefined>([
  undefined,
  {},
  { tags: "" },
  { tags: "{" },
  { tags: "null" },
  { tags: '["a b"]' },
  { tags: "[1]" },
])("of %j there are none", (metadata) => {
  expect(tagsOf(metadata)).toEqual([]);
});

test("a picture's tags lie under its tenant", () => {
  expect(tagsKey("tnt_a", "5e")).toBe("tags/tnt_a/5e");
});

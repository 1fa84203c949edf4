import { expect, test } from "vitest";
import {
  allOriginalsPrefix,
  originalId,
  originalIdPattern,
  originalKey,
  originalOfKey,
  originalsPrefix,
} from "../../../core/delivery/original.ts";

const hash = "5e".repeat(32);

test("an original lies under its tenant and its hash, and its key gives its id back", () => {
  const key = originalKey("tnt_a", originalId(hash));
  expect(key).toBe(`originals/tnt_a/${hash}`);
  expect(key.startsWith(originalsPrefix("tnt_a"))).toBe(true);
  expect(key.startsWith(allOriginalsPrefix)).toBe(true);
  expect(originalOfKey(key)).toBe(`img_${hash}`);
});

test.each([
  [`img_${hash}`, true],
  [`img_${hash}0`, false],
  [`img_${hash.slice(1)}`, false],
  [`xximg_${hash}`, false],
  [`img_${hash.toUpperCase()}`, false],
])("%j is an id: %s", (id, isOne) => {
  expect(originalIdPattern.test(id)).toBe(isOne);
});

import { expect, test } from "vitest";
import { usageEventFrom } from "../../../core/ledger/usage.ts";
import { workFrom } from "../../../core/ledger/work.ts";

const file = { format: "webp", bytes: 0, pixels: 0 };
const work = { sourcePixels: 0, renderMillis: 0, files: [file] };

test("work is read as it was written, without what does not belong there", () => {
  expect(workFrom(work)).toEqual(work);
  const known = { ...work, key: "key_1", trace: "ab" };
  expect(workFrom({ ...known, more: 1, files: [{ ...file, more: 1 }] })).toEqual(known);
  expect(workFrom({ ...work, key: 1, trace: null })).toEqual(work);
});

test.each([
  undefined,
  null,
  7,
  { ...work, sourcePixels: -1 },
  { ...work, renderMillis: "8" },
  { ...work, files: {} },
  { ...work, files: [undefined] },
  { ...work, files: [null] },
  { ...work, files: [7] },
  { ...work, files: [file, { ...file, format: 1 }] },
  { ...work, files: [{ ...file, bytes: 0.5 }] },
  { ...work, files: [{ ...file, pixels: null }] },
])("%j is no work", (value) => {
  expect(workFrom(value)).toBeUndefined();
});

test.each([undefined, null, 7])("%j is no event", (value) => {
  expect(usageEventFrom(value)).toBeNull();
});

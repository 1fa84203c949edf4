import { describe, expect, test } from "vitest";
import { makeSeedPictures } from "../../bench/fuzz/seed-pictures.ts";
import { isWholeJpeg } from "../../bench/fuzz/whole-jpeg.ts";

const pictures = (await makeSeedPictures()).filter(({ name }) => name.startsWith("jpeg"));
const sequential = pictures.filter(({ name }) => !name.includes("progressive"));

describe("a sequential JPEG", () => {
  test.each(sequential)("$name is whole, whatever stands behind its picture", ({ file }) => {
    expect(isWholeJpeg(file)).toBe(true);
    expect(isWholeJpeg(Buffer.concat([file.subarray(0, -2), file]))).toBe(true);
  });

  test.each(sequential)("$name is cut where it ends with its data, or before", ({ file }) => {
    expect(isWholeJpeg(file.subarray(0, -2))).toBe(false);
    expect(isWholeJpeg(Buffer.concat([file.subarray(0, -40), file.subarray(-2)]))).toBe(false);
  });

  test.each(sequential)("$name with codes that are in no table is damaged", ({ file }) => {
    const damaged = Buffer.from(file);
    // Sixteen ones are in no table (ITU-T T.81, annex C).
    damaged.set([0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0], damaged.length - 200);
    expect(isWholeJpeg(damaged)).toBe(false);
  });
});

test("of a progressive JPEG nothing is said", () => {
  const progressive = pictures.filter(({ name }) => name.includes("progressive"));
  for (const { file } of progressive) expect(isWholeJpeg(file)).toBeUndefined();
});

import { expect, test } from "vitest";
import { limits } from "../../../core/limits.ts";
import { fixedAt, readIccProfile, signatureAt } from "../../../engine/colour/icc-profile.ts";

type Tag = readonly [name: string, offset: number, length: number];

/** A profile of `bytes` bytes whose list names those tags. */
function profileOf(tags: readonly Tag[], bytes = 132 + 12 * tags.length): Uint8Array {
  const profile = Buffer.alloc(Math.max(bytes, 132 + 12 * tags.length));
  profile.write("RGB XYZ ", 16, "latin1");
  profile.write("acsp", 36, "latin1");
  profile.writeUInt32BE(tags.length, 128);
  tags.forEach(([name, offset, length], index) => {
    profile.write(name, 132 + 12 * index, "latin1");
    profile.writeUInt32BE(offset, 136 + 12 * index);
    profile.writeUInt32BE(length, 140 + 12 * index);
  });
  return new Uint8Array(profile).subarray(0, bytes);
}

const namesIn = (profile: Uint8Array) => [...(readIccProfile(profile)?.tags.keys() ?? [])];

test("a profile says what colours it is about, and what to", () => {
  expect(readIccProfile(profileOf([]))).toEqual({
    space: "RGB ",
    connectionSpace: "XYZ ",
    tags: new Map(),
  });
});

test("what is shorter than a header, or has no signature, is no profile", () => {
  expect(readIccProfile(profileOf([]).subarray(0, 131))).toBeUndefined();
  expect(readIccProfile(new Uint8Array(10))).toBeUndefined();
  const other = profileOf([]);
  other[36] = 0x41;
  expect(readIccProfile(other)).toBeUndefined();
});

test("a tag is the part of the profile that the list names, wherever the profile lies", () => {
  const profile = profileOf(
    [
      ["desc", 156, 10],
      ["cprt", 166, 8],
    ],
    174,
  );
  profile.set([1, 2, 3], 156);
  profile.set([4, 5, 6], 166);
  const shifted = new Uint8Array(200).fill(9);
  shifted.set(profile, 7);
  for (const icc of [profile, shifted.subarray(7, 7 + 174)]) {
    const { tags } = readIccProfile(icc) ?? {};
    expect([...(tags?.keys() ?? [])]).toEqual(["desc", "cprt"]);
    const [first, second] = [tags?.get("desc"), tags?.get("cprt")];
    expect([first?.byteLength, first?.getUint8(0), first?.getUint8(2)]).toEqual([10, 1, 3]);
    expect([second?.byteLength, second?.getUint8(0)]).toEqual([8, 4]);
  }
});

test("tags that reach beyond the profile, or are too short to have a type, are left out", () => {
  const tags: readonly Tag[] = [
    ["long", 180, 21],
    ["last", 180, 20],
    ["tiny", 160, 7],
    ["type", 160, 8],
  ];
  expect(namesIn(profileOf(tags, 200))).toEqual(["last", "type"]);
});

test("a list that is cut off ends where it does", () => {
  const tags: readonly Tag[] = [
    ["desc", 0, 8],
    ["cprt", 0, 8],
  ];
  expect(namesIn(profileOf(tags))).toEqual(["desc", "cprt"]);
  expect(namesIn(profileOf(tags).subarray(0, -1))).toEqual(["desc"]);
});

test("no more tags are read than any profile has", () => {
  const tags = Array.from({ length: limits.iccTagsMax + 1 }, (_, index): Tag => [
    String(1000 + index),
    0,
    8,
  ]);
  expect(namesIn(profileOf(tags))).toHaveLength(limits.iccTagsMax);
});

test("numbers are of 16 bits and as many fractional ones, with a sign", () => {
  const view = new DataView(Uint8Array.of(9, 9, 0, 1, 0x80, 0, 0xff, 0xff, 0x80, 0).buffer);
  expect([fixedAt(view, 2), fixedAt(view, 6)]).toEqual([1.5, -0.5]);
  expect(signatureAt(new DataView(Uint8Array.from(Buffer.from("-para-")).buffer), 1)).toBe("para");
});

import { expect, test } from "vitest";
import { tilesEndWell } from "../../../../engine/codecs/avif/tile-ends.ts";
import { badlyEnded, memoryWith, wellEnded, type Coder } from "./decoder-memory.ts";

const endsWell = (...coders: readonly Coder[]) => tilesEndWell(memoryWith(...coders));

test("a tile ends well where a 1 follows its last symbol and nothing but zeros that", () => {
  // 1010 1|000: three bits of the last byte belong to no symbol, and the lowest 1 is the mark.
  expect(endsWell({ data: [7, 0b1010_1000, 0, 0], taken: 2, spare: 3 })).toBe(true);
  for (const last of [0b1010_1001, 0b1010_1100, 0b1010_0000])
    expect(endsWell({ data: [7, last, 0, 0], taken: 2, spare: 3 })).toBe(false);
  expect(endsWell({ data: [7, 0b1010_1000, 0, 1], taken: 2, spare: 3 })).toBe(false);
  expect(endsWell({ data: [7, 0b1010_1000, 1, 0], taken: 2, spare: 3 })).toBe(false);
  expect(endsWell({ data: [7, 0b1010_1000], taken: 2, spare: 3 })).toBe(true);
  expect(endsWell({ data: [1], taken: 1, spare: 0 })).toBe(true);
  expect(endsWell({ data: [3], taken: 1, spare: 0 })).toBe(true);
  expect(endsWell({ data: [2], taken: 1, spare: 0 })).toBe(false);
});

test("whole bytes may have been taken that belong to no symbol", () => {
  expect(endsWell({ data: [7, 0b0100_0000, 0, 0, 0], taken: 4, spare: 22 })).toBe(true);
  expect(endsWell({ data: [7, 0b0100_0000, 0, 9, 0], taken: 4, spare: 22 })).toBe(false);
  expect(endsWell({ data: [0x80, 0], taken: 1, spare: 7 })).toBe(true);
});

test("a tile that took more bits than there are does not end well", () => {
  expect(endsWell({ data: [1], taken: 1, spare: -1 })).toBe(false);
  expect(endsWell({ data: [1, 0x80], taken: 1, spare: -1 })).toBe(false);
});

test("every tile has to end well", () => {
  const [good, bad] = [wellEnded, badlyEnded];
  expect(endsWell(good, good, good)).toBe(true);
  for (const coders of [
    [bad, good, good],
    [good, bad, good],
    [good, good, bad],
  ])
    expect(endsWell(...coders)).toBe(false);
});

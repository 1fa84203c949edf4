import { expect, test } from "vitest";
import { tilesEndWell } from "../../../../engine/codecs/avif/tile-ends.ts";

interface Coder {
  /** The last bytes of the tile's data. */
  readonly data: readonly number[];
  /** How many of them have been taken, and how many bits of those belong to no symbol. */
  readonly taken: number;
  readonly spare: number;
}

/** A memory in which the decoder has left its tiles as this build of dav1d does. */
function memoryWith(...coders: readonly Coder[]): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const view = new DataView(memory.buffer);
  const put = (at: number, value: number) => view.setUint32(at, value, true);
  const [decoder, frame, tiles] = [1000, 2000, 130_000];
  put(108_740, decoder);
  put(decoder, frame);
  put(frame + 2080, tiles);
  put(frame + 2084, coders.length);
  for (const [index, { data, taken, spare }] of coders.entries()) {
    const start = 8000 + 100 * index;
    new Uint8Array(memory.buffer).set(data, start);
    const coder = tiles + 14_592 * index + 13_824;
    put(coder, start + taken);
    put(coder + 4, start + data.length);
    view.setInt32(coder + 16, spare - 14, true);
  }
  return memory;
}
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
  const [good, bad] = [
    { data: [0x80], taken: 1, spare: 7 },
    { data: [0x80], taken: 1, spare: 6 },
  ];
  expect(endsWell(good, good, good)).toBe(true);
  for (const coders of [
    [bad, good, good],
    [good, bad, good],
    [good, good, bad],
  ])
    expect(endsWell(...coders)).toBe(false);
});

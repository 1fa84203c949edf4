import { describe, expect, test } from "vitest";
import { inflateLzw } from "../../../../engine/codecs/gif/lzw.ts";

/** Codes in as many bits as they have at their place, lowest first (GIF89a, appendix F). */
function pack(codes: readonly (readonly [code: number, width: number])[]): Uint8Array {
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  for (const [code, width] of codes) {
    bits |= code << count;
    for (count += width; count >= 8; count -= 8, bits >>>= 8) bytes.push(bits & 255);
  }
  return Uint8Array.from([...bytes, bits]);
}

/**
 * LZW as an encoder writes it: the longest run that is known, and then it and the next index are known too. The table is
 * cleared after `clearAfter` runs, or stays full.
 */
function deflate(indices: readonly number[], codeBits: number, clearAfter = Infinity): Uint8Array {
  const clear = 1 << codeBits;
  const codes: [code: number, width: number][] = [];
  const known = new Map<string, number>();
  let width = codeBits + 1;
  let runs = 0;
  let next = 0;
  const reset = () => {
    codes.push([clear, width]);
    known.clear();
    for (let index = 0; index < clear; index++) known.set(`${index}`, index);
    [next, width, runs] = [clear + 2, codeBits + 1, 0];
  };
  const put = (run: string) => {
    codes.push([known.get(run) ?? -1, width]);
    // A reader knows of a code by the run that follows.
    if (runs > 0 && Math.min(4096, clear + 2 + runs) === 1 << width && width < 12) width++;
    runs++;
  };
  reset();
  let run = `${indices[0]}`;
  for (const index of indices.slice(1)) {
    const longer = `${run},${index}`;
    if (known.has(longer)) {
      run = longer;
      continue;
    }
    put(run);
    if (next < 4096) known.set(longer, next++);
    if (runs >= clearAfter) reset();
    run = `${index}`;
  }
  put(run);
  codes.push([clear + 1, width]);
  return pack(codes);
}

let state = 7;
const random = (max: number) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return (state >> 8) % max;
};

describe("indices come back from their codes", () => {
  test.each([2, 3, 4, 8])(
    "of an alphabet of %i bits, until the table is full and after",
    (codeBits) => {
      const noise = Array.from({ length: 30_000 }, () => random(1 << codeBits));
      const flat = Array.from({ length: 30_000 }, () => 1);
      for (const indices of [noise, flat]) {
        const codes = deflate(indices, codeBits);
        expect(inflateLzw(codes, codeBits, indices.length)).toEqual({
          indices: Uint8Array.from(indices),
        });
      }
    },
  );

  test("with a table that is cleared now and then", () => {
    const indices = Array.from({ length: 5000 }, () => random(4));
    for (const clearAfter of [1, 2, 5, 300])
      expect(inflateLzw(deflate(indices, 2, clearAfter), 2, 5000)).toEqual({
        indices: Uint8Array.from(indices),
      });
  });

  test("as many as are asked for: what follows is ignored", () => {
    const codes = deflate([1, 2, 3, 3, 3, 3, 3, 3], 2);
    for (let count = 0; count <= 8; count++)
      expect(inflateLzw(codes, 2, count)).toEqual({
        indices: Uint8Array.of(1, 2, 3, 3, 3, 3, 3, 3).subarray(0, count),
      });
  });
});

/** Codes of three bits over the alphabet of two, in which 4 clears and 5 ends. */
const inThree = (...codes: readonly number[]) =>
  inflateLzw(pack(codes.map((code) => [code, 3])), 2, 9);
const damage = { reason: "corrupt_image", detail: "an LZW code before its time" };

test("the table is clear at the start, and what follows the last index is not read", () => {
  expect(inThree(1, 6, 5)).toEqual({ indices: Uint8Array.of(1, 1, 1) });
  const early = pack([
    [4, 3],
    [1, 3],
    [7, 3],
  ]);
  expect(inflateLzw(early, 2, 1)).toEqual({ indices: Uint8Array.of(1) });
});

describe("there are fewer", () => {
  test("where the codes end, by an end or without one", () => {
    expect(inThree(4, 1, 2, 5, 3)).toEqual({ indices: Uint8Array.of(1, 2) });
    const whole = pack([4, 1, 4, 2, 4, 3, 4, 1].map((code) => [code, 3])).subarray(0, 3);
    expect(inflateLzw(whole, 2, 9)).toEqual({ indices: Uint8Array.of(1, 2, 3, 1) });
    const codes = deflate([3, 1, 2, 0, 1], 2);
    expect(inflateLzw(codes.subarray(0, 1), 2, 9)).toEqual({ indices: Uint8Array.of(3) });
    expect(inflateLzw(codes.subarray(0, 0), 2, 9)).toEqual({ indices: new Uint8Array(0) });
  });

  test("where a code comes before its time, which is damage", () => {
    // Behind one index no run is known but the next: 6, that index and itself.
    expect(inThree(4, 1, 6, 5)).toEqual({ indices: Uint8Array.of(1, 1, 1) });
    expect(inThree(4, 1, 7)).toEqual({ indices: Uint8Array.of(1), damage });
    expect(inThree(4, 6)).toEqual({ indices: new Uint8Array(0), damage });
    expect(inThree(6)).toEqual({ indices: new Uint8Array(0), damage });
  });

  test("where an end stands in the place of a run, which is damage too", () => {
    expect(inThree(5)).toEqual({ indices: new Uint8Array(0), damage });
    expect(inThree(4, 1, 4, 5)).toEqual({ indices: Uint8Array.of(1), damage });
    expect(inThree(4, 1, 4, 6)).toEqual({ indices: Uint8Array.of(1), damage });
  });
});

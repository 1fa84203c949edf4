import fc from "fast-check";
import { expect, test } from "vitest";
import { encodingTable, optimalTable } from "../../../../../engine/codecs/jpeg/syntax/huffman.ts";

const countsOf = (counts: readonly number[]) =>
  Uint32Array.from({ length: 256 }, (_, k) => counts[k] ?? 0);

/** How many bits each symbol's code has; 0 for none. */
const lengthsOf = (counts: readonly number[]) =>
  Array.from(encodingTable(optimalTable(countsOf(counts))), (code) => code >>> 16);

test("Huffman tables are prefix-free, at most 16 bits, never all ones, and cover what occurs", () => {
  const broken = (counts: readonly number[], codes: Uint32Array): string | undefined => {
    let space = 0;
    let longest = 0;
    for (const [symbol, code] of codes.entries()) {
      const length = code >>> 16;
      if (length > 0 !== (counts[symbol] ?? 0) > 0) return `symbol ${symbol} has ${length} bits`;
      if (length > 16) return `${length} bits`;
      if (length > 0 && (code & 0xffff) === (1 << length) - 1) return "all ones";
      if (length > 0) space += 2 ** (16 - length);
      longest = Math.max(longest, length);
    }
    // Nothing is left free but the code of all ones.
    return space === 65_536 - 2 ** (16 - longest) ? undefined : `${space} of 65536`;
  };
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5e6 }), { minLength: 2, maxLength: 256 }),
      fc.boolean(),
      (counts, skewed) => {
        // Counts that grow as Fibonacci numbers make the longest codes.
        let [a, b] = [1, 1];
        const used = counts.map((count) => {
          if (!skewed) return count;
          [a, b] = [b, Math.min(a + b, 1e8)];
          return count % 7 ? a : 0;
        });
        fc.pre(used.some((count) => count > 0));
        expect(broken(used, encodingTable(optimalTable(countsOf(used))))).toBeUndefined();
      },
    ),
    { numRuns: 50 },
  );
});

test("what occurs more often has no longer code, and no code is longer than it must be", () => {
  expect(lengthsOf([10, 20, 40, 80, 0, 5]).slice(0, 6)).toEqual([4, 3, 2, 1, 0, 5]);
  expect(lengthsOf([80, 40, 20, 10, 5]).slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
  expect(optimalTable(countsOf([10, 20])).lengths).toHaveLength(16);
  // With the code of all ones four are equal.
  expect(lengthsOf([7, 7, 7]).slice(0, 3)).toEqual([2, 2, 2]);
  expect(lengthsOf([0, 9]).slice(0, 2)).toEqual([0, 1]);
  // 1 + 0 and 1 make 2, as rare as the next: leaves are merged first, so that no code is long.
  expect(lengthsOf([1, 1, 1, 1, 1]).slice(0, 5)).toEqual([2, 2, 3, 3, 3]);
});

test("equal counts keep the order of their symbols", () => {
  expect([...optimalTable(countsOf([5, 9, 5, 9, 5])).symbols]).toEqual([1, 3, 0, 2, 4]);
});

test("codes over 16 bits are shortened as T.81 figure K.3 does", () => {
  let [a, b] = [1, 1];
  const counts = Array.from({ length: 20 }, () => ([a, b] = [b, a + b])[0]);
  const { lengths } = optimalTable(countsOf(counts));
  expect([...lengths]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 7]);
});

test("codes of a length follow one another, and those of the next begin behind them", () => {
  const lengths = Uint8Array.of(0, 2, 1, ...new Uint8Array(12), 1);
  const codes = encodingTable({ lengths, symbols: Uint8Array.of(9, 3, 200, 7) });
  const expected = new Uint32Array(256);
  expected[9] = (2 << 16) | 0b00;
  expected[3] = (2 << 16) | 0b01;
  expected[200] = (3 << 16) | 0b100;
  expected[7] = (16 << 16) | (0b101 << 13);
  expect(codes).toEqual(expected);
});

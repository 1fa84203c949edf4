import { describe, expect, test } from "vitest";
import {
  codesTable,
  codesTableBytes,
  lookupTable,
  lookupTableBytes,
  skipTableBytes,
} from "../../../../engine/codecs/jpeg/lookup.ts";
import { writeSkips } from "../../../../engine/codecs/jpeg/skips.ts";
import type { HuffmanTable } from "../../../../engine/codecs/jpeg/syntax/huffman.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { newWorkspace } from "../../pixels/fixtures.ts";

const table = (lengths: readonly number[], symbols: readonly number[]): HuffmanTable => ({
  lengths: Uint8Array.from({ length: 16 }, (_, k) => lengths[k] ?? 0),
  symbols: Uint8Array.from(symbols),
});

/** Short and long codes; the end of a block, of several, runs of zeros, values with few bits and with many. */
const ac = table(
  [0, 1, 1, 2, 1, 1, 1, 1, 0, 2, 1, 1, 0, 0, 0, 2],
  [0x01, 0x00, 0x02, 0x11, 0xf0, 0x05, 0x0a, 0x30, 0x21, 0x03, 0x41, 0x51, 0x61, 0x00],
);
/** The end has two bits. A value of three with five for its code leaves room for it among ten; one of four with six does not. */
const endsAtTen = table([0, 1, 0, 0, 1, 1], [0x00, 0x03, 0x04]);
const dc = table([0, 2, 2, 1, 1, 1, 0, 0, 0, 1], [0, 1, 2, 3, 5, 8, 10, 11]);

interface Code {
  readonly code: string;
  readonly symbol: number;
}

/** Codes as T.81 annex C counts them up. */
function codesOf({ lengths, symbols }: HuffmanTable): Code[] {
  const codes: Code[] = [];
  let next = 0;
  for (const [index, count] of lengths.entries()) {
    for (let k = 0; k < count; k++) {
      const code = next.toString(2).padStart(index + 1, "0");
      codes.push({ code, symbol: symbols[codes.length] ?? -1 });
      next++;
    }
    next *= 2;
  }
  return codes;
}

const tenBits = Array.from({ length: 1024 }, (_, bits) => bits.toString(2).padStart(10, "0"));
const entriesOf = (bytes: Uint8Array) => [...new Int32Array(bytes.buffer, 0, 1024)];

/** The first code in these bits, if all of it is there. */
const codeIn = (codes: readonly Code[], bits: string) =>
  codes.find(({ code }) => bits.startsWith(code));

/** A value from its own bits (T.81, table F.12). */
function valueOf(own: string): number {
  if (own === "") return 0;
  return own.startsWith("1") ? parseInt(own, 2) : parseInt(own, 2) - 2 ** own.length + 1;
}

interface Entry {
  readonly used: number;
  readonly skip: number;
  readonly ownBitsFollow?: boolean;
  readonly endFollows?: boolean;
  readonly value: number;
}
const entry = ({ used, skip, ownBitsFollow, endFollows, value }: Entry): number =>
  used | (skip << 5) | (ownBitsFollow ? 0x1000 : 0) | (endFollows ? 0x2000 : 0) | (value << 16);

function expectedEntry(codes: readonly Code[], bits: string, isAc: boolean): number {
  const found = codeIn(codes, bits);
  if (!found) return 0;
  const [length, size] = [found.code.length, found.symbol & 15];
  const isEnd = isAc && size === 0 && found.symbol !== 0xf0;
  const skip = isEnd ? 64 : found.symbol >> 4;
  if (length + size > 10) return entry({ used: length, skip, ownBitsFollow: true, value: size });
  const used = length + size;
  const value = valueOf(bits.slice(length, used));
  const next = codeIn(codes, bits.slice(used));
  const endFollows = isAc && !isEnd && next && (next.symbol & 15) === 0 && next.symbol !== 0xf0;
  return endFollows
    ? entry({ used: used + next.code.length, skip, endFollows, value })
    : entry({ used, skip, value });
}

describe("ten bits are looked up", () => {
  test("as a difference of DC", () => {
    const expected = tenBits.map((bits) => expectedEntry(codesOf(dc), bits, false));
    expect(entriesOf(lookupTable(dc, "dc"))).toEqual(expected);
  });

  test("as a coefficient, with the end of the block where it follows", () => {
    for (const own of [ac, endsAtTen]) {
      const expected = tenBits.map((bits) => expectedEntry(codesOf(own), bits, true));
      expect(entriesOf(lookupTable(own, "ac"))).toEqual(expected);
    }
  });

  test("as a symbol", () => {
    // Read as a coefficient, the entry of a code of eight bits would be the end of the block.
    for (const own of [ac, table([0, 1, 0, 0, 0, 0, 0, 1], [1, 2])]) {
      const expected = tenBits.map((bits) => {
        const found = codeIn(codesOf(own), bits);
        return found ? (found.code.length << 8) | found.symbol : 0;
      });
      expect(entriesOf(lookupTable(own, "symbols"))).toEqual(expected);
    }
  });

  test("as the first code alone, from which runs are made", () => {
    const expected = tenBits.map((bits) => {
      const found = codeIn(codesOf(ac), bits);
      return found ? (found.symbol << 8) | found.code.length : 0;
    });
    const codes = codesTable(ac);
    expect([...codes]).toEqual(expected);
    expect(codes.byteLength).toBe(codesTableBytes);
  });
});

test("codes over ten bits are found by the limits and offsets of their lengths", () => {
  for (const own of [ac, dc]) {
    const bytes = lookupTable(own, "symbols");
    expect(bytes.length).toBe(lookupTableBytes);
    const limits = new Uint32Array(bytes.buffer, 4096, 17);
    const offsets = new Int32Array(bytes.buffer, 4096 + 68, 17);
    for (const { code, symbol } of codesOf(own)) {
      const peek = parseInt(code.padEnd(16, "0"), 2);
      const length = limits.findIndex((limit, bits) => bits > 0 && peek < limit);
      expect(length).toBe(code.length);
      const index = parseInt(code, 2) + (offsets[length] ?? 0);
      expect(bytes[4096 + 136 + index]).toBe(symbol);
    }
    const beyond = Math.max(...limits);
    expect(limits[16]).toBe(beyond);
  }
});

test("a table says what the end of a block is coded as", () => {
  const [length, code] = new Uint32Array(lookupTable(dc, "ac").buffer, 4096 + 136 + 256, 2);
  expect([length, code]).toEqual([2, 0]);
  const second = table([0, 1, 1], [1, 0]);
  expect([...new Uint32Array(lookupTable(second, "ac").buffer, 4488, 2)]).toEqual([3, 0b010]);
});

test("the table for passing over coefficients is written whole, from the codes", () => {
  const workspace = newWorkspace();
  const scratch = workspace.allocate(codesTableBytes);
  const out = workspace.allocate(skipTableBytes);
  bytesAt(workspace, scratch, codesTableBytes).fill(0xee);
  bytesAt(workspace, out, skipTableBytes).fill(0xee);
  writeSkips(workspace, ac, scratch, out);
  const entries = new Uint32Array(workspace.memory.buffer, out, 1024);
  // 00 1: a coefficient of one bit; 010: the end of the block.
  const one = (1 << 5) | (1 << 13);
  expect(entries[0b00_1_010_0000]).toBe(6 | (1 << 5) | 0x1000 | (1 << 13));
  expect(entries[0b010_0000000]).toBe(3 | 0x1000);
  expect(entries[0b00_1_11111_11] ?? 0).toBe(3 | one);
  expect([...entries].some((each) => each === 0xeeeeeeee)).toBe(false);
  expect(skipTableBytes).toBe(entries.byteLength);
  expect(entries[1023]).toBe(0);
});

import { describe, expect, test } from "vitest";
import { CoefficientStore } from "../../../../engine/codecs/jpeg/coefficient-store.ts";
import { layOutPlanes } from "../../../../engine/codecs/jpeg/plane-layout.ts";
import type { Frame, Scan } from "../../../../engine/codecs/jpeg/syntax/header.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import { newWorkspace } from "../../pixels/fixtures.ts";

const frame: Frame = {
  ...{ coding: "progressive", width: 75, height: 55 },
  components: [
    { id: 1, h: 2, v: 2, table: 0 },
    { id: 2, h: 1, v: 1, table: 0 },
  ],
};

function open({ shrink = 2, window = { x: 0, y: 0, width: 75, height: 55 } } = {}) {
  const workspace = newWorkspace();
  const request = { ratio: shrink, chromaRatio: shrink * 2, rowsAtOnce: Infinity, window };
  const layout = layOutPlanes(frame, shrink, request);
  if (!layout) throw new Error("not laid out");
  const base = workspace.allocate(layout.bytes);
  bytesAt(workspace, base, layout.bytes).fill(0xee);
  const allocated: number[] = [];
  const watched = {
    ...workspace,
    allocate: (bytes: number) => {
      const pointer = workspace.allocate(bytes + 64);
      bytesAt(workspace, pointer, bytes + 64).fill(0x77);
      allocated.push(pointer, bytes);
      return pointer;
    },
  };
  const store = new CoefficientStore(watched, frame, layout, base);
  const [pointer = 0, bytes = 0] = allocated;
  return { store, layout, workspace, base, pointer, bytes };
}

const scan = (
  components: readonly number[],
  [start, end, high, low]: readonly [number, number, number, number],
): Scan => ({
  components: components.map((index) => ({ index, dc: undefined, ac: undefined })),
  ...{ start, end, high, low, restartInterval: 0, dataStart: 0 },
});

describe("the bits of a scan", () => {
  test("are each position's first, or the next after what came", () => {
    const { store } = open();
    expect(store.note(scan([0, 1], [0, 0, 0, 1]))).toBe(true);
    expect(store.note(scan([0, 1], [0, 0, 0, 1]))).toBe(false);
    expect(store.note(scan([0, 1], [0, 0, 2, 1]))).toBe(false);
    expect(store.note(scan([0, 1], [0, 0, 1, 0]))).toBe(true);
    expect(store.note(scan([0], [1, 5, 0, 2]))).toBe(true);
    expect(store.note(scan([0], [5, 6, 0, 2]))).toBe(false);
    expect(store.note(scan([0], [6, 63, 0, 2]))).toBe(true);
    expect(store.note(scan([0], [1, 63, 2, 1]))).toBe(true);
    expect(store.note(scan([1], [1, 63, 2, 1]))).toBe(false);
    expect(store.note(scan([2], [0, 0, 0, 0]))).toBe(false);
  });

  test("are foreign where they add to what no scan began in one of its components", () => {
    const { store } = open();
    expect(store.isForeign(scan([0], [0, 0, 0, 0]))).toBe(false);
    expect(store.isForeign(scan([0], [0, 0, 1, 0]))).toBe(true);
    store.note(scan([0], [0, 0, 0, 1]));
    store.note(scan([0], [1, 3, 0, 1]));
    expect(store.isForeign(scan([0], [0, 0, 1, 0]))).toBe(false);
    expect(store.isForeign(scan([0, 1], [0, 0, 1, 0]))).toBe(true);
    expect(store.isForeign(scan([0], [3, 5, 1, 0]))).toBe(false);
    expect(store.isForeign(scan([0], [4, 5, 1, 0]))).toBe(true);
    store.note(scan([0], [6, 6, 0, 1]));
    expect(store.isForeign(scan([0], [4, 6, 1, 0]))).toBe(false);
  });
});

describe("memory", () => {
  test("has room for the blocks of whole MCUs, clear, one part behind the other", () => {
    const { store, layout, workspace, pointer, bytes } = open();
    let end = pointer;
    for (const [index, own] of store.blocks.entries()) {
      const { h = 0, v = 0, positions = [] } = layout.components[index] ?? {};
      expect(own).toMatchObject({ across: 5 * h, keptBytes: 2 * positions.length });
      const count = 5 * h * 4 * v;
      for (const [at, size] of [
        [own.slots, 72],
        [own.kept, count * own.keptBytes],
        [own.masks, count * 8],
      ] as const) {
        expect(at).toBe(Math.ceil(end / 16) * 16);
        end = at + size;
      }
      expect(bytesAt(workspace, own.kept, count * own.keptBytes).every((byte) => byte === 0)).toBe(
        true,
      );
      expect(bytesAt(workspace, own.masks, count * 8).every((byte) => byte === 0)).toBe(true);
    }
    expect(pointer + bytes).toBe(Math.ceil(end / 16) * 16);
    expect(bytesAt(workspace, pointer + bytes, 64).every((byte) => byte === 0x77)).toBe(true);
    // Of the picture alone, for scans of one component.
    expect(store.blocks.map(({ columns, rows }) => [columns, rows])).toEqual([
      [10, 7],
      [5, 4],
    ]);
  });

  test("has no masks where means are all that is kept", () => {
    const { store } = open({ shrink: 8 });
    expect(store.blocks.map(({ masks, keptBytes }) => [masks, keptBytes])).toEqual([
      [0, 2],
      [0, 2],
    ]);
  });

  test("says where each position lies in a block, and which are kept", () => {
    const { store, workspace, layout } = open();
    const [own] = store.blocks;
    const positions = layout.components[0]?.positions ?? [];
    const slots = bytesAt(workspace, own?.slots ?? 0, 64);
    expect([...slots].map((slot) => (slot === 255 ? undefined : positions[slot]))).toEqual(
      [...slots].map((_, position) => (positions.includes(position) ? position : undefined)),
    );
    const [mask] = new BigUint64Array(workspace.memory.buffer, (own?.slots ?? 0) + 64, 1);
    expect(mask).toBe(
      positions.reduce((bits, at) => (at > 0 ? bits | (1n << BigInt(at)) : bits), 0n),
    );
  });

  test("is given back", () => {
    const { store, pointer, workspace } = open();
    store.free();
    expect(() => workspace.free(pointer)).toThrow();
  });
});

test("what is missing is estimated from the means, if they are there of every component", () => {
  const smoothed = (...known: readonly number[]) => {
    const { store, workspace } = open();
    for (const component of known) store.note(scan([component], [0, 0, 0, 0]));
    const [own] = store.blocks;
    const count = (own?.across ?? 0) * (own?.rows ?? 0);
    const perBlock = (own?.keptBytes ?? 0) / 2;
    const kept = new Int16Array(workspace.memory.buffer, own?.kept, count * perBlock);
    for (let block = 0; block < count; block++) kept[block * perBlock] = 40 * block;
    const before = kept.slice();
    const divisors = new Uint16Array(64).fill(2);
    store.smooth([divisors, divisors]);
    return kept.some((value, at) => value !== before[at]);
  };
  expect([smoothed(), smoothed(0), smoothed(1), smoothed(0, 1)]).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

describe("blocks are shown", () => {
  /** Columns and lines of luma that hold samples after these rows of MCUs. */
  function shownAfter(
    mcuRows: readonly number[],
    window: { x: number; y: number; width: number; height: number },
  ) {
    const { store, layout, workspace, base } = open({ window });
    const [own] = layout.components;
    if (!own) throw new Error("no luma");
    for (const { patterns, side } of layout.components)
      bytesAt(workspace, base + patterns, 16 + 64 * side * side * 4).fill(0);
    for (const row of mcuRows) expect(store.decode(row)).toBe(true);
    const made = (x: number, y: number) =>
      new Uint8Array(workspace.memory.buffer)[base + own.samples + y * own.stride + x] !== 0xee;
    const range = (size: number, isMade: (at: number) => boolean) => {
      const all = Array.from({ length: size }, (_, at) => at).filter(isMade);
      return [all[0], all.at(-1), all.length];
    };
    const [x, y] = [Math.floor(window.x / 2), Math.floor(window.y / 2)];
    return [range(own.stride, (at) => made(at, y)), range(own.ringRows, (at) => made(x, at))];
  }

  test("in the MCUs under the window, of the rows that are asked for", () => {
    // MCUs of eight samples a side at half the size.
    const window = { x: 20, y: 20, width: 20, height: 20 };
    const columns = [8, 23, 16];
    expect(shownAfter([0, 1, 2, 3], window)).toEqual([columns, [8, 23, 16]]);
    expect(shownAfter([1], window)).toEqual([columns, [8, 15, 8]]);
    const whole = { x: 0, y: 0, width: 75, height: 55 };
    expect(shownAfter([0, 1, 2, 3], whole)).toEqual([
      [0, 39, 40],
      [0, 31, 32],
    ]);
    expect(shownAfter([0, 3], { ...whole, y: 48 })).toEqual([
      [0, 39, 40],
      [24, 31, 8],
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { JpegScan, scanBytes } from "../../../../../engine/codecs/jpeg/syntax/scan.ts";
import { bytesAt } from "../../../../../engine/pixels/workspace.ts";
import { bytes } from "../../../../core/image/made-headers.ts";
import { newWorkspace } from "../../../pixels/fixtures.ts";

/** Bytes of headers before the data. */
const head = 20;

/** A scan of that data, without its headers, and what the kernels would see and leave of it. */
function open(restartInterval: number, ...data: readonly (number | Uint8Array)[]) {
  const workspace = newWorkspace();
  const source = bytes(new Uint8Array(head), ...data);
  const input = workspace.allocate(source.length + 64);
  bytesAt(workspace, input, source.length).set(source);
  const at = workspace.allocate(scanBytes);
  bytesAt(workspace, at, scanBytes).fill(99);
  const scan = new JpegScan(workspace, source, { dataStart: head, restartInterval }, input, at);
  const state = new Uint32Array(workspace.memory.buffer, at, scanBytes / 4);
  return {
    scan,
    input,
    state,
    /** As kernels do that read so many bits: word by word, the last of them in part. */
    read: (bits: number) => {
      const words = Math.ceil(bits / 32);
      state[3] = input + 4 * words;
      state[2] = 32 * words - bits;
    },
    /** The unstuffed bytes, as words. */
    words: () => Buffer.from(bytesAt(workspace, input, 8)).swap32(),
  };
}
const always = () => 1;

describe("MCUs are decoded in runs", () => {
  const runsOf = (restartInterval: number, ...data: readonly number[]) => {
    const { scan } = open(restartInterval, ...data);
    const runs: (readonly [number, number])[] = [];
    const decode = (count: number) =>
      scan.decode(count, (first, size) => {
        runs.push([first, size]);
        return 1;
      });
    return { runs, decode };
  };

  test("of a whole row where there are no restarts", () => {
    const { runs, decode } = runsOf(0, 1, 2, 0xff, 0xd9);
    expect([decode(5), decode(5)]).toEqual([true, true]);
    expect(runs).toEqual([
      [0, 5],
      [0, 5],
    ]);
  });

  test("that end at restart markers, which come in their order, from row to row", () => {
    const data = Array.from({ length: 9 }, (_, k) => [7, 0xff, 0xff, 0xd0 + (k & 7)]).flat();
    const { runs, decode } = runsOf(3, ...data, 0xff, 0xd9);
    expect([decode(7), decode(7)]).toEqual([true, true]);
    const parts = [
      [0, 3],
      [3, 3],
      [6, 1],
    ];
    expect(runs).toEqual([...parts, [0, 2], [2, 3], [5, 2]]);
    expect([decode(1), decode(15), decode(1)]).toEqual([true, true, false]);
  });

  test("not past a marker that is none of a restart, or not the next", () => {
    for (const marker of [0xd9, 0xd1, 0xd7]) {
      const { runs, decode } = runsOf(2, 1, 0xff, marker, 1);
      expect(decode(3)).toBe(false);
      expect(runs).toEqual([[0, 2]]);
    }
  });

  test("no further where the data are out of order", () => {
    const { scan } = open(2, 1, 0xff, 0xd0, 1);
    expect(scan.decode(4, (first) => (first === 0 ? 1 : 0))).toBe(false);
    expect(scan.decode(1, always)).toBe(true);
  });

  test("not past a restart where more bits were read than there are", () => {
    for (const [bits, isInOrder] of [
      [16, true],
      [17, false],
    ] as const) {
      const { scan, read } = open(1, 1, 2, 0xff, 0xd0, 3, 0xff, 0xd9);
      expect(scan.decode(1, always)).toBe(true);
      read(bits);
      expect(scan.decode(1, always)).toBe(isInOrder);
    }
  });
});

test("kernels find the unstuffed data, no bits, no DC, and where the data end", () => {
  const { state, input, words, scan } = open(1, 1, 0xff, 0, 2, 3, 0xff, 0xd0, 4, 5, 6, 7, 8, 0xff);
  const fresh = (length: number) => [0, 0, 0, input, 0, 0, 0, 0, 0, input + length + 8];
  expect([...state.subarray(0, 10)]).toEqual(fresh(4));
  expect(words().subarray(0, 4)).toEqual(Buffer.of(1, 0xff, 2, 3));
  state.fill(55);
  state[3] = input;
  scan.decode(1, always);
  state[2] = 0;
  expect(scan.decode(1, always)).toBe(true);
  expect([...state.subarray(0, 10)]).toEqual(fresh(5));
  expect(words().subarray(0, 5)).toEqual(Buffer.of(4, 5, 6, 7, 8));
});

describe("when all is decoded", () => {
  test("the scan ends at the next marker that is no restart", () => {
    const { scan, read } = open(0, 1, 2, 0xff, 0xd0, 3, 0xff, 0xff, 0xd9);
    read(16);
    expect(scan.endMarker).toBe(head + 6);
    read(9);
    expect(scan.endMarker).toBe(head + 6);
  });

  test("there is no end where the data were too short", () => {
    const { scan, read } = open(0, 1, 2, 0xff, 0xd9);
    read(17);
    expect(scan.endMarker).toBeUndefined();
  });

  test("more follows where not all bytes were read", () => {
    const { scan, read } = open(0, 1, 2, 0xff, 0xd9);
    read(8);
    expect(scan.hasMore).toBe(true);
    for (const bits of [9, 16, 17]) {
      read(bits);
      expect(scan.hasMore).toBe(false);
    }
  });
});

import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { BitmapPlanes, type PlaneRows } from "../../../../engine/codecs/jpeg/encoder-planes.ts";
import { encodeJpeg, encodeRows } from "../../../../engine/codecs/jpeg/encoder.ts";
import { layOutGrid } from "../../../../engine/codecs/jpeg/grid.ts";
import { bytesAt } from "../../../../engine/pixels/workspace.ts";
import {
  load,
  newWorkspace,
  nextBlock,
  noise,
  scene,
  watchedWorkspace,
} from "../../pixels/fixtures.ts";
import { decoded, encode, encodedBySharp, subsamplings } from "./encoded.ts";

const options = { quality: 80, subsampling: "4:2:0", segments: [] } as const;

test.each(subsamplings)(
  "the same pixels as libjpeg at equal settings, and as many bytes (%s)",
  async (subsampling) => {
    for (const [width, height] of [
      [17, 17],
      [33, 15],
      [40, 50],
    ] as const) {
      for (const quality of [30, 80, 100]) {
        const pixels = scene(width, height);
        const own = { width, height, quality, subsampling };
        const ours = encode(pixels, own);
        const theirs = await encodedBySharp(pixels, own);
        const label = `${width}x${height} q${quality}`;
        expect(await decoded(ours), label).toEqual(await decoded(theirs));
        expect(ours.length, label).toBeLessThan(theirs.length * 1.01 + 8);
      }
    }
  },
);

test("halves are rounded away from zero", async () => {
  // At this quality a level's step is two: one above and one below the middle are halves.
  for (const [level, shown] of [
    [129, 130],
    [127, 126],
  ] as const) {
    const pixels = new Uint8Array(8 * 8 * 4).fill(level);
    const own = { width: 8, height: 8, quality: 50, subsampling: "4:4:4" } as const;
    expect((await decoded(encode(pixels, own))).every((byte) => byte === shown)).toBe(true);
  }
});

test("the caller's segments stand before the tables and the output is the same every time", async () => {
  const comment = Uint8Array.of(0xff, 0xfe, 0, 6, 0x6d, 0x6c, 0x61, 0x62);
  const pixels = scene(40, 30);
  const own = { ...options, width: 40, height: 30, segments: [comment] };
  const file = encode(pixels, own);
  expect(file).toEqual(encode(pixels, own));
  expect(Buffer.from(file).indexOf(comment)).toBe(20);
  expect((await sharp(file).metadata()).width).toBe(40);
});

test("memory that others have used before makes no difference, and is given back", () => {
  const pixels = scene(40, 30);
  const workspace = newWorkspace();
  const bitmap = load(workspace, pixels, 40, 30);
  const next = nextBlock(workspace);
  const used = workspace.allocate(300_000);
  bytesAt(workspace, used, 300_000).fill(255);
  workspace.free(used);
  const file = encodeJpeg(workspace, bitmap, options);
  expect(file).toEqual(encode(pixels, { ...options, width: 40, height: 30 }));
  expect(nextBlock(workspace)).toBe(next);
});

/** A picture of 33 x 70, in five rows of MCUs: its file, and how it was made in strips of so many of them. */
function encodeInStrips(stripRows: number) {
  const { workspace, callsOf } = watchedWorkspace();
  const grid = { ...layOutGrid(33, 70, "4:2:0"), stripRows };
  const planes = new BitmapPlanes(workspace, load(workspace, noise(33, 70), 33, 70));
  const tops: number[] = [];
  const source: PlaneRows = {
    fill(base, own, top) {
      tops.push(top);
      planes.fill(base, own, top);
    },
  };
  const file = encodeRows(workspace, grid, source, options);
  const counted = callsOf("countSymbols").map(([, , mcus]) => mcus);
  return { file, tops, counted };
}

describe("a picture is encoded", () => {
  const rows = [0, 16, 32, 48, 64];

  test("at once, where its coefficients fit, and its rows are filled once", () => {
    expect(encodeInStrips(5)).toMatchObject({ tops: rows, counted: [15] });
  });

  test.each([
    [1, [3, 3, 3, 3, 3]],
    [2, [6, 6, 3]],
    [3, [9, 6]],
  ])(
    "to the same file in strips of %i rows of MCUs, which are filled to count symbols and to write them",
    (stripRows, counted) => {
      const { file, ...made } = encodeInStrips(stripRows);
      expect(file).toEqual(encodeInStrips(5).file);
      expect(made).toEqual({ tops: [...rows, ...rows], counted });
    },
  );
});

test("what is coded is taken out where the next row of MCUs may not fit behind it", () => {
  const workspace = newWorkspace();
  const grid = layOutGrid(8, 32, "4:4:4");
  // As far as the longest row still fits, to the byte; one byte more; and two short rows.
  const lengths = [grid.outBytes - grid.codedRowBytesMax, 1, 2, 3];
  const starts: number[] = [];
  const writeSymbols = (...[, , , , end]: Parameters<typeof workspace.kernels.writeSymbols>) => {
    const length = lengths[starts.length] ?? 0;
    bytesAt(workspace, end, length).fill(starts.length + 1);
    starts.push(end);
    return end + length;
  };
  const kernels = { ...workspace.kernels, writeSymbols };
  const planes = new BitmapPlanes(workspace, load(workspace, scene(8, 32), 8, 32));
  const own = { ...options, subsampling: "4:4:4" } as const;
  const file = encodeRows({ ...workspace, kernels }, grid, planes, own);
  const [first = NaN, second, third, fourth] = starts;
  expect([second, third, fourth]).toEqual([first + (lengths[0] ?? NaN), first, first + 2]);
  const coded = lengths.flatMap((length, row) => Array<number>(length).fill(row + 1));
  const data = file.subarray(-2 - coded.length, -2);
  expect(Buffer.compare(data, Uint8Array.from(coded))).toBe(0);
});

import { describe, expect, test } from "vitest";
import { AnimationCanvas } from "../../../engine/animation/canvas.ts";
import type { AnimationFrame } from "../../../engine/codecs/codec.ts";
import { bytesAt } from "../../../engine/pixels/workspace.ts";
import { load, newWorkspace, read } from "../pixels/fixtures.ts";

const [red, green, blue, clear] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [0, 0, 0, 0],
] as const;

type Colour = readonly number[];
type Drawn = Partial<Omit<AnimationFrame, "bitmap" | "workspace">>;

const plain = {
  samples: "pixels",
  left: 0,
  top: 0,
  delayMillis: 100,
  isBlended: true,
  disposal: "keep",
} as const;

/** A canvas three pixels wide and one high, and what each frame leaves to be seen. */
function shown(...frames: readonly (Drawn & { readonly row: readonly Colour[] })[]) {
  const workspace = newWorkspace();
  const canvas = new AnimationCanvas(workspace, { width: 3, height: 1 });
  return frames.map(({ row, ...about }) => {
    const bitmap = load(workspace, Uint8Array.from(row.flat()), row.length, 1, false);
    canvas.draw({ ...plain, ...about, workspace, bitmap });
    return [...read(workspace, canvas.bitmap)];
  });
}

describe("a frame is shown", () => {
  test("over what is there, or in its place", () => {
    const [, blended] = shown({ row: [red, red, red] }, { row: [clear, green] });
    expect(blended).toEqual([red, green, red].flat());
    const [, placed] = shown({ row: [red, red, red] }, { row: [clear, green], isBlended: false });
    expect(placed).toEqual([clear, green, red].flat());
  });

  test("mixed by its alpha, straight", () => {
    const half = [0, 0, 255, 128];
    const [over, onNothing] = [
      shown({ row: [red] }, { row: [half] })[1],
      shown({ row: [half] })[0],
    ];
    expect(over?.slice(0, 4)).toEqual([127, 0, 128, 255]);
    expect(onNothing?.slice(0, 4)).toEqual(half);
  });

  test("where it lies, and no further than the canvas", () => {
    const [moved] = shown({ row: [red, green], left: 2 });
    expect(moved).toEqual([clear, clear, red].flat());
    const [outside] = shown({ row: [red], left: 0, top: 5 });
    expect(outside).toEqual([clear, clear, clear].flat());
  });
});

describe("when its time is over its area", () => {
  const next = { row: [blue], left: 2 };

  test("stays", () => {
    expect(shown({ row: [red, red, red] }, { row: [green] }, next)[2]).toEqual(
      [green, red, blue].flat(),
    );
  });

  test("is cleared", () => {
    const gone = { row: [green], disposal: "clear" } as const;
    expect(shown({ row: [red, red, red] }, gone, next)[2]).toEqual([clear, red, blue].flat());
  });

  test("is as it was before", () => {
    const undone = { row: [green, green], disposal: "restore" } as const;
    const frames = shown({ row: [red, red, red] }, undone, undone, next);
    expect(frames[1]).toEqual([green, green, red].flat());
    expect(frames[3]).toEqual([red, red, blue].flat());
    expect(shown(undone, next)[1]).toEqual([clear, clear, blue].flat());
  });
});

describe("on a canvas of several rows", () => {
  const colours: Readonly<Record<string, Colour>> = { ".": clear, r: red, g: green, b: blue };

  interface Rows extends Drawn {
    readonly rows: readonly string[];
  }

  /** What each frame leaves to be seen on a canvas of 4 × 3 pixels, a letter each. */
  function drawn(...frames: readonly Rows[]) {
    const workspace = newWorkspace();
    const used = workspace.allocate(400);
    bytesAt(workspace, used, 400).fill(255);
    workspace.free(used);
    const canvas = new AnimationCanvas(workspace, { width: 4, height: 3 });
    const next = workspace.allocate(1);
    workspace.free(next);
    const seen = frames.map(({ rows, ...about }) => {
      const pixels = rows.flatMap((row) =>
        row.split("").flatMap((letter) => colours[letter] ?? []),
      );
      const bitmap = load(
        workspace,
        Uint8Array.from(pixels),
        rows[0]?.length ?? 0,
        rows.length,
        false,
      );
      canvas.draw({ ...plain, ...about, workspace, bitmap });
      expect(workspace.allocate(1)).toBe(next);
      workspace.free(next);
      return lettersOf(read(workspace, canvas.bitmap));
    });
    canvas.free();
    expect(workspace.allocate(1)).toBe(canvas.bitmap.pointer);
    return seen;
  }

  function lettersOf(rgba: Uint8Array): string[] {
    const letters = Array.from({ length: 12 }, (_, at) => {
      const colour = rgba.subarray(4 * at, 4 * at + 4).join();
      return Object.entries(colours).find(([, value]) => value.join() === colour)?.[0] ?? "?";
    });
    return [0, 4, 8].map((from) => letters.slice(from, from + 4).join(""));
  }

  const ground: Rows = { rows: ["rrrr", "rrrr", "rrrr"] };
  const square: Rows = { rows: ["gb", "bg"], left: 1, top: 1 };

  test("a frame lies in its area, row by row", () => {
    expect(drawn(square)).toEqual([["....", ".gb.", ".bg."]]);
    expect(drawn(ground, square)[1]).toEqual(["rrrr", "rgbr", "rbgr"]);
    const hole: Rows = { ...square, rows: [".b", "b."] };
    expect(drawn(ground, hole)[1]).toEqual(["rrrr", "rrbr", "rbrr"]);
    expect(drawn(ground, { ...hole, isBlended: false })[1]).toEqual(["rrrr", "r.br", "rb.r"]);
  });

  test("what of a frame reaches over the canvas's edge is not shown, nor cleared", () => {
    const over: Rows = { rows: ["gbg", "bgb", "ggg"], left: 2, top: 1, disposal: "clear" };
    expect(drawn(ground, over, { rows: ["b"] }).slice(1)).toEqual([
      ["rrrr", "rrgb", "rrbg"],
      ["brrr", "rr..", "rr.."],
    ]);
    // The same where it takes the place of what is there.
    expect(drawn(ground, { ...over, isBlended: false })[1]).toEqual(["rrrr", "rrgb", "rrbg"]);
    expect(drawn({ ...over, left: 4 }, { ...over, top: 3 })).toEqual([
      ["....", "....", "...."],
      ["....", "....", "...."],
    ]);
    expect(drawn({ ...over, left: 9, top: 9 })).toEqual([["....", "....", "...."]]);
  });

  test("the area of the last frame stays, is cleared or is as it was before", () => {
    const dot: Rows = { rows: ["b"] };
    const after = (disposal: AnimationFrame["disposal"]) =>
      drawn(ground, { ...square, disposal }, dot)[2];
    expect(after("keep")).toEqual(["brrr", "rgbr", "rbgr"]);
    expect(after("clear")).toEqual(["brrr", "r..r", "r..r"]);
    expect(after("restore")).toEqual(["brrr", "rrrr", "rrrr"]);
    const above: Rows = { ...square, top: 0 };
    const afterAbove = (disposal: AnimationFrame["disposal"]) =>
      drawn(ground, { ...above, disposal }, dot)[2];
    expect(afterAbove("clear")).toEqual(["b..r", "r..r", "rrrr"]);
    expect(afterAbove("restore")).toEqual(["brrr", "rrrr", "rrrr"]);
    const striped: Rows = { rows: ["rgbr", "gbrg", "brgb"] };
    expect(drawn(striped, { ...square, disposal: "restore" }, { ...dot, rows: ["g"] })[2]).toEqual([
      "ggbr",
      "gbrg",
      "brgb",
    ]);
  });
});

test("a half transparent pixel over another mixes by both alphas, each channel for itself", () => {
  const [, mixed] = shown({ row: [[200, 100, 50, 100]] }, { row: [[10, 60, 250, 51]] });
  // Seen of what lies below: 100 · 204/255 = 80; of both 131.
  expect(mixed?.slice(0, 4)).toEqual([126, 84, 128, 131]);
});

test("a pixel that is clear changes nothing, not even the colour that another one hides", () => {
  const hidden = [9, 99, 199, 0];
  const [, after] = shown({ row: [hidden], isBlended: false }, { row: [clear] });
  expect(after?.slice(0, 4)).toEqual(hidden);
});

test("a canvas is never taken for opaque", () => {
  const { bitmap } = new AnimationCanvas(newWorkspace(), { width: 3, height: 2 });
  expect(bitmap).toMatchObject({ width: 3, height: 2, opaque: false });
});

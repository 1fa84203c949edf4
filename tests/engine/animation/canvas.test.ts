import { describe, expect, test } from "vitest";
import { AnimationCanvas } from "../../../engine/animation/canvas.ts";
import type { AnimationFrame } from "../../../engine/codecs/codec.ts";
import { load, newWorkspace, read } from "../pixels/fixtures.ts";

const [red, green, blue, clear] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [0, 0, 0, 0],
] as const;

type Colour = readonly number[];
type Drawn = Partial<Omit<AnimationFrame, "bitmap" | "workspace">>;

/** A canvas three pixels wide and one high, and what each frame leaves to be seen. */
function shown(...frames: readonly (Drawn & { readonly row: readonly Colour[] })[]) {
  const workspace = newWorkspace();
  const canvas = new AnimationCanvas(workspace, { width: 3, height: 1 });
  return frames.map(({ row, ...about }) => {
    const bitmap = load(workspace, Uint8Array.from(row.flat()), row.length, 1, false);
    const plain = {
      samples: "pixels",
      left: 0,
      top: 0,
      delayMillis: 100,
      isBlended: true,
      disposal: "keep",
    } as const;
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

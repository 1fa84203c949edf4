import { describe, expect, test } from "vitest";
import type { GifFrame } from "../../../../engine/codecs/gif/file.ts";
import { gifFrames, paint } from "../../../../engine/codecs/gif/frames.ts";
import { rgbaOf } from "../../../../engine/codecs/codec.ts";
import { newWorkspace } from "../../pixels/fixtures.ts";

const [red, green, blue, black, nothing] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [0, 0, 0, 255],
  [0, 0, 0, 0],
] as const;

/** In codes of three bits, lowest first: 4 clears, then 1, 2, 3, and 5 ends. */
const codes = Uint8Array.of(2, 0b10_001_100, 0b0_101_011_0, 0);
const frame = (own: Partial<GifFrame> = {}): GifFrame => ({
  ...{ left: 0, top: 0, width: 3, height: 1, interlaced: false },
  palette: Uint8Array.from([black, red, green, blue].flatMap((colour) => colour.slice(0, 3))),
  ...{ clearIndex: -1, delayMillis: 0, disposal: "keep", codeBits: 2, data: codes, isCut: false },
  ...own,
});

describe("a frame is painted", () => {
  /** Onto a grey canvas. */
  const painted = (width: number, height: number, own: GifFrame, indices: readonly number[]) => {
    const canvas = new Uint8Array(width * height * 4).fill(7);
    paint(canvas, width, own, Uint8Array.from(indices));
    return [...canvas];
  };
  const grey = [7, 7, 7, 7];

  test("at its place, to the last row and column of the canvas", () => {
    const own = frame({ left: 1, top: 1, width: 2, height: 2 });
    const expected = [grey, grey, grey, grey, red, green, grey, blue, black];
    expect(painted(3, 3, own, [1, 2, 3, 0])).toEqual(expected.flat());
  });

  test("as far as its indices go, clear where they say so, black where the palette has none", () => {
    const own = frame({ width: 3, height: 2 });
    expect(painted(3, 2, own, [1, 2, 3, 1])).toEqual([red, green, blue, red, grey, grey].flat());
    for (const clearIndex of [0, 2]) {
      const expected = [black, red, green, blue].map((each, index) =>
        index === clearIndex ? nothing : each,
      );
      expect(painted(4, 1, frame({ width: 4, clearIndex }), [0, 1, 2, 3])).toEqual(expected.flat());
    }
    expect(painted(3, 1, own, [9, 255, 1])).toEqual([black, black, red].flat());
  });

  test("with its rows where interlacing puts them", () => {
    const orders = [1, 2, 3, 4, 5, 9].map((height) => {
      const palette = Uint8Array.from({ length: 48 }, (_, at) => Math.floor(at / 3));
      const own = frame({ width: 1, height, palette, interlaced: true });
      const stored = Array.from({ length: height }, (_, row) => row + 1);
      return painted(1, height, own, stored).filter((_, at) => at % 4 === 0);
    });
    expect(orders).toEqual([
      [1],
      [1, 2],
      [1, 3, 2],
      [1, 3, 2, 4],
      [1, 4, 3, 5, 2],
      [1, 6, 4, 7, 3, 8, 5, 9, 2],
    ]);
  });
});

describe("the frames of an animation", () => {
  const file = { screen: { width: 9, height: 9 }, hasAlpha: true, plays: 1 };
  const damage = { reason: "truncated_image", detail: "cut" } as const;

  test("are pixels of their own, with their place, time and disposal", () => {
    const shown = { left: 5, top: 6, delayMillis: 70, disposal: "restore" } as const;
    const own = frame({ ...shown, width: 2, height: 2 });
    const workspace = newWorkspace();
    new Uint8Array(workspace.memory.buffer).fill(9);
    const [first, ...more] = gifFrames({ ...file, frames: [own] }, workspace);
    if (!first?.ok) throw new Error("no frame");
    expect(first.value).toMatchObject({ ...shown, samples: "pixels", isBlended: true });
    expect(first.value.bitmap).toMatchObject({ width: 2, height: 2, opaque: false });
    // What no code is there for is clear.
    expect([...rgbaOf(first.value)]).toEqual([red, green, blue, nothing].flat());
    expect(more).toEqual([]);
  });

  test("end with why there are no more", () => {
    const broken = frame({ data: Uint8Array.of(1, 0xff, 0) });
    const workspace = newWorkspace();
    const of = (...frames: readonly [GifFrame, ...GifFrame[]]) =>
      [...gifFrames({ ...file, frames, damage }, workspace)].map((each) =>
        each.ok ? "frame" : each.error,
      );
    expect(of(frame(), frame())).toEqual(["frame", "frame", damage]);
    expect(of(frame(), broken, frame())).toEqual([
      "frame",
      { reason: "corrupt_image", detail: "an LZW code before its time" },
    ]);
  });
});

import { describe, expect, test } from "vitest";
import type { Orientation } from "../../../core/image/header.ts";
import { planRender } from "../../../core/plan/plan.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { find } from "../../../engine/analysis/findings.ts";
import { focusOf } from "../../../engine/analysis/saliency.ts";
import type { DecodedSource } from "../../../engine/decode.ts";
import { bytesAt, type Workspace } from "../../../engine/pixels/workspace.ts";
import { resizeUpright } from "../../../engine/resize-upright.ts";
import { pictureInfo } from "../../core/image/picture-info.ts";
import { load, newWorkspace, read } from "../pixels/fixtures.ts";
import { transform } from "../scene.ts";

const border = { by: "border", tolerance: 10, keep: 0 } as const;
const white = { r: 255, g: 255, b: 255, a: 255 };

interface Stored {
  readonly width: number;
  readonly height: number;
  readonly orientation?: Orientation;
  readonly greyAt: (x: number, y: number) => number;
}

/** A grey picture as a decoder gives it: as pixels, or as a plane. */
function decodedAs(samples: "pixels" | "planes", stored: Stored): DecodedSource {
  const { width, height, orientation = 1, greyAt } = stored;
  const workspace = newWorkspace();
  const info = pictureInfo({ width, height, orientation, colour: "grey" });
  const greys = Array.from({ length: width * height }, (_, at) =>
    greyAt(at % width, Math.floor(at / width)),
  );
  if (samples === "pixels") {
    const pixels = Uint8Array.from(greys.flatMap((grey) => [grey, grey, grey, 255]));
    return { samples, workspace, bitmap: load(workspace, pixels, width, height), info, shrink: 1 };
  }
  const pointer = workspace.allocate(width * height + 64);
  bytesAt(workspace, pointer, width * height).set(greys);
  const extent = { extentX: width, extentY: height };
  const ready = () => {};
  const plane = { pointer, stride: width, width, height, ...extent, ringRows: height, ready };
  const size = { width, height };
  const [finish, free] = [ready, ready];
  return { samples, workspace, size, planes: [plane], finish, free, info, shrink: 1 };
}

function found(decoded: DecodedSource, options: Partial<RenderTransform>) {
  const plan = planRender(decoded.info, [transform(options)], 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!output) throw new Error("No plan");
  return find(decoded, output);
}

/** Where the next block would lie: as before, once all that was allocated since is free. */
function nextBlock({ workspace }: { readonly workspace: Workspace }): number {
  const pointer = workspace.allocate(1);
  workspace.free(pointer);
  return pointer;
}

const boxed: Stored = {
  width: 40,
  height: 30,
  greyAt: (x, y) => (x >= 5 && x < 12 && y >= 3 && y < 20 ? 20 : 200),
};

describe("a border", () => {
  test.each(["pixels", "planes"] as const)(
    "is looked for in %s, whose memory it gives back",
    (samples) => {
      const decoded = decodedAs(samples, boxed);
      const next = nextBlock(decoded);
      const content = { x: 5, y: 3, width: 7, height: 17 };
      expect(found(decoded, { trim: border })).toEqual({ content });
      expect(nextBlock(decoded)).toBe(next);
    },
  );

  test.each([
    [1, { x: 5, y: 3, width: 7, height: 17 }],
    [2, { x: 28, y: 3, width: 7, height: 17 }],
    [3, { x: 28, y: 10, width: 7, height: 17 }],
    [4, { x: 5, y: 10, width: 7, height: 17 }],
    [5, { x: 3, y: 5, width: 17, height: 7 }],
    [6, { x: 10, y: 5, width: 17, height: 7 }],
    [7, { x: 10, y: 28, width: 17, height: 7 }],
    [8, { x: 3, y: 28, width: 17, height: 7 }],
  ] as const)("leaves what lies there upright: orientation %i", (orientation, content) => {
    for (const samples of ["pixels", "planes"] as const) {
      const decoded = decodedAs(samples, { ...boxed, orientation });
      expect(found(decoded, { trim: border })).toEqual({ content });
    }
  });

  test.each([
    [1, "left", { x: 10, y: 0, width: 30, height: 30 }],
    [2, "left", { x: 30, y: 0, width: 10, height: 30 }],
    [3, "left", { x: 30, y: 0, width: 10, height: 30 }],
    [1, "upper", { x: 0, y: 10, width: 40, height: 20 }],
    [3, "upper", { x: 0, y: 20, width: 40, height: 10 }],
    [4, "upper", { x: 0, y: 20, width: 40, height: 10 }],
  ] as const)(
    "has the colour of the upright picture's first pixel: orientation %i, darker at its %s side",
    (orientation, side, content) => {
      const greyAt = (x: number, y: number) => ((side === "left" ? x : y) < 10 ? 20 : 200);
      const halves = decodedAs("pixels", { width: 40, height: 30, orientation, greyAt });
      expect(found(halves, { trim: border })).toEqual({ content });
    },
  );

  test("has the colour that is asked for", () => {
    const decoded = decodedAs("pixels", boxed);
    expect(found(decoded, { trim: { ...border, colour: white } })).toEqual({
      content: { x: 0, y: 0, width: 40, height: 30 },
    });
    expect(found(decoded, { trim: { ...border, colour: white, tolerance: 60 } })).toEqual({
      content: { x: 5, y: 3, width: 7, height: 17 },
    });
  });

  test("that is all there is leaves nothing to be found", () => {
    const flat = decodedAs("pixels", { ...boxed, greyAt: () => 7 });
    expect(found(flat, { trim: border })).toEqual({});
  });

  test("is not looked for where the trim does not ask for it", () => {
    const sides = { by: "sides", top: 1, right: 1, bottom: 1, left: 1 } as const;
    expect(found(decodedAs("pixels", boxed), { trim: sides })).toEqual({});
    expect(found(decodedAs("pixels", boxed), {})).toEqual({});
  });
});

describe("a focus", () => {
  const auto = { gravity: "auto", fit: "cover" } as const;
  /** A chequered square on grey, towards one corner. */
  const drawing = (
    width: number,
    height: number,
    side: number,
    orientation?: Orientation,
  ): Stored => ({
    width,
    height,
    ...(orientation && { orientation }),
    greyAt: (x, y) =>
      x >= side && x < 2 * side && y >= side && y < 2 * side ? ((x + y) % 2) * 255 : 90,
  });

  test("of a small picture is found in it as it is", () => {
    const decoded = decodedAs("pixels", drawing(96, 60, 10));
    const next = nextBlock(decoded);
    const { focus } = found(decoded, { ...auto, width: 20, height: 20 });
    const rgba = decoded.samples === "pixels" ? read(decoded.workspace, decoded.bitmap) : undefined;
    if (!rgba) throw new Error("pixels were asked for");
    expect(focus).toEqual(focusOf({ width: 96, height: 60, rgba }, { width: 60 / 96, height: 1 }));
    expect(focus?.x).toBeLessThan(0.5);
    expect(nextBlock(decoded)).toBe(next);
  });

  test.each([
    ["wide", 192, 80, { width: 96, height: 40 }],
    ["tall", 60, 200, { width: 29, height: 96 }],
    ["very long", 1, 384, { width: 1, height: 96 }],
  ])("is looked for on a glance of 96 pixels: %s", (_, width, height, to) => {
    const decoded = decodedAs("pixels", drawing(width, height, Math.ceil(width / 4)));
    const window = { x: 0, y: 0, width, height };
    const glance = resizeUpright(decoded, { flip: "", rotate: 0 }, { window, to });
    const rgba = read(decoded.workspace, glance);
    const side = Math.min(width, height);
    const cut = { width: side / width, height: side / height };
    expect(found(decoded, { ...auto, width: 2, height: 2 })).toEqual({
      focus: focusOf({ ...to, rgba }, cut),
    });
  });

  test("is one on the picture as it will be seen: turned, flipped, trimmed", () => {
    const sides = { by: "sides", top: 0, right: 0, bottom: 0, left: 30 } as const;
    const square = { ...auto, width: 20, height: 20 };
    const focusWith = (options: Partial<RenderTransform>, orientation: Orientation = 1) => {
      const { focus } = found(decodedAs("pixels", drawing(96, 60, 10, orientation)), {
        ...square,
        ...options,
      });
      return { x: Math.sign((focus?.x ?? 0) - 0.5), y: Math.sign((focus?.y ?? 0) - 0.5) };
    };
    expect(focusWith({})).toEqual({ x: -1, y: 0 });
    expect(focusWith({ flip: "h" })).toEqual({ x: 1, y: 0 });
    expect(focusWith({ rotate: 90 })).toEqual({ x: 0, y: -1 });
    expect(focusWith({}, 8)).toEqual({ x: 0, y: 1 });
    // Nothing that draws the eye is left.
    expect(focusWith({ trim: sides })).toEqual({ x: 0, y: 0 });
  });

  test("is one within the border, where that is trimmed too", () => {
    const square = { ...auto, width: 20, height: 20 };
    const greyAt = (x: number, y: number) => (x < 20 ? 90 : ((x + y) % 2) * 255);
    const inner = { width: 40, height: 20, greyAt };
    const framed = decodedAs("pixels", {
      width: 90,
      height: 80,
      greyAt: (x, y) => (x < 40 || x >= 80 || y < 30 || y >= 50 ? 200 : greyAt(x - 40, y - 30)),
    });
    expect(found(framed, { ...square, trim: border })).toEqual({
      content: { x: 40, y: 30, width: 40, height: 20 },
      ...found(decodedAs("pixels", inner), square),
    });
  });
});

import { describe, expect, test } from "vitest";
import type { Overlay } from "../../core/transform/transform.ts";
import { planRender } from "../../core/plan/plan.ts";
import { drawOverlay, type OverlayPicture } from "../../engine/draw-overlay.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { load, newWorkspace, read, scene } from "./pixels/fixtures.ts";
import { transform } from "./scene.ts";

const canvas = { width: 7, height: 5 };

/** An opaque overlay of 3 × 2 pixels, whose reds are its numbers from 1. */
const numbered: OverlayPicture = {
  source: { info: pictureInfo({ format: "png", width: 3, height: 2 }), bytes: 100 },
  width: 3,
  height: 2,
  opaque: true,
  rgba: Uint8Array.from({ length: 24 }, (_, at) => [1 + at / 4, 0, 0, 255][at % 4] ?? 0),
};

/** The red of each pixel of a black picture, a digit each, in rows. */
function drawn(overlay: Overlay | undefined, picture: OverlayPicture = numbered) {
  const workspace = newWorkspace();
  const black = Uint8Array.from({ length: 4 * 7 * 5 }, (_, at) => (at % 4 === 3 ? 255 : 0));
  const below = load(workspace, black, canvas.width, canvas.height);
  const next = workspace.allocate(1);
  workspace.free(next);
  const info = pictureInfo({ format: "png", ...canvas });
  const plan = planRender(info, [transform(overlay && { overlay })], 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!output) throw new Error("No plan");
  drawOverlay(workspace, below, output, picture);
  expect(workspace.allocate(100_000)).toBe(next);
  const rgba = read(workspace, below);
  return Array.from({ length: 5 }, (_, y) =>
    Array.from({ length: 7 }, (_column, x) => rgba[4 * (7 * y + x)]).join(""),
  );
}

const nothing = ["0000000", "0000000", "0000000", "0000000", "0000000"];

describe("an overlay is drawn", () => {
  test("where it is asked for, or in the middle", () => {
    expect(drawn({ left: 1, top: 2 })).toEqual([
      "0000000",
      "0000000",
      "0123000",
      "0456000",
      "0000000",
    ]);
    expect(drawn({ left: 2, bottom: 1 })).toEqual([
      "0000000",
      "0000000",
      "0012300",
      "0045600",
      "0000000",
    ]);
  });

  test("as far as the picture goes", () => {
    expect(drawn({ left: 5, top: 4 })).toEqual([...nothing.slice(0, 4), "0000012"]);
    expect(drawn({ right: 6, bottom: 4 })).toEqual(["6000000", ...nothing.slice(1)]);
  });

  test("again and again from there, in both directions, or in one", () => {
    expect(drawn({ left: 1, top: 1, repeat: "true" })).toEqual([
      "6456456",
      "3123123",
      "6456456",
      "3123123",
      "6456456",
    ]);
    expect(drawn({ left: 1, top: 1, repeat: "x" })).toEqual([
      "0000000",
      "3123123",
      "6456456",
      "0000000",
      "0000000",
    ]);
    expect(drawn({ left: 5, top: 4, repeat: "y" })).toEqual([
      "0000012",
      "0000045",
      "0000012",
      "0000045",
      "0000012",
    ]);
  });

  test("by its opacity, which is whole where none is asked", () => {
    const bright = { ...numbered, rgba: numbered.rgba.map((v, at) => (at % 4 === 0 ? 8 : v)) };
    expect(drawn({ left: 0, top: 0 }, bright)[0]).toBe("8880000");
    expect(drawn({ left: 0, top: 0, opacity: 0.5 }, bright)[0]).toBe("4440000");
  });

  test("not at all where there is none, or nothing of it is seen", () => {
    expect(drawn(undefined)).toEqual(nothing);
    expect(drawn({ opacity: 0 })).toEqual(nothing);
    expect(drawn({ left: 7, top: 0 })).toEqual(nothing);
    expect(drawn({ left: 0, top: 5 })).toEqual(nothing);
  });

  test("at the size that is asked for, of its middle where it is cut", () => {
    const wide: OverlayPicture = {
      source: { info: pictureInfo({ format: "png", width: 60, height: 20 }), bytes: 100 },
      width: 60,
      height: 20,
      opaque: true,
      rgba: scene(60, 20).map((v, at) =>
        at % 4 === 0 ? (at % 240 < 80 || at % 240 >= 160 ? 9 : 5) : v,
      ),
    };
    expect(drawn({ left: 1, top: 1, width: 2, height: 2, fit: "cover" }, wide)).toEqual([
      "0000000",
      "0550000",
      "0550000",
      "0000000",
      "0000000",
    ]);
  });

  test("by its own alpha", () => {
    const rgba = Uint8Array.from(
      { length: 24 },
      (_, at) => [8, 0, 0, at < 8 ? 255 : 0][at % 4] ?? 0,
    );
    expect(drawn({ left: 0, top: 0 }, { ...numbered, opaque: false, rgba })[0]).toBe("8800000");
  });
});

import { describe, expect, test } from "vitest";
import type { OutputPlan } from "../../core/plan/render-plan.ts";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import type { Rgba } from "../../core/transform/values.ts";
import { backgroundOf, isOnCanvas, placeOnCanvas } from "../../engine/canvas.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { load, newWorkspace, read } from "./pixels/fixtures.ts";
import { transform } from "./scene.ts";

const azure: Rgba = { r: 30, g: 144, b: 255, a: 255 };
const red: Rgba = { r: 255, g: 0, b: 0, a: 255 };
const white: Rgba = { r: 255, g: 255, b: 255, a: 255 };
const clear: Rgba = { r: 0, g: 0, b: 0, a: 0 };
const halfOf = (colour: Rgba): Rgba => ({ ...colour, a: 128 });

function outputOf(options: Partial<RenderTransform>, size = { width: 3, height: 2 }): OutputPlan {
  const info = pictureInfo({ ...size, format: "png" });
  const plan = planRender(info, [transform(options)], 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!output) throw new Error("No plan");
  return output;
}

describe("behind transparent pixels", () => {
  const behind = (options: Partial<RenderTransform>) => backgroundOf(transform(options));

  test("is what is asked for, else white where there is padding, else nothing", () => {
    expect(behind({ background: azure })).toEqual(azure);
    expect(behind({ background: halfOf(azure), fit: "pad" })).toEqual(halfOf(azure));
    expect(behind({ fit: "pad" })).toEqual(white);
    expect(behind({ fit: "cover" })).toBeUndefined();
  });

  test("in a format without transparency is white, and a background lies on it", () => {
    const format = "jpeg" as const;
    expect(behind({ format })).toEqual(white);
    expect(behind({ format, background: azure })).toEqual(azure);
    expect(behind({ format, background: clear })).toEqual(white);
    expect(behind({ format, background: halfOf(azure) })).toEqual({
      r: 142,
      g: 199,
      b: 255,
      a: 255,
    });
  });
});

const border = { top: 1, right: 2, bottom: 1, left: 3, colour: red };

test("a picture is on a canvas where there is padding or a border", () => {
  expect(isOnCanvas(outputOf({}))).toBe(false);
  expect(isOnCanvas(outputOf({ border: { ...border, top: 0, bottom: 0 } }))).toBe(true);
  expect(isOnCanvas(outputOf({ border: { ...border, left: 0, right: 0 } }))).toBe(true);
  expect(isOnCanvas(outputOf({ width: 3, height: 4, fit: "pad" }))).toBe(true);
  expect(isOnCanvas(outputOf({ width: 5, height: 2, fit: "pad" }))).toBe(true);
});

describe("on its canvas a picture", () => {
  interface Framed extends Partial<RenderTransform> {
    /** How much padding there is around the picture. */
    readonly padding?: { readonly across: number; readonly down: number };
  }

  /** An opaque picture of 3 × 2 pixels, on its canvas; each pixel is drawn as its number or the letter of its colour. */
  function drawn({ padding = { across: 0, down: 0 }, ...options }: Framed, isOpaque = true) {
    const workspace = newWorkspace();
    const pixels = Uint8Array.from({ length: 24 }, (_, at) => (at % 4 === 3 ? 255 : at + 1));
    const picture = load(workspace, pixels, 3, 2, isOpaque);
    const { transform: asked, geometry, ...output } = outputOf({ ...options, fit: "pad" });
    const { left, top, right, bottom } = geometry.border;
    const canvas = placeOnCanvas(workspace, picture, {
      ...output,
      transform: asked,
      geometry: {
        ...geometry,
        offset: { x: left + padding.across, y: top + padding.down },
        canvas: {
          width: left + right + 3 + 2 * padding.across,
          height: top + bottom + 2 + 2 * padding.down,
        },
      },
    });
    const legend: Readonly<Record<string, string>> = {
      "255,0,0,255": "r",
      "30,144,255,255": "a",
      "30,144,255,128": "h",
      "142,199,255,255": "m",
      "255,255,255,255": "w",
      "0,0,0,0": ".",
    };
    const rgba = read(workspace, canvas);
    const rows = Array.from({ length: canvas.height }, (_, y) =>
      Array.from({ length: canvas.width }, (_column, x) => {
        const colour = rgba.subarray(y * canvas.stride + 4 * x).subarray(0, 4);
        return legend[colour.join()] ?? `${((colour[0] ?? 0) - 1) / 4}`;
      }).join(""),
    );
    return { rows, isOpaque: canvas.opaque, workspace, picture };
  }
  const padding = { across: 1, down: 1 };

  test("has its border around it, and padding in between", () => {
    expect(drawn({ border }).rows).toEqual(["rrrrrrrr", "rrr012rr", "rrr345rr", "rrrrrrrr"]);
    expect(drawn({ padding, background: azure, border }).rows).toEqual([
      "rrrrrrrrrr",
      "rrraaaaarr",
      "rrra012arr",
      "rrra345arr",
      "rrraaaaarr",
      "rrrrrrrrrr",
    ]);
    expect(drawn({ padding: { across: 1, down: 0 }, background: clear }).rows).toEqual([
      ".012.",
      ".345.",
    ]);
    expect(drawn({ padding: { across: 0, down: 1 } }).rows).toEqual(["www", "012", "345", "www"]);
  });

  test("has a border that lies over the background, where there is one", () => {
    const edge = (options: Framed) => drawn(options).rows[0];
    const colourless = { border: { ...border, colour: clear } };
    expect(edge({ ...colourless, background: clear })).toBe("........");
    expect(edge({ ...colourless, background: azure })).toBe("aaaaaaaa");
    expect(edge({ ...colourless, background: halfOf(azure) })).toBe("hhhhhhhh");
    expect(edge({ ...colourless, format: "jpeg" })).toBe("wwwwwwww");
    expect(edge({ border: { ...border, colour: halfOf(azure) } })).toBe("mmmmmmmm");
  });

  test.each<[string, Framed, boolean, boolean]>([
    ["an opaque border", { border }, true, true],
    ["a clear border", { border: { ...border, colour: clear }, background: clear }, true, false],
    ["an opaque border around what is not", { border }, false, false],
    ["an opaque border around a clear background", { border, background: clear }, true, true],
    ["opaque padding", { padding, background: azure }, true, true],
    ["clear padding", { padding, background: clear }, true, false],
    ["clear padding in an opaque border", { padding, background: clear, border }, true, false],
    [
      "clear padding at the sides alone",
      { padding: { across: 1, down: 0 }, background: clear, border },
      true,
      false,
    ],
    [
      "clear padding above and below",
      { padding: { across: 0, down: 1 }, background: clear, border },
      true,
      false,
    ],
  ])("is known to be opaque or not: %s", (_, options, isOpaque, expected) => {
    expect(drawn(options, isOpaque).isOpaque).toBe(expected);
  });

  test("without a border or background lies on what is clear", () => {
    const workspace = newWorkspace();
    const picture = load(workspace, new Uint8Array(24).fill(255), 3, 2);
    const output = outputOf({});
    const geometry = { ...output.geometry, canvas: { width: 4, height: 2 } };
    const canvas = placeOnCanvas(workspace, picture, { ...output, geometry });
    expect([...read(workspace, canvas).subarray(8, 16)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0]);
  });

  test("is no longer held by itself", () => {
    const { workspace, picture } = drawn({ border });
    expect(workspace.allocate(8)).toBe(picture.pointer);
  });
});

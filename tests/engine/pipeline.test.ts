import { describe, expect, test } from "vitest";
import { planRender } from "../../core/plan/plan.ts";
import type { RenderTransform } from "../../core/transform/transform.ts";
import { overlayNames } from "../../core/transform/transform.ts";
import { placeOnCanvas } from "../../engine/canvas.ts";
import { toSrgb, type Colours } from "../../engine/colour/colour.ts";
import { drawOverlay, type OverlayPicture } from "../../engine/draw-overlay.ts";
import { applySteps, steps } from "../../engine/pipeline.ts";
import type { Bitmap } from "../../engine/pixels/bitmap.ts";
import { cornerRadii, roundCorners } from "../../engine/pixels/corners.ts";
import { adjustTone, blur, flatten, saturate, sharpen } from "../../engine/pixels/effects.ts";
import { pixelate } from "../../engine/pixels/pixelate.ts";
import type { Workspace } from "../../engine/pixels/workspace.ts";
import { pictureInfo } from "../core/image/picture-info.ts";
import { load, newWorkspace, read, scene } from "./pixels/fixtures.ts";
import { transform } from "./scene.ts";

const size = { width: 40, height: 30 };
const azure = { r: 30, g: 144, b: 255, a: 255 };
const white = { r: 255, g: 255, b: 255, a: 255 };
const srgb: Colours = { profile: { kind: "srgb" } };
const halved: Colours = {
  profile: {
    kind: "convertible",
    curves: Float32Array.from({ length: 768 }, (_, at) => (at % 256) / 510),
    matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  },
};
const overlay: OverlayPicture = {
  source: { info: pictureInfo({ format: "png", width: 8, height: 6 }), bytes: 100 },
  width: 8,
  height: 6,
  opaque: true,
  rgba: scene(8, 6),
};
const border = { top: 1, right: 2, bottom: 3, left: 4, colour: azure };
const corner = { topLeft: 3, topRight: 4, bottomRight: 5, bottomLeft: 6 };

function outputOf(options: Partial<RenderTransform>) {
  const plan = planRender(pictureInfo({ format: "png", ...size }), [transform(options)], 1000);
  const [output] = plan.ok ? plan.value.outputs : [];
  if (!output) throw new Error("No plan");
  return output;
}

interface Facts {
  readonly options?: Partial<RenderTransform>;
  readonly colours?: Colours;
  readonly isOpaque?: boolean;
  readonly drawn?: OverlayPicture | undefined;
}

/** What `change` makes of the picture. */
function changed(
  isOpaque: boolean,
  change: (workspace: Workspace, picture: Bitmap) => Bitmap | void,
) {
  const workspace = newWorkspace();
  const picture = load(
    workspace,
    scene(size.width, size.height, !isOpaque),
    size.width,
    size.height,
    isOpaque,
  );
  const { width, height, opaque, ...bitmap } = change(workspace, picture) ?? picture;
  const rgba = read(workspace, { width, height, opaque, ...bitmap });
  return { width, height, opaque, rgba };
}

/** The steps that are wanted, and what they make of the picture. */
function finished({ options = {}, colours = srgb, isOpaque = true, drawn }: Facts) {
  const output = outputOf(options);
  const wanted = steps.filter((step) => step.isWanted({ output, colours, isOpaque }));
  const result = changed(isOpaque, (workspace, picture) =>
    applySteps(picture, { workspace, output, colours, overlay: drawn }),
  );
  return { names: wanted.map(({ name }) => name), result };
}

test("nothing is changed where nothing is asked", () => {
  const unasked = {
    brightness: 1,
    contrast: 1,
    gamma: 1,
    saturation: 1,
    blur: 0,
    sharpen: 0,
    pixelate: 1,
  };
  for (const isOpaque of [true, false]) {
    const { names, result } = finished({ options: unasked, isOpaque });
    expect(names).toEqual([]);
    expect(result).toEqual(changed(isOpaque, () => {}));
  }
});

describe("each step is its effect, with the values asked for", () => {
  type Change = Parameters<typeof changed>[1];
  const output = outputOf;
  const cases: readonly (readonly [string, Facts, Change])[] = [
    ["colours", { colours: halved }, (workspace, picture) => toSrgb(workspace, picture, halved)],
    ["blur", { options: { blur: 2 } }, (workspace, picture) => blur(workspace, picture, 2)],
    [
      "sharpen",
      { options: { sharpen: 2 } },
      (workspace, picture) => sharpen(workspace, picture, 1, 2),
    ],
    ...(["brightness", "contrast", "gamma", "saturation"] as const).map(
      (name): readonly [string, Facts, Change] => [
        "tone",
        { options: { [name]: 1.5 } },
        (workspace, picture) => adjustTone(workspace, picture, { ...transform(), [name]: 1.5 }),
      ],
    ),
    [
      "grayscale",
      { options: { grayscale: true } },
      (workspace, picture) => saturate(workspace, picture, 0),
    ],
    [
      "pixelate",
      { options: { pixelate: 7 } },
      (workspace, picture) => pixelate(workspace, picture, 7),
    ],
    [
      "background",
      { options: { background: azure }, isOpaque: false },
      (workspace, picture) => flatten(workspace, picture, azure),
    ],
    [
      "canvas",
      { options: { border } },
      (workspace, picture) => placeOnCanvas(workspace, picture, output({ border })),
    ],
    [
      "overlay",
      { options: { overlay: { left: 3 } }, drawn: overlay },
      (workspace, picture) =>
        drawOverlay(workspace, picture, output({ overlay: { left: 3 } }), overlay),
    ],
    [
      "corners",
      { options: { "border-radius": corner } },
      (workspace, picture) =>
        roundCorners(
          workspace,
          picture,
          cornerRadii(picture, transform({ "border-radius": corner })),
        ),
    ],
  ];

  test.each(cases)("%s (%#)", (name, facts, change) => {
    const { names, result } = finished(facts);
    expect(names).toEqual([name]);
    expect(result).toEqual(changed(facts.isOpaque ?? true, change));
    expect(result).not.toEqual(changed(facts.isOpaque ?? true, () => {}));
  });

  test("round corners lie on the background in a format without transparency alone", () => {
    const rounded = (more: Partial<RenderTransform>, background: typeof white) => {
      const options = { "border-radius": corner, format: "jpeg", ...more } as const;
      const expected = changed(true, (workspace, picture) =>
        flatten(workspace, roundCorners(workspace, picture, corner), background),
      );
      expect(finished({ options }).result).toEqual(expected);
    };
    rounded({}, white);
    rounded({ background: azure }, azure);
    const png = finished({ options: { "border-radius": corner, background: azure } });
    expect(png.result).toEqual(
      changed(true, (workspace, picture) => roundCorners(workspace, picture, corner)),
    );
  });

  test("an overlay is not drawn where its file is not there", () => {
    const { names, result } = finished({ options: { overlay: {} } });
    expect(names).toEqual(["overlay"]);
    expect(result).toEqual(changed(true, () => {}));
  });
});

test("a background is laid under what an earlier step has not made opaque already", () => {
  const options = { background: azure, blur: 1 };
  const { result } = finished({ options, isOpaque: false });
  expect(result.opaque).toBe(true);
  const { names } = finished({ options, isOpaque: true });
  expect(names).toEqual(["blur"]);
});

test("every step says which options it applies, in the order of the steps", () => {
  expect(steps.map(({ name, options }) => [name, ...options])).toEqual([
    ["colours"],
    ["blur", "blur"],
    ["sharpen", "sharpen"],
    ["tone", "brightness", "contrast", "gamma", "saturation"],
    ["grayscale", "grayscale"],
    ["pixelate", "pixelate"],
    ["background", "background"],
    ["canvas", "border", "border.color"],
    ["overlay", ...overlayNames],
    ["corners", "border-radius"],
  ]);
});

import { formats } from "../core/image/formats.ts";
import type { OutputPlan } from "../core/plan/render-plan.ts";
import type { OptionName } from "../core/transform/option-values.ts";
import { overlayNames } from "../core/transform/transform.ts";
import { backgroundOf, isOnCanvas, placeOnCanvas } from "./canvas.ts";
import { toSrgb, type Colours } from "./colour/colour.ts";
import { drawOverlay, type OverlayPicture } from "./draw-overlay.ts";
import type { Bitmap } from "./pixels/bitmap.ts";
import { cornerRadii, roundCorners } from "./pixels/corners.ts";
import { adjustTone, blur, flatten, saturate, sharpen } from "./pixels/effects.ts";
import { pixelate } from "./pixels/pixelate.ts";
import type { Workspace } from "./pixels/workspace.ts";

/** What is done to the resized, upright picture. A new effect is one entry of `steps`. */
export interface Step {
  readonly name: string;
  /** The options that it applies. */
  readonly options: readonly OptionName[];
  /** For `docs/transforms.md`. */
  readonly meaning: string;
  /** False where applying it would change nothing. */
  readonly isWanted: (facts: StepFacts) => boolean;
  /** Changes the picture where it lies, or returns another one and frees it. */
  readonly apply: (picture: Bitmap, work: StepWork) => Bitmap;
}

export interface StepWork extends Omit<StepFacts, "isOpaque"> {
  readonly workspace: Workspace;
}

export interface StepFacts {
  readonly output: OutputPlan;
  /** Colours of the source. */
  readonly colours: Colours;
  readonly overlay?: OverlayPicture | undefined;
  /** No pixel of the picture is transparent. */
  readonly isOpaque: boolean;
}

/** In the order in which they are applied. */
export const steps: readonly Step[] = [
  {
    name: "colours",
    options: [],
    meaning: "An embedded colour profile is converted to sRGB.",
    isWanted: ({ colours }) => colours.profile.kind === "convertible",
    apply: changing((picture, { workspace, colours }) => toSrgb(workspace, picture, colours)),
  },
  {
    name: "blur",
    options: ["blur"],
    meaning: "Gaussian blur.",
    isWanted: ({ output }) => output.transform.blur > 0,
    apply: changing((picture, { workspace, output }) =>
      blur(workspace, picture, output.transform.blur),
    ),
  },
  {
    name: "sharpen",
    options: ["sharpen"],
    meaning: "Unsharp mask about a pixel wide: what resizing has softened.",
    isWanted: ({ output }) => output.transform.sharpen > 0,
    apply: changing((picture, { workspace, output }) =>
      sharpen(workspace, picture, sharpenSigma, output.transform.sharpen),
    ),
  },
  {
    name: "tone",
    options: ["brightness", "contrast", "gamma", "saturation"],
    meaning: "Brightness, contrast and gamma by one curve, then saturation.",
    isWanted: ({ output: { transform } }) => tones.some((name) => transform[name] !== 1),
    apply: changing((picture, { workspace, output }) =>
      adjustTone(workspace, picture, output.transform),
    ),
  },
  {
    name: "grayscale",
    options: ["grayscale"],
    meaning: "Saturation 0.",
    isWanted: ({ output }) => output.transform.grayscale,
    apply: changing((picture, { workspace }) => saturate(workspace, picture, 0)),
  },
  {
    name: "pixelate",
    options: ["pixelate"],
    meaning: "Squares of one colour, from the top left corner.",
    isWanted: ({ output }) => output.transform.pixelate > 1,
    apply: changing((picture, { workspace, output }) =>
      pixelate(workspace, picture, output.transform.pixelate),
    ),
  },
  {
    name: "background",
    options: ["background"],
    meaning: "Transparent pixels are laid over it; in JPEG over white.",
    isWanted: ({ output, isOpaque }) => !isOpaque && backgroundOf(output.transform) !== undefined,
    apply(picture, { workspace, output }) {
      const background = backgroundOf(output.transform);
      return background ? flatten(workspace, picture, background) : picture;
    },
  },
  {
    name: "canvas",
    options: ["border", "border.color"],
    meaning: "Padding of `fit=pad` in the background's colour, and the border around it.",
    isWanted: ({ output }) => isOnCanvas(output),
    apply: (picture, { workspace, output }) => placeOnCanvas(workspace, picture, output),
  },
  {
    name: "overlay",
    options: overlayNames,
    meaning: "The second picture of the form, over all that is there so far.",
    isWanted: ({ output }) => output.transform.overlay !== undefined,
    apply: changing((picture, { workspace, output, overlay }) => {
      if (overlay) drawOverlay(workspace, picture, output, overlay);
    }),
  },
  {
    name: "corners",
    options: ["border-radius"],
    meaning: "Round corners, clear or in a format without transparency of the background's colour.",
    isWanted: ({ output }) => output.transform["border-radius"] !== undefined,
    apply: (picture, { workspace, output: { transform } }) => {
      const rounded = roundCorners(workspace, picture, cornerRadii(picture, transform));
      const background = formats[transform.format].keeps.transparency
        ? undefined
        : backgroundOf(transform);
      return background ? flatten(workspace, rounded, background) : rounded;
    },
  },
];

/** The picture with every wanted step applied. */
export function applySteps(picture: Bitmap, work: StepWork): Bitmap {
  return steps.reduce(
    (done, step) =>
      step.isWanted({ ...work, isOpaque: done.opaque }) ? step.apply(done, work) : done,
    picture,
  );
}

const tones = ["brightness", "contrast", "gamma", "saturation"] as const;
const sharpenSigma = 1;

function changing(change: (picture: Bitmap, work: StepWork) => void): Step["apply"] {
  return (picture, work) => {
    change(picture, work);
    return picture;
  };
}

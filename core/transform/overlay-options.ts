import { decimalNumber, oneOf, option, pixelsOrFraction } from "./option-kinds.ts";

const position = (edge: string) =>
  option(pixelsOrFraction(0), {
    aliases: [],
    default: undefined,
    unset: "centred, unless the opposite edge is given",
    meaning: `How far the overlay is from the ${edge} edge: CSS pixels, or below 1 a fraction of the picture.`,
    examples: ["20"],
  });

/** The records of the overlay: where the uploaded second picture is drawn, how large and how often. */
export const overlayOptions = {
  "overlay.top": position("top"),
  "overlay.left": position("left"),
  "overlay.bottom": position("bottom"),
  "overlay.right": position("right"),
  "overlay.width": option(pixelsOrFraction(1), {
    aliases: [],
    default: undefined,
    unset: "keeps the aspect; without `overlay.height` too, the overlay's own size",
    meaning: "Width of the overlay: CSS pixels, or below 1 a fraction of the picture's width.",
    examples: ["120", "0.25"],
  }),
  "overlay.height": option(pixelsOrFraction(1), {
    aliases: [],
    default: undefined,
    unset: "keeps the aspect; without `overlay.width` too, the overlay's own size",
    meaning: "Height of the overlay: CSS pixels, or below 1 a fraction of the picture's height.",
    examples: ["40"],
  }),
  "overlay.fit": option(oneOf(["scale-down", "contain", "cover", "crop", "squeeze"]), {
    aliases: [],
    default: undefined,
    unset: "scale-down",
    meaning: "How the overlay is fitted to its width and height, as `fit` does it for the picture.",
    examples: ["contain"],
  }),
  "overlay.opacity": option(decimalNumber(0, 1), {
    aliases: [],
    default: undefined,
    unset: "1",
    meaning: "Opacity of the overlay: 1 shows it as it is, 0 not at all.",
    examples: ["0.5"],
  }),
  "overlay.repeat": option(oneOf(["true", "x", "y"]), {
    aliases: [],
    default: undefined,
    unset: "drawn once",
    meaning: "Repeats the overlay over the whole picture, or along one axis.",
    examples: ["true", "x"],
  }),
};

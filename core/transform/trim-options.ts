import { limits } from "../limits.ts";
import {
  cssColour,
  namedOr,
  pixelsOrFraction,
  sides,
  wholeNumber,
  type Option,
} from "./option-kinds.ts";
import type { OptionValues } from "./option-values.ts";
import type { Sides } from "./transform.ts";

type TrimName = Extract<keyof OptionValues, "trim" | `trim.${string}`>;

/** The records of `trim`: sides to cut off, a rectangle to keep, or a border to find. */
export const trimOptions: { readonly [Name in TrimName]-?: Option<OptionValues[Name]> } = {
  trim: {
    ...namedOr<Sides, "border">({ border: "border" }, sides(pixelsOrFraction(0))),
    aliases: [],
    default: undefined,
    unset: "nothing is cut off",
    meaning:
      "Cuts so much off each side before `flip` and `rotate`: pixels, or below 1 a fraction of the picture. `border` cuts off a border of one colour.",
    examples: ["20;30;20;0", "0.25;0;0.25;0", "border"],
  },
  "trim.top": {
    ...pixelsOrFraction(0),
    aliases: [],
    default: undefined,
    unset: "the top edge",
    meaning: "Cuts out a rectangle: where it begins, from the top.",
    examples: ["40"],
  },
  "trim.left": {
    ...pixelsOrFraction(0),
    aliases: [],
    default: undefined,
    unset: "the left edge",
    meaning: "Cuts out a rectangle: where it begins, from the left.",
    examples: ["30"],
  },
  "trim.width": {
    ...pixelsOrFraction(1),
    aliases: [],
    default: undefined,
    unset: "to the right edge",
    meaning: "Cuts out a rectangle: how wide it is.",
    examples: ["678", "0.5"],
  },
  "trim.height": {
    ...pixelsOrFraction(1),
    aliases: [],
    default: undefined,
    unset: "to the bottom edge",
    meaning: "Cuts out a rectangle: how high it is.",
    examples: ["678", "0.5"],
  },
  "trim.border.color": {
    ...cssColour,
    aliases: [],
    default: undefined,
    unset: "the top left pixel's",
    meaning: "Colour of the border that is cut off.",
    examples: ["#000000"],
  },
  "trim.border.tolerance": {
    ...wholeNumber(0, 255),
    aliases: [],
    default: 10,
    meaning:
      "How far a pixel's red, green, blue or alpha may be from the border's and still count.",
    examples: ["5"],
  },
  "trim.border.keep": {
    ...wholeNumber(0, limits.sourceSideMax),
    aliases: [],
    default: 0,
    meaning: "Pixels of the border that stay.",
    examples: ["10"],
  },
};

import { limits } from "../limits.ts";
import {
  cssColour,
  namedOr,
  option,
  pixelsOrFraction,
  sides,
  wholeNumber,
} from "./option-kinds.ts";
import type { Sides } from "./values.ts";

/** The records of `trim`: sides to cut off, a rectangle to keep, or a border to find. */
export const trimOptions = {
  trim: option(namedOr<Sides, "border">({ border: "border" }, sides(pixelsOrFraction(0))), {
    aliases: [],
    default: undefined,
    unset: "nothing is cut off",
    meaning:
      "Cuts this much off each side before `flip` and `rotate`: pixels, or below 1 a fraction of the picture. `border` cuts off a border of one colour.",
    examples: ["20;30;20;0", "0.25;0;0.25;0", "border"],
  }),
  "trim.top": option(pixelsOrFraction(0), {
    aliases: [],
    default: undefined,
    unset: "the top edge",
    meaning: "Top edge of the rectangle to keep.",
    examples: ["40"],
  }),
  "trim.left": option(pixelsOrFraction(0), {
    aliases: [],
    default: undefined,
    unset: "the left edge",
    meaning: "Left edge of the rectangle to keep.",
    examples: ["30"],
  }),
  "trim.width": option(pixelsOrFraction(1), {
    aliases: [],
    default: undefined,
    unset: "to the right edge",
    meaning: "Width of the rectangle to keep.",
    examples: ["678", "0.5"],
  }),
  "trim.height": option(pixelsOrFraction(1), {
    aliases: [],
    default: undefined,
    unset: "to the bottom edge",
    meaning: "Height of the rectangle to keep.",
    examples: ["678", "0.5"],
  }),
  "trim.border.color": option(cssColour, {
    aliases: [],
    default: undefined,
    unset: "the top left pixel's",
    meaning: "Colour of the border that is cut off.",
    examples: ["#000000"],
  }),
  "trim.border.tolerance": option(wholeNumber(0, 255), {
    aliases: [],
    default: 10,
    meaning:
      "How far a pixel's red, green, blue or alpha may be from the border's and still count.",
    examples: ["5"],
  }),
  "trim.border.keep": option(wholeNumber(0, limits.sourceSideMax), {
    aliases: [],
    default: 0,
    meaning: "Pixels of the border that stay.",
    examples: ["10"],
  }),
};

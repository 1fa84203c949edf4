import { formats, outputFormats, titlesOf, type OutputFormat } from "../image/formats.ts";
import { limits } from "../limits.ts";
import {
  corners,
  cssColour,
  decimalNumber,
  factor,
  focalPoint,
  namedOr,
  oneOf,
  onOff,
  option,
  sides,
  wholeNumber,
} from "./option-kinds.ts";
import type { FocalPoint } from "./values.ts";
import { overlayOptions } from "./overlay-options.ts";
import { trimOptions } from "./trim-options.ts";

const lossyFormats = outputFormats.filter((format) => formats[format].output.hasQuality);

const formatSynonyms = Object.fromEntries(
  outputFormats.flatMap((format) => formats[format].aliases.map((alias) => [alias, format])),
);

/** "85; AVIF 60" */
const qualityDefaults = [
  ...Map.groupBy(lossyFormats, (format) => formats[format].output.qualityDefault),
]
  .map(([quality, some], index) =>
    index === 0 ? `${quality}` : `${titlesOf(some, "and")} ${quality}`,
  )
  .join("; ");

const quality = namedOr<number>(
  { high: 90, "medium-high": 80, "medium-low": 65, low: 50 },
  wholeNumber(1, 100),
);

/** A record for every option, in the order in which they are written and documented. */
export const optionTable = {
  width: option(wholeNumber(1, limits.outputSideMax), {
    aliases: ["w"],
    default: undefined,
    unset: "keeps the aspect",
    meaning: "Width in CSS pixels, along the picture as it is after `rotate`.",
    examples: ["800"],
  }),
  height: option(wholeNumber(1, limits.outputSideMax), {
    aliases: ["h"],
    default: undefined,
    unset: "keeps the aspect",
    meaning: "Height in CSS pixels, along the picture as it is after `rotate`.",
    examples: ["600"],
  }),
  fit: option(oneOf(["scale-down", "contain", "cover", "crop", "aspect-crop", "pad", "squeeze"]), {
    aliases: [],
    default: "scale-down",
    meaning:
      "How the picture is fitted to `width` and `height` where its aspect differs from theirs.",
    examples: ["cover"],
  }),
  gravity: option(
    namedOr<FocalPoint, "auto">(
      {
        auto: "auto",
        face: "auto",
        center: { x: 0.5, y: 0.5 },
        left: { x: 0, y: 0.5 },
        right: { x: 1, y: 0.5 },
        top: { x: 0.5, y: 0 },
        bottom: { x: 0.5, y: 1 },
      },
      focalPoint,
    ),
    {
      aliases: ["g"],
      default: { x: 0.5, y: 0.5 },
      unset: "center",
      meaning:
        "What a `fit` that crops keeps in view: what draws the eye (`auto`, also written `face`: skin counts most), a side, or a focal point from `0x0` (left, top) to `1x1` (right, bottom), which is kept as near to the middle as the edges allow. `30%x20%` is CSS's `object-position: 30% 20%`.",
      examples: ["top", "0.5x0.2", "auto"],
    },
  ),
  zoom: option(decimalNumber(0, 1), {
    aliases: [],
    default: 0,
    meaning:
      "How closely a `fit` that crops cuts around `gravity`: 0 keeps as much as fits, 1 a quarter of that along each side, or as little as the `fit` need not enlarge.",
    examples: ["0.5"],
  }),
  dpr: option(decimalNumber(0.1, limits.dprMax), {
    aliases: [],
    default: 1,
    meaning:
      "Device pixels per CSS pixel: multiplies `width`, `height`, `border` and the pixels of `trim`.",
    examples: ["2", "1.5"],
  }),
  ...trimOptions,
  flip: option(oneOf<"" | "h" | "v" | "hv">(["h", "v", "hv"]), {
    aliases: [],
    default: "",
    unset: "none",
    meaning: "Mirrors the picture horizontally, vertically or both, before `rotate`.",
    examples: ["h"],
  }),
  rotate: option(oneOf([0, 90, 180, 270]), {
    aliases: [],
    default: 0,
    meaning: "Degrees by which the picture is turned clockwise, before it is resized.",
    examples: ["90"],
  }),
  background: option(cssColour, {
    aliases: [],
    default: undefined,
    unset: "white with `fit=pad`; else transparent where the format can be, white elsewhere",
    meaning:
      "Colour under transparent pixels and around a picture with `fit=pad`. `transparent` keeps both clear where the format can.",
    examples: ["#1e90ff", "rgb(240,40,145)", "tomato", "transparent"],
  }),
  border: option(sides(wholeNumber(0, limits.borderWidthMax)), {
    aliases: ["border.width"],
    default: undefined,
    unset: "none",
    meaning:
      "Width in CSS pixels of a border around the finished picture, which grows by it. One width, or one for each side.",
    examples: ["10", "5;10;5;10"],
  }),
  "border.color": option(cssColour, {
    aliases: [],
    default: { r: 0, g: 0, b: 0, a: 255 },
    meaning: "Colour of `border`.",
    examples: ["#ffffff"],
  }),
  "border-radius": option(corners(wholeNumber(0, limits.cornerRadiusMax)), {
    aliases: [],
    default: undefined,
    unset: "none",
    meaning:
      "Rounds the corners of the finished picture, its border included: radius in CSS pixels, once or for each corner. What is cut off is transparent where the format can be, else `background` or white.",
    examples: ["20", "40;0;40;0"],
  }),
  ...overlayOptions,
  blur: option(decimalNumber(0, limits.blurRadiusMax), {
    aliases: [],
    default: 0,
    meaning: "Radius of the blur in pixels of the rendition; 0 is none.",
    examples: ["20"],
  }),
  sharpen: option(decimalNumber(0, limits.sharpenStrengthMax), {
    aliases: [],
    default: 0,
    meaning: "Strength of the sharpening; 0 is none, and 1 suits a picture that was made smaller.",
    examples: ["1"],
  }),
  brightness: option(factor(limits.toneFactorMax), {
    aliases: [],
    default: 1,
    meaning: "Brightness factor. 0 or 1 leaves the picture unchanged.",
    examples: ["0.5", "1.2"],
  }),
  contrast: option(factor(limits.toneFactorMax), {
    aliases: [],
    default: 1,
    meaning:
      "Contrast factor: multiplies every tone's distance from middle grey. 0 or 1 leaves the picture unchanged.",
    examples: ["1.5"],
  }),
  gamma: option(factor(limits.toneFactorMax), {
    aliases: [],
    default: 1,
    meaning:
      "Lightens the midtones above 1 and darkens them below; black and white stay. 0 or 1 leaves the picture unchanged.",
    examples: ["0.5"],
  }),
  saturation: option(decimalNumber(0, limits.toneFactorMax), {
    aliases: [],
    default: 1,
    meaning: "Saturation factor. 0 is grey, 1 leaves the picture unchanged.",
    examples: ["0"],
  }),
  grayscale: option(onOff, {
    aliases: ["greyscale"],
    default: false,
    meaning: "Makes the picture grey, like `saturation=0`.",
    examples: ["true"],
  }),
  pixelate: option(wholeNumber(0, limits.pixelateMax), {
    aliases: [],
    default: 0,
    meaning: "Side of the squares, in pixels of the rendition, that become one colour; 0 is none.",
    examples: ["12"],
  }),
  format: option(oneOf<OutputFormat | "auto">(["auto", ...outputFormats], formatSynonyms), {
    aliases: ["f"],
    default: "auto",
    meaning:
      "Format of the rendition. `auto` chooses by the `Accept` header and by what the source needs; JPEG is always baseline. `json` makes no picture and describes the one that would be made.",
    examples: ["webp", "json"],
  }),
  quality: option(quality, {
    aliases: ["q"],
    default: undefined,
    unset: qualityDefaults,
    meaning: `Quality of ${titlesOf(lossyFormats, "and")}, from 1 to 100; 100 is lossless for WebP. \`high\`, \`medium-high\`, \`medium-low\` and \`low\` are 90, 80, 65 and 50. PNG is lossless and ignores it.`,
    examples: ["80", "medium-high"],
  }),
  max_bytes: option(wholeNumber(1, limits.outputBytesMax), {
    aliases: [],
    default: undefined,
    unset: "no bound",
    meaning:
      "Maximum file size in bytes: the best quality that fits is used, never more than `quality`. Not with PNG, which is lossless, or `json`.",
    examples: ["50000"],
  }),
  metadata: option(oneOf(["none", "copyright", "keep"]), {
    aliases: [],
    default: "none",
    meaning:
      "Which EXIF data of the source a JPEG keeps: none, copyright and artist, or all except the orientation, location included. Colours do not depend on it.",
    examples: ["copyright"],
  }),
  anim: option(onOff, {
    aliases: [],
    default: false,
    meaning:
      "Keeps all frames of an animation where the rendition's format can hold them, which is WebP; otherwise the first frame is rendered.",
    examples: ["true"],
  }),
  partial: option(oneOf(["refuse", "allow"]), {
    aliases: [],
    default: "refuse",
    meaning:
      "Whether a JPEG, PNG or GIF that is cut off or damaged is refused, or rendered as far as it can be read; its output then says `partial`. All outputs of a request must allow it.",
    examples: ["allow"],
  }),
  "slow-connection-quality": option(quality, {
    aliases: ["scq"],
    default: undefined,
    unset: "no other quality",
    meaning:
      "Accepted for compatibility with Cloudflare, without effect: a rendition is made once, for all clients.",
    examples: ["50"],
  }),
  compression: option(oneOf(["fast"]), {
    aliases: [],
    default: undefined,
    unset: "chosen by `format` and `quality`",
    meaning:
      "Accepted for compatibility with Cloudflare, where it may choose a faster format; without effect: `format` decides.",
    examples: ["fast"],
  }),
} as const;

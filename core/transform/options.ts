import { limits } from "../limits.ts";
import {
  cssColour,
  decimalNumber,
  focalPoint,
  namedOr,
  oneOf,
  wholeNumber,
  type JsonSchema,
  type OptionKind,
} from "./option-kinds.ts";
import type { Transform } from "./transform.ts";

/** All that is to be known of one option: what it is called, what it takes and what it does. */
export interface Option<Value> extends OptionKind<NonNullable<Value>> {
  /** Shorter names that mean the same. */
  readonly aliases: readonly string[];
  readonly default: Value;
  /** What happens without the option, in words, where the default's own text does not say it. */
  readonly unset?: string;
  /** One or two sentences. */
  readonly meaning: string;
  /** Texts that `parse` accepts. */
  readonly examples: readonly string[];
}

export type OptionName = keyof Transform;

/** A record for every field of a Transform, in the order in which options are written and documented. */
export const options: { readonly [Name in OptionName]: Option<Transform[Name]> } = {
  width: {
    ...wholeNumber(1, limits.outputSideMax),
    aliases: ["w"],
    default: undefined,
    unset: "keeps the aspect",
    meaning: "Width in CSS pixels, along the picture as it is after `rotate`.",
    examples: ["800"],
  },
  height: {
    ...wholeNumber(1, limits.outputSideMax),
    aliases: ["h"],
    default: undefined,
    unset: "keeps the aspect",
    meaning: "Height in CSS pixels, along the picture as it is after `rotate`.",
    examples: ["600"],
  },
  fit: {
    ...oneOf(["scale-down", "contain", "cover", "crop", "pad", "squeeze"]),
    aliases: [],
    default: "scale-down",
    meaning:
      "How the picture is fitted to `width` and `height` where its aspect differs from theirs.",
    examples: ["cover"],
  },
  gravity: {
    ...namedOr(
      {
        center: { x: 0.5, y: 0.5 },
        left: { x: 0, y: 0.5 },
        right: { x: 1, y: 0.5 },
        top: { x: 0.5, y: 0 },
        bottom: { x: 0.5, y: 1 },
      },
      focalPoint,
    ),
    aliases: ["g"],
    default: { x: 0.5, y: 0.5 },
    unset: "center",
    meaning:
      "What `fit=cover` and `fit=crop` keep in view: a side, or a focal point from `0x0` (left, top) to `1x1` (right, bottom).",
    examples: ["top", "0.5x0.2"],
  },
  dpr: {
    ...decimalNumber(0.1, limits.dprMax),
    aliases: [],
    default: 1,
    meaning: "Device pixels per CSS pixel: multiplies `width` and `height`.",
    examples: ["2", "1.5"],
  },
  flip: {
    ...oneOf<Transform["flip"]>(["h", "v", "hv"]),
    aliases: [],
    default: "",
    unset: "none",
    meaning: "Mirrors the picture horizontally, vertically or both, before `rotate`.",
    examples: ["h"],
  },
  rotate: {
    ...oneOf<Transform["rotate"]>([0, 90, 180, 270]),
    aliases: [],
    default: 0,
    meaning: "Turns the picture clockwise by so many degrees, before it is resized.",
    examples: ["90"],
  },
  background: {
    ...cssColour,
    aliases: [],
    default: undefined,
    unset: "transparent where the format can be, white elsewhere",
    meaning: "Colour under transparent pixels and around a picture with `fit=pad`.",
    examples: ["#1e90ff", "rgb(240,40,145)", "tomato"],
  },
  blur: {
    ...decimalNumber(0, limits.blurRadiusMax),
    aliases: [],
    default: 0,
    meaning: "Radius of the blur in pixels of the rendition; 0 is none.",
    examples: ["20"],
  },
  sharpen: {
    ...decimalNumber(0, limits.sharpenStrengthMax),
    aliases: [],
    default: 0,
    meaning: "Strength of the sharpening; 0 is none, and 1 suits a picture that was made smaller.",
    examples: ["1"],
  },
  format: {
    ...oneOf(["auto", "jpeg", "png", "webp"], { jpg: "jpeg", "baseline-jpeg": "jpeg" }),
    aliases: ["f"],
    default: "auto",
    meaning:
      "Format of the rendition. `auto` chooses by the `Accept` header and by what the source needs; JPEG is always baseline.",
    examples: ["webp"],
  },
  quality: {
    ...namedOr({ high: 90, "medium-high": 80, "medium-low": 65, low: 50 }, wholeNumber(1, 100)),
    aliases: ["q"],
    default: undefined,
    unset: "the format's own",
    meaning:
      "Size against fidelity for JPEG and WebP, where 100 is best; `high`, `medium-high`, `medium-low` and `low` are 90, 80, 65 and 50. PNG loses nothing and ignores it.",
    examples: ["80", "medium-high"],
  },
};

export const optionNames = Object.keys(options) as readonly OptionName[];

/** Every name and alias, and the option it stands for. */
export const optionsByName: ReadonlyMap<string, OptionName> = new Map(
  optionNames.flatMap((name) => [name, ...options[name].aliases].map((written) => [written, name])),
);

/** A value in its canonical text; empty where there is nothing to write. */
export function optionText<Name extends OptionName>(name: Name, value: Transform[Name]): string {
  const option: Option<Transform[Name]> = options[name];
  return value === undefined ? "" : option.format(value);
}

export const defaultText = (name: OptionName) => optionText(name, options[name].default);

/** A parameter object of OpenAPI 3.1. */
export interface QueryParameter {
  readonly name: string;
  readonly in: "query";
  readonly description: string;
  readonly schema: JsonSchema;
}

/** The query of a request that makes renditions, as OpenAPI 3.1 describes it. */
export function queryParameters(): readonly QueryParameter[] {
  const output: QueryParameter = {
    name: "output",
    in: "query",
    description:
      "The options of one rendition as a list, `width=800,format=webp`. Repeated, one for each rendition; then no option stands outside of it.",
    schema: { type: "array", items: { type: "string" }, maxItems: limits.outputsMax },
  };
  return [...optionNames.map(queryParameter), output];
}

function queryParameter(name: OptionName): QueryParameter {
  const { aliases, meaning, schema } = options[name];
  const also = aliases.map((alias) => ` Also written \`${alias}\`.`).join("");
  const fallback = schemaDefault(name);
  return {
    name,
    in: "query",
    description: `${meaning}${also}`,
    schema: fallback === undefined ? schema : { ...schema, default: fallback },
  };
}

function schemaDefault(name: OptionName): string | number | undefined {
  const value = options[name].default;
  return typeof value === "number" ? value : defaultText(name) || undefined;
}

import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { formatCssColour, parseCssColour } from "./css-colour.ts";
import type { Corners, FocalPoint, Rgba, Sides } from "./values.ts";

/** How one kind of value is read, written and described. */
export interface OptionKind<Value> {
  /** What may be given, in words that follow "must be". */
  readonly range: string;
  /** The same for machines: JSON Schema 2020-12 of the text as a query parameter. */
  readonly schema: JsonSchema;
  /** The error says what the text must be, in words that follow the option's name. */
  readonly parse: (text: string) => Result<Value, string>;
  /** Canonical: `parse` gives an equal value back, and equal values give equal text. */
  readonly format: (value: Value) => string;
}

/** Everything about one option: its name, what it takes and what it does. */
export type Option<Value, Default = Value | undefined> = OptionKind<Value> & About<Default>;

interface About<Default> {
  /** Shorter names that mean the same. */
  readonly aliases: readonly string[];
  /** Undefined: without the option there is no value. */
  readonly default: Default;
  /** What happens without the option, in words, where the default's own text does not say it. */
  readonly unset?: string;
  /** One or two sentences. */
  readonly meaning: string;
  /** Texts that `parse` accepts. */
  readonly examples: readonly string[];
}

/** The record of one option. */
export const option = <Value, const Default extends Value | undefined>(
  kindOfValue: OptionKind<Value>,
  about: About<Default>,
): Option<Value, Default> => ({ ...kindOfValue, ...about });

export interface JsonSchema {
  readonly type?: "integer" | "number" | "string" | "array" | "boolean";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly default?: string | number | boolean;
}

export const wholeNumber = (minimum: number, maximum: number): OptionKind<number> =>
  kind(
    `a whole number from ${minimum} to ${maximum}`,
    { type: "integer", minimum, maximum },
    (text) => (/^\d+$/.test(text) ? within(minimum, maximum, Number(text)) : undefined),
  );

/** Four decimals are kept: a finer difference shows in no pixel and would only split caches. */
export const decimalNumber = (minimum: number, maximum: number): OptionKind<number> =>
  kind(`a number from ${minimum} to ${maximum}`, { type: "number", minimum, maximum }, (text) =>
    parseDecimal(text, minimum, maximum),
  );

/** As a decimal number, but 0 is read as 1: Cloudflare ignores it where it would leave nothing to see. */
export function factor(maximum: number): OptionKind<number> {
  const number = decimalNumber(0, maximum);
  const parse = (text: string): Result<number, string> => {
    const parsed = number.parse(text);
    return parsed.ok && parsed.value === 0 ? ok(1) : parsed;
  };
  return { ...number, parse };
}

/** A length along a picture: whole pixels from `minimum`, or a fraction of the side, which is below 1. */
export function pixelsOrFraction(minimum: 0 | 1): OptionKind<number> {
  const maximum = limits.sourceSideMax;
  // Nothing from here on may be rounded up to 1, which would be a pixel.
  const [least, most] = [minimum * 1e-4, 1 - 1e-4];
  return kind(
    `a whole number from ${minimum} to ${maximum} or a fraction below 1`,
    { type: "number", minimum: least, maximum },
    (text) =>
      /^\d+$/.test(text) ? within(minimum, maximum, Number(text)) : parseDecimal(text, least, most),
  );
}

/** One number for all four sides or four in the order of CSS, between semicolons. */
export function sides(each: OptionKind<number>): OptionKind<Sides> {
  return kind(
    `${each.range}, once or as top;right;bottom;left`,
    { type: "string", pattern: fourNumbers },
    (text) => {
      const four = readFour(text, each);
      if (!four) return undefined;
      const [top, right, bottom, left] = four;
      return { top, right, bottom, left };
    },
    ({ top, right, bottom, left }) => writeFour([top, right, bottom, left], each),
  );
}

/** One of a few values, each written as itself; synonyms are read and never written. */
export function oneOf<const Value extends string | number>(
  values: readonly Value[],
  synonyms: Readonly<Record<string, Value>> = {},
): OptionKind<Value> {
  const named = new Map(Object.entries(synonyms));
  for (const value of values) named.set(String(value), value);
  const accepted = [...values, ...Object.keys(synonyms)];
  const type = accepted.every((each) => typeof each === "number") ? "integer" : "string";
  return kind(inWords(accepted), { type, enum: accepted }, (text) => named.get(text));
}

/** A name for one of the values of another kind or for itself, or whatever that kind reads. */
export function namedOr<Value extends number | object, Word extends string = never>(
  names: Readonly<Record<string, Value | Word>>,
  other: OptionKind<Value>,
): OptionKind<Value | Word> {
  const named = new Map(Object.entries(names));
  return kind(
    inWords([...named.keys(), other.range]),
    { anyOf: [{ type: "string", enum: [...named.keys()] }, other.schema] },
    (text) => named.get(text) ?? valueOf(other.parse(text)),
    (value) => (typeof value === "string" ? value : other.format(value)),
  );
}

export const onOff: OptionKind<boolean> = kind("true or false", { type: "boolean" }, (text) =>
  text === "true" || text === "false" ? text === "true" : undefined,
);

/** One number for all four corners or four in the order of CSS, between semicolons. */
export function corners(each: OptionKind<number>): OptionKind<Corners> {
  return kind(
    `${each.range}, once or as top-left;top-right;bottom-right;bottom-left`,
    { type: "string", pattern: fourNumbers },
    (text) => {
      const four = readFour(text, each);
      if (!four) return undefined;
      const [topLeft, topRight, bottomRight, bottomLeft] = four;
      return { topLeft, topRight, bottomRight, bottomLeft };
    },
    ({ topLeft, topRight, bottomRight, bottomLeft }) =>
      writeFour([topLeft, topRight, bottomRight, bottomLeft], each),
  );
}

export const focalPoint: OptionKind<FocalPoint> = kind(
  "a point XxY with X and Y from 0 to 1, or from 0% to 100%",
  {
    type: "string",
    pattern: String.raw`^((0?\.\d+|0|1(\.0+)?)x(0?\.\d+|0|1(\.0+)?)|\d?\d(\.\d+)?%x\d?\d(\.\d+)?%)$`,
  },
  (text): FocalPoint | undefined => {
    const whole = /%x.*%$/.test(text) ? 100 : 1;
    const parts = (whole === 1 ? text : text.replace(/%(?=x|$)/g, "")).split("x");
    const [x, y, ...rest] = parts.map((part) => parseDecimal(part, 0, whole));
    if (x === undefined || y === undefined || rest.length > 0) return undefined;
    const point = { x: share(x / whole), y: share(y / whole) };
    // At the edges and in the middle both readings are the same.
    const isSame = (2 * point.x) % 1 === 0 && (2 * point.y) % 1 === 0;
    return whole === 1 || isSame ? point : { ...point, isPosition: true };
  },
  ({ x, y, isPosition }) => (isPosition ? `${percent(x)}x${percent(y)}` : `${x}x${y}`),
);

const share = (x: number) => Math.round(x * 1e6) / 1e6;
const percent = (x: number) => `${Math.round(x * 1e6) / 1e4}%`;

export const cssColour: OptionKind<Rgba> = kind(
  "a CSS colour: #rgb, #rrggbb, #rrggbbaa, rgb(), rgba(), hsl(), hsla() or a name",
  { type: "string" },
  parseCssColour,
  formatCssColour,
);

function kind<Value>(
  range: string,
  schema: JsonSchema,
  read: (text: string) => Value | undefined,
  format: (value: Value) => string = String,
): OptionKind<Value> {
  const parse = (text: string): Result<Value, string> => {
    const value = read(text);
    return value === undefined ? err(`must be ${range}`) : ok(value);
  };
  return { range, schema, parse, format };
}

/** Plain digits with at most one point: no sign, no exponent, nothing else `Number` would take. */
function parseDecimal(text: string, minimum: number, maximum: number): number | undefined {
  const isPlain = /^(\d+\.?\d*|\.\d+)$/.test(text);
  const value = isPlain ? within(minimum, maximum, Number(text)) : undefined;
  return value === undefined ? undefined : Math.round(value * 1e4) / 1e4;
}

const within = (minimum: number, maximum: number, value: number) =>
  value >= minimum && value <= maximum ? value : undefined;

const fourNumbers = String.raw`^[\d.]+(;[\d.]+;[\d.]+;[\d.]+)?$`;

type Four = readonly [number, number, number, number];

/** One number stands for all four. */
function readFour(text: string, each: OptionKind<number>): Four | undefined {
  const numbers = text.split(";").map((part) => valueOf(each.parse(part)));
  const [first, ...rest] = numbers;
  const [second, third, fourth] = rest.length === 0 ? [first, first, first] : rest;
  if (rest.length !== 0 && rest.length !== 3) return undefined;
  if (first === undefined || second === undefined) return undefined;
  return third === undefined || fourth === undefined ? undefined : [first, second, third, fourth];
}

function writeFour(four: Four, each: OptionKind<number>): string {
  return four.every((number) => number === four[0])
    ? each.format(four[0])
    : four.map(each.format).join(";");
}

const valueOf = <Value>(result: Result<Value, string>) => (result.ok ? result.value : undefined);

function inWords(choices: readonly (string | number)[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter(Boolean).join(" or ");
}

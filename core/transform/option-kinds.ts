import { err, ok, type Result } from "../result.ts";
import { formatCssColour, parseCssColour } from "./css-colour.ts";
import type { Gravity, Rgba } from "./transform.ts";

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

export interface JsonSchema {
  readonly type?: "integer" | "number" | "string" | "array";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly default?: string | number;
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

/** One of a few values, each written as itself; synonyms are read and never written. */
export function oneOf<Value extends string | number>(
  values: readonly Value[],
  synonyms: Readonly<Record<string, Value>> = {},
): OptionKind<Value> {
  const named = new Map(Object.entries(synonyms));
  for (const value of values) named.set(String(value), value);
  const accepted = [...values, ...Object.keys(synonyms)];
  return kind(inWords(accepted), { enum: accepted }, (text) => named.get(text));
}

/** A name for one of the values of another kind, or whatever that kind reads. */
export function namedOr<Value>(
  names: Readonly<Record<string, Value>>,
  other: OptionKind<Value>,
): OptionKind<Value> {
  const named = new Map(Object.entries(names));
  return kind(
    inWords([...named.keys(), other.range]),
    { anyOf: [{ enum: [...named.keys()] }, other.schema] },
    (text) => named.get(text) ?? valueOf(other.parse(text)),
    other.format,
  );
}

export const focalPoint: OptionKind<Gravity> = kind(
  "a point XxY with X and Y from 0 to 1",
  { type: "string", pattern: String.raw`^(0?\.\d+|0|1(\.0+)?)x(0?\.\d+|0|1(\.0+)?)$` },
  (text) => {
    const [x, y, ...rest] = text.split("x").map((part) => parseDecimal(part, 0, 1));
    return x === undefined || y === undefined || rest.length > 0 ? undefined : { x, y };
  },
  ({ x, y }) => `${x}x${y}`,
);

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

const valueOf = <Value>(result: Result<Value, string>) => (result.ok ? result.value : undefined);

function inWords(choices: readonly (string | number)[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter(Boolean).join(" or ");
}

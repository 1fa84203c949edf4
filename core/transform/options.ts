import { limits } from "../limits.ts";
import type { JsonSchema, Option } from "./option-kinds.ts";
import { optionTable } from "./option-table.ts";
import type { OptionName, OptionValues } from "./option-values.ts";

/** In the order in which options are written and documented. */
export const optionNames = Object.keys(optionTable) as readonly OptionName[];

/** Every name and alias, and the option it stands for. */
export const optionsByName: ReadonlyMap<string, OptionName> = new Map(
  optionNames.flatMap((name) =>
    [name, ...optionTable[name].aliases].map((written) => [written, name]),
  ),
);

/** The record of one option, typed by its value. */
export function optionOf<Name extends OptionName>(
  name: Name,
): Option<NonNullable<OptionValues[Name]>, OptionValues[Name]> {
  const records: { readonly [name: string]: unknown } = optionTable;
  return records[name] as Option<NonNullable<OptionValues[Name]>, OptionValues[Name]>;
}

export const defaultOf = <Name extends OptionName>(name: Name): OptionValues[Name] =>
  optionOf(name).default;

/** A value in its canonical text; empty where there is nothing to write. */
export function optionText<Name extends OptionName>(
  name: Name,
  value: OptionValues[Name] | undefined,
): string {
  return value === undefined ? "" : optionOf(name).format(value);
}

export const defaultText = (name: OptionName) => optionText(name, defaultOf(name));

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
  const { aliases, meaning, schema } = optionTable[name];
  const also = aliases.map((alias) => ` Also written \`${alias}\`.`).join("");
  const fallback = schemaDefault(name);
  return {
    name,
    in: "query",
    description: `${meaning}${also}`,
    schema: fallback === undefined ? schema : { ...schema, default: fallback },
  };
}

function schemaDefault(name: OptionName): JsonSchema["default"] {
  const value = defaultOf(name);
  const isPlain = typeof value === "number" || typeof value === "boolean";
  return isPlain ? value : defaultText(name) || undefined;
}

import { limits } from "../limits.ts";
import { err, ok, type Err, type Result } from "../result.ts";
import { shorten } from "../shorten.ts";
import { nearestName } from "./nearest-name.ts";
import {
  transformOf,
  valuesOf,
  type GivenValues,
  type OptionFailure,
} from "./options-to-transform.ts";
import type { OptionName } from "./option-values.ts";
import { defaultText, optionNames, optionOf, optionsByName, optionText } from "./options.ts";
import type { Transform } from "./transform.ts";

/**
 * Reads the query of a request: either the options of one rendition (`width=800&format=webp`) or an
 * option list for each (`output=width=800,format=webp&output=w=320`). No parameter at all means one
 * rendition with every default: the picture encoded again at its own size.
 */
export function parseOutputs(
  parameters: Iterable<readonly [string, string]>,
): Result<readonly Transform[], OptionFailure> {
  const lists: string[] = [];
  const pairs: (readonly [string, string])[] = [];
  let chars = 0;
  for (const [name, value] of parameters) {
    chars += name.length + value.length;
    if (chars > limits.optionsCharsMax) return refuseLength(name);
    if (name === "output") lists.push(value);
    else pairs.push([name, value]);
  }
  if (lists.length === 0) {
    const only = parseTransform(pairs);
    return only.ok ? ok([only.value]) : only;
  }
  const beside = pairs[0]?.[0];
  if (beside !== undefined) return refuseBeside(beside);
  if (lists.length > limits.outputsMax) return refuseCount(lists.length);
  const transforms: Transform[] = [];
  for (const list of lists) {
    const parsed = parseOptionList(list);
    if (!parsed.ok) return parsed;
    transforms.push(parsed.value);
  }
  return ok(transforms);
}

/** Reads `width=800,format=webp`, where commas inside a colour's brackets separate nothing. */
export function parseOptionList(text: string): Result<Transform, OptionFailure> {
  if (text.length > limits.optionsCharsMax) return refuseLength("output");
  if (hasBlankItem(text))
    return refuse("output", `${quote(text)} has a comma with no option before it.`);
  const pairs: (readonly [string, string])[] = [];
  for (const item of text.match(/(?:\([^)]*\)?|[^,(])+/g) ?? []) {
    if (item.trim() === "") continue;
    const equals = item.indexOf("=");
    if (equals < 0) return refuse(item, `${quote(item)} is not written as name=value.`);
    pairs.push([item.slice(0, equals).trim(), item.slice(equals + 1).trim()]);
  }
  return parseTransform(pairs);
}

/** Nothing between two commas, or before the first; one comma may end a list. */
function hasBlankItem(text: string): boolean {
  const beforeCommas = text
    .replace(/\([^)]*\)?/g, "()")
    .split(",")
    .slice(0, -1);
  return beforeCommas.some((item) => item.trim() === "");
}

/** Reads the options of one rendition, each given at most once; those not given have their default. */
export function parseTransform(
  pairs: Iterable<readonly [string, string]>,
): Result<Transform, OptionFailure> {
  const given: GivenValues = {};
  const seen = new Map<OptionName, string>();
  for (const [written, text] of pairs) {
    const name = optionsByName.get(written);
    if (name === undefined) return refuseUnknown(written);
    const before = seen.get(name);
    if (before !== undefined) return refuseTwice(before, written);
    seen.set(name, written);
    const words = read(given, name, text);
    if (words !== undefined) return refuse(written, `${written} ${words}, not ${quote(text)}.`);
  }
  return transformOf(given);
}

/**
 * The canonical option list: full names in the order of the option table, without defaults. Equal
 * transforms give equal text, and `parseOptionList` gives the transform back.
 */
export function formatTransform(transform: Transform): string {
  const values = valuesOf(transform);
  return optionNames
    .map((name) => [name, optionText(name, values[name])] as const)
    .filter(([name, text]) => text !== "" && text !== defaultText(name))
    .map(([name, text]) => `${name}=${text}`)
    .join(",");
}

/** Reads one value into `given`, or says what it must be. */
function read<Name extends OptionName>(
  given: GivenValues,
  name: Name,
  text: string,
): string | undefined {
  const parsed = optionOf(name).parse(text);
  if (!parsed.ok) return parsed.error;
  given[name] = parsed.value;
  return undefined;
}

function refuseUnknown(name: string): Err<OptionFailure> {
  const meant = nearestName(name, [...optionNames, "output"]);
  const hint = meant ? `Did you mean ${meant}?` : `The options are ${optionNames.join(", ")}.`;
  return refuse(name, `There is no option ${quote(name)}. ${hint}`);
}

function refuseTwice(before: string, again: string): Err<OptionFailure> {
  return before === again
    ? refuse(again, `${again} is given twice; give it once.`)
    : refuse(again, `${before} and ${again} are the same option; give one of them.`);
}

function refuseBeside(name: string): Err<OptionFailure> {
  if (!optionsByName.has(name)) return refuseUnknown(name);
  return refuse(name, `${name} cannot be combined with output. Put it inside: output=${name}=…`);
}

function refuseCount(count: number): Err<OptionFailure> {
  return refuse(
    "output",
    `${count} outputs are too many; at most ${limits.outputsMax} are allowed.`,
  );
}

function refuseLength(name: string): Err<OptionFailure> {
  return refuse(name, `The options are longer than ${limits.optionsCharsMax} characters.`);
}

const refuse = (option: string, detail: string): Err<OptionFailure> =>
  err({ option: shorten(option), detail });

const quote = (text: string) => JSON.stringify(shorten(text));

import { formats, sourceFormats, type SourceFormat } from "./formats.ts";
import type { Refusal } from "./refusal.ts";

/** The refusal of a picture whose format is not switched on here; undefined where it is read. */
export function refuseSwitchedOff(
  format: SourceFormat,
  switchedOn: readonly SourceFormat[],
): Refusal | undefined {
  const { title, source } = formats[format];
  if (source.switchedOnBy === undefined || switchedOn.includes(format)) return undefined;
  const detected = `a ${title} picture`;
  return { reason: "unsupported_format", detected, remedy: source.switchedOnBy };
}

/** Formats that an operator can switch on. */
const optionalFormats: readonly string[] = sourceFormats.filter(
  (format) => formats[format].source.switchedOnBy !== undefined,
);

/** From a setting: names of formats between commas. Unknown ones are ignored. */
export function parseSwitchedOn(setting = ""): readonly SourceFormat[] {
  const names = new Set(setting.split(",").map((name) => name.trim()));
  return sourceFormats.filter((format) => names.has(format));
}

/** What is wrong with such a setting, a sentence each. */
export function switchedOnFaults(setting: string | undefined): string[] {
  if (!setting) return [];
  return setting
    .split(",")
    .map((name) => name.trim())
    .filter((name) => !optionalFormats.includes(name))
    .map((name) => `OPTIONAL_FORMATS names "${name}"; it may name ${optionalFormats.join(", ")}.`);
}

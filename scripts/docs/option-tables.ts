import {
  formats,
  outputFormats,
  sourceFormats,
  type PictureFormat,
  type SourceFormat,
} from "../../core/image/formats.ts";
import { limits } from "../../core/limits.ts";
import { optionTable } from "../../core/transform/option-table.ts";
import type { OptionName } from "../../core/transform/option-values.ts";
import { defaultText, optionNames } from "../../core/transform/options.ts";
import { steps } from "../../engine/pipeline.ts";
import { code, table } from "./markdown.ts";

export const optionsTable = (): string =>
  table(["option", "alias", "value", "default", "meaning", "examples"], optionNames.map(optionRow));

function optionRow(name: OptionName): readonly string[] {
  const { aliases, range, unset, meaning, examples } = optionTable[name];
  return [
    code(name),
    aliases.map(code).join(", "),
    range,
    unset ?? code(defaultText(name)),
    meaning,
    examples.map((example) => code(`${name}=${example}`)).join(", "),
  ];
}

export const stepsTable = (): string =>
  table(
    ["step", "options", "what it does"],
    steps.map(({ name, options, meaning }) => [name, options.map(code).join(", "), meaning]),
  );

export const outputBounds = (): string =>
  `A request has at most ${limits.outputsMax} outputs and ${limits.optionsCharsMax} characters of options.`;

export const autoAvifBound = (): string =>
  `AVIF is chosen for renditions of at most ${limits.autoAvifPixelsMax / 1e6} million pixels.`;

export function formatsTable(): string {
  const names = new Set([...sourceFormats, ...outputFormats].filter((name) => name !== "json"));
  return table(
    ["format", "read", "written", "transparency", "animation", "EXIF", "default quality"],
    [...names].map(formatRow),
  );
}

function formatRow(name: SourceFormat | PictureFormat): readonly string[] {
  const { title, mediaType, source, output, keeps } = formats[name];
  const yesNo = (is: boolean) => (is ? "yes" : "no");
  const kept = (does: boolean) => (output ? yesNo(does) : "");
  return [
    `${title} (\`${mediaType}\`)`,
    source?.switchedOnBy === undefined ? yesNo(source !== undefined) : "if switched on",
    yesNo(output !== undefined),
    kept(keeps.transparency),
    kept(keeps.animation),
    kept(keeps.metadata),
    output?.hasQuality ? String(output.qualityDefault) : "",
  ];
}

import { avif } from "./avif/format.ts";
import type { FormatRecord, OutputRecord, SourceRecord } from "./format-record.ts";
import { gif } from "./gif/format.ts";
import { heic } from "./heic/format.ts";
import { jpeg } from "./jpeg/format.ts";
import { json } from "./json-format.ts";
import { png } from "./png/format.ts";
import { webp } from "./webp/format.ts";

/** A record for every format, in the order in which they are documented. */
const records = { jpeg, png, webp, gif, avif, heic, json } as const satisfies Record<
  string,
  FormatRecord
>;

type Records = typeof records;
type FormatName = keyof Records;

/** What is read. */
export type SourceFormat = {
  [Name in FormatName]: Records[Name]["source"] extends SourceRecord ? Name : never;
}[FormatName];

/** What a rendition can be. `json` describes it and makes none. */
export type OutputFormat = {
  [Name in FormatName]: Records[Name]["output"] extends OutputRecord ? Name : never;
}[FormatName];

/** What a file is encoded as. */
export type PictureFormat = Exclude<OutputFormat, "json">;

/** The records, each with what it is sure to have. */
export const formats: {
  readonly [Name in FormatName]: FormatRecord & {
    readonly source: Name extends SourceFormat ? SourceRecord : undefined;
    readonly output: Name extends OutputFormat ? OutputRecord : undefined;
  };
} = records;

const names = Object.keys(records) as readonly FormatName[];

export const sourceFormats = names.filter(
  (name): name is SourceFormat => records[name].source !== undefined,
);

/** What is read wherever the service runs. */
export const alwaysRead = sourceFormats.filter(
  (name) => formats[name].source.switchedOnBy === undefined,
);

export const outputFormats = names.filter(
  (name): name is OutputFormat => records[name].output !== undefined,
);

/** The media type of a file in this format, for Content-Type. */
export const mediaType = (format: FormatName): string => formats[format].mediaType;

/** "JPEG, WebP or AVIF" */
export function titlesOf(some: readonly FormatName[], lastJoin: "and" | "or"): string {
  const titles = some.map((name) => formats[name].title);
  return [titles.slice(0, -1).join(", "), ...titles.slice(-1)]
    .filter(Boolean)
    .join(` ${lastJoin} `);
}

import type { DialectSecrets } from "../../../core/delivery/dialects/dialect.ts";
import { dialects, readUrl } from "../../../core/delivery/read-url.ts";
import { formatTransform } from "../../../core/transform/grammar.ts";

export const every = dialects.map(({ name }) => name);
export const now = Date.UTC(2030, 0, 1);

/** What a URL's path and query ask for, as `options @ source`, or why it is refused. */
export function read(written: string, switchedOn?: readonly string[], secrets?: DialectSecrets) {
  const reading = readingOf(written, switchedOn, secrets);
  if (reading === null) return "none";
  if (!reading.ok) {
    return reading.error.kind === "unreadable" ? `${reading.error.option}!` : reading.error.kind;
  }
  const { source, rendition, onerror } = reading.value;
  const options = "preset" in rendition ? `preset ${rendition.preset}` : formatTransform(rendition);
  const from =
    source.kind === "remote" ? source.url.href : source.kind === "path" ? source.path : source.id;
  return `${options}${onerror ? " onerror" : ""} @ ${from}`;
}

export function readingOf(
  written: string,
  switchedOn: readonly string[] = every,
  secrets: DialectSecrets = {},
) {
  const [path = "", query = ""] = written.split(/\?(.*)/s);
  return readUrl({ path, query, secrets, now }, switchedOn);
}

export const id = `img_${"0".repeat(26)}`;

import { parseOptionList } from "../transform/grammar.ts";
import { ok } from "../result.ts";
import { unreadable, type Reading } from "./asked.ts";
import { presetNamePattern, presetNameRule } from "./preset-name.ts";
import { decodeOnce, parseSource } from "./source-reference.ts";

/**
 * `/image/<options>/<source>`, and Cloudflare's own `/cdn-cgi/image/…`, in Cloudflare's grammar. The source is
 * an id, an absolute URL or a path, raw or encoded; a raw one keeps its query. Null: the path has another form.
 */
export function readImagePath(path: string, query: string): Reading | null {
  const [, options, rest] = /^\/(?:cdn-cgi\/)?image\/([^/]+)\/(.+)/s.exec(path) ?? [];
  if (options === undefined || rest === undefined) {
    if (!/^\/(cdn-cgi\/)?image(\/|$)/.test(path)) return null;
    return unreadable("source", "Write the URL as /image/<options>/<source>.");
  }
  const decoded = decodeOnce(options);
  if (decoded === null) return unreadable("options", "The options' escapes cannot be decoded.");
  const source = plainSource(rest, query);
  if (source === null) return unreadable("source", "The source's escapes cannot be decoded.");
  return readOptionSegment(decoded, source);
}

/** A source as it stands at the end of such a URL, raw or encoded, in plain text. Null: its escapes cannot be decoded. */
export function plainSource(rest: string, query: string): string | null {
  const isEncoded = /^(?:[a-z][a-z0-9+.-]*%3a|%2f|%5c)/i.test(rest);
  // unpic escapes the question mark of a raw URL, and no more.
  const raw = query === "" && /^https?:/i.test(rest) ? rest.replace(/%3f/i, "?") : rest;
  const source = isEncoded ? decodeOnce(rest) : raw;
  return source === null || query === "" ? source : `${source}?${query}`;
}

/** The options of one picture: Cloudflare's list, or `preset=<name>` alone. */
export function readOptionSegment(options: string, sourceText: string): Reading {
  const source = parseSource(sourceText);
  if (!source.ok) return unreadable("source", `The source ${source.error}.`);
  // Commas inside a colour separate too: what is kept is joined again.
  const items = options.split(",");
  const kept = items.filter((item) => !item.startsWith("onerror="));
  const onerrors = items.filter((item) => item.startsWith("onerror="));
  if (onerrors.length > 1) return unreadable("onerror", "onerror is given twice; give it once.");
  if (onerrors.some((item) => item !== "onerror=redirect")) {
    return unreadable("onerror", "onerror must be redirect.");
  }
  const failure = onerrors.length === 0 ? null : ("redirect" as const);
  const preset = kept.find((item) => item.startsWith("preset="));
  if (preset !== undefined) {
    if (kept.length > 1) return unreadable("preset", "preset must be the only option.");
    const name = preset.slice("preset=".length);
    if (!presetNamePattern.test(name)) {
      return unreadable("preset", presetNameRule);
    }
    return ok({
      source: source.value,
      rendition: { preset: name },
      onerror: failure,
      expiresAt: null,
    });
  }
  const rendition = parseOptionList(kept.join(","));
  if (!rendition.ok) return unreadable(rendition.error.option, rendition.error.detail);
  return ok({
    source: source.value,
    rendition: rendition.value,
    onerror: failure,
    expiresAt: null,
  });
}

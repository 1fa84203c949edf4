import { ask, notOffered, unreadable, type Pairs, type Reading } from "../asked.ts";
import { decodeOnce } from "../source-reference.ts";
import type { Dialect } from "./dialect.ts";
import { entry } from "./entry.ts";
import { gravityAt } from "./position.ts";

/** ipx, which @nuxt/image and unpic write: `/_ipx/<modifiers>/<source>` (ipx 3 and 4). */
export const ipx: Dialect = {
  name: "ipx",
  read({ path, query }) {
    const [, modifiers, escaped] = /^\/_ipx\/([^/]+)\/(.+)/s.exec(path) ?? [];
    if (modifiers === undefined || escaped === undefined) {
      return path.startsWith("/_ipx/") ? unreadable("source", "The source is missing.") : null;
    }
    const source = decodeOnce(escaped);
    if (source === null) return unreadable("source", "The source's escapes cannot be decoded.");
    return readModifiers(modifiers, query === "" ? source : `${source}?${query}`);
  },
};

function readModifiers(modifiers: string, source: string): Reading {
  const asked = new Map<string, string>();
  for (const item of modifiers === "_" ? [] : modifiers.split(/[&,]/)) {
    const nameEnd = item.search(/[_:=]|$/);
    const name = item.slice(0, nameEnd);
    const value = decodeOnce(item.slice(nameEnd + 1));
    const full = entry(names, name);
    if (value === null || full === undefined) return notOffered(item);
    if (asked.has(full)) return unreadable(name, `${JSON.stringify(name)} is given twice.`);
    asked.set(full, value);
  }
  const pairs = pairsOf(asked);
  return Array.isArray(pairs) ? ask(source, pairs) : notOffered(pairs as string);
}

/** Modifiers and their short names, as far as we can do what they say. */
const names: Readonly<Record<string, string>> = {
  w: "width",
  width: "width",
  h: "height",
  height: "height",
  s: "resize",
  resize: "resize",
  f: "format",
  format: "format",
  q: "quality",
  quality: "quality",
  fit: "fit",
  pos: "position",
  position: "position",
  b: "background",
  background: "background",
  blur: "blur",
  rotate: "rotate",
  flip: "flip",
  flop: "flop",
  enlarge: "enlarge",
  gamma: "gamma",
  grayscale: "grayscale",
};

const fits: Readonly<Record<string, string>> = {
  cover: "cover",
  contain: "pad",
  fill: "squeeze",
  inside: "scale-down",
};

/** Options under our names, or the modifier that cannot be done. */
function pairsOf(asked: ReadonlyMap<string, string>): Pairs | string {
  const resize = asked.get("resize");
  const [, width, height] = /^(\d+)x(\d+)$/.exec(resize ?? "") ?? [];
  if (resize !== undefined && width === undefined) return `resize_${resize}`;
  const pairs: [string, string][] = [];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) pairs.push([name, value]);
  };
  add("width", width ?? asked.get("width"));
  add("height", height ?? asked.get("height"));

  const fit = asked.get("fit");
  if (fit !== undefined && entry(fits, fit) === undefined) return `fit_${fit}`;
  // A box is shrunk to the source at its own ratio and then covered, unless it may enlarge.
  const both = pairs.length === 2;
  const covered = asked.has("enlarge") ? "cover" : "aspect-crop";
  add("fit", fit === "cover" || (fit === undefined && both) ? covered : entry(fits, fit ?? ""));

  const position = asked.get("position");
  add("gravity", gravityAt(position ?? "") ?? position);
  add("background", asked.get("background")?.replace(/^(?=[0-9a-f]{3,8}$)/i, "#"));
  // ipx names the axis that moves: its flip is up and down.
  const mirrored = `${asked.has("flop") ? "h" : ""}${asked.has("flip") ? "v" : ""}`;
  add("flip", mirrored === "" ? undefined : mirrored);
  if (asked.has("grayscale")) add("saturation", "0");
  for (const name of ["format", "quality", "blur", "rotate", "gamma"]) add(name, asked.get(name));
  return pairs;
}

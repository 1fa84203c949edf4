import { ask, notOffered, unreadable, type Pairs } from "../asked.ts";
import type { Dialect } from "./dialect.ts";
import { entry } from "./entry.ts";
import { gravityAt } from "./position.ts";
import { readQuery } from "./query.ts";

/** Astro's image endpoint: `/_image?href=&w=&h=&q=&f=&fit=&position=&background=` (astro 7). */
export const astroImage: Dialect = {
  name: "astro",
  read({ path, query }) {
    if (!/^\/_image\/?$/.test(path)) return null;
    const values = readQuery(query);
    if (!values.ok) return values;
    const pairs: Pairs[number][] = [];
    for (const [name, value] of values.value) {
      if (name === "href") continue;
      const pair = entry(parameters, name)?.(value);
      if (pair === undefined) return notOffered(name);
      if (pair === null) return notOffered(`${name}=${value}`);
      pairs.push(...pair);
    }
    const source = values.value.get("href");
    if (source === undefined) return unreadable("href", '"href" is missing.');
    return ask(source, values.value.has("f") ? pairs : [...pairs, ["format", "webp"]]);
  },
};

const qualities: Readonly<Record<string, string>> = {
  low: "25",
  mid: "50",
  high: "80",
  max: "100",
};
const fits: Readonly<Record<string, string>> = {
  cover: "cover",
  contain: "pad",
  fill: "squeeze",
  inside: "scale-down",
  "scale-down": "scale-down",
};

/** Null: the parameter is known, this value is not. */
const parameters: Readonly<Record<string, (value: string) => Pairs | null>> = {
  w: (value) => [["width", value]],
  h: (value) => [["height", value]],
  q: (value) => [["quality", entry(qualities, value) ?? value]],
  f: (value) => [["format", value]],
  fit: (value) => {
    const fit = entry(fits, value);
    return fit === undefined ? null : [["fit", fit]];
  },
  position: (value) => {
    const gravity = gravityAt(value);
    return gravity === null ? null : [["gravity", gravity]];
  },
  background: (value) => [["background", value]],
};

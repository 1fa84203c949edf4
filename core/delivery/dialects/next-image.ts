import { ask, notOffered, unreadable, type Reading } from "../asked.ts";
import type { Dialect } from "./dialect.ts";
import { readQuery } from "./query.ts";

/** `next/image`'s default loader: `/_next/image?url=&w=&q=` (next 16). */
export const nextImage: Dialect = {
  name: "next",
  read: ({ path, query }) => (/^\/_next\/image\/?$/.test(path) ? readImageQuery(query) : null),
};

/** Vercel's image API, which Nuxt, unpic and Astro also write: the same grammar. */
export const vercelImage: Dialect = {
  name: "vercel",
  read: ({ path, query }) => (path === "/_vercel/image" ? readImageQuery(query) : null),
};

function readImageQuery(query: string): Reading {
  const values = readQuery(query);
  if (!values.ok) return values;
  for (const name of ["url", "w", "q"]) {
    if (!values.value.has(name)) return unreadable(name, `${JSON.stringify(name)} is missing.`);
  }
  // `dpl` names the deployment that a page came from; the picture is the same for all.
  const other = [...values.value.keys()].find((name) => !["url", "w", "q", "dpl"].includes(name));
  if (other !== undefined) return notOffered(other);
  return ask(values.value.get("url") ?? "", [
    ["width", values.value.get("w") ?? ""],
    ["quality", values.value.get("q") ?? ""],
  ]);
}

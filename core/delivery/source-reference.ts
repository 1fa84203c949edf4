import { err, ok, type Result } from "../result.ts";

/** Which picture a URL asks for. */
export type SourceReference =
  /** An original that the tenant has stored: `img_…`. */
  | { readonly kind: "stored"; readonly id: string }
  /** Somewhere on the web; whether the tenant may fetch it is decided later, at every hop. */
  | { readonly kind: "remote"; readonly url: URL }
  /** A path on the tenant's own site, with its query. */
  | { readonly kind: "path"; readonly path: string };

/**
 * Reads a source as clients write it: an id, an absolute http(s) URL or a path. `//host/…` and `\\host` are
 * refused: browsers take both for other sites, so a check for a leading slash would be passed by them.
 */
export function parseSource(text: string): Result<SourceReference, string> {
  // Clients that know paths only write a slash before it.
  const [, id] = storedId.exec(text) ?? [];
  if (id !== undefined) return ok({ kind: "stored", id });
  const collapsed = /^(https?):\/(?!\/)/i.exec(text);
  // Proxies and servers merge slashes: `https:/host` was `https://host`.
  const whole = collapsed ? `${collapsed[1]}://${text.slice(collapsed[0].length)}` : text;
  if (/^https?:\/\//i.test(whole)) {
    const url = URL.parse(whole);
    return url === null ? err("is not a URL that can be read") : ok({ kind: "remote", url });
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return err("must be an http or https URL");
  if (/^[/\\]{2}|\\/.test(text)) return err("must not name a host without its scheme");
  if (text === "" || text === "/") return err("is missing");
  return ok({ kind: "path", path: text.startsWith("/") ? text : `/${text}` });
}

const storedId = /^\/?(img_[0-9a-z]{26,64})$/;

/** What tells it from every other source of the same tenant. */
export function sourceName(reference: SourceReference): string {
  switch (reference.kind) {
    case "stored":
      return reference.id;
    case "remote":
      return reference.url.href;
    case "path":
      return reference.path;
  }
}

/** Decodes percent-escapes once; null where they are not UTF-8 or not escapes. */
export function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

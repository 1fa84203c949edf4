import { limits } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import { hostFault } from "./public-host.ts";

/** One entry of a tenant's list of sources. What no entry allows is not fetched. */
export interface AllowedSource {
  /** Plain http only where the entry says so; such an entry allows https too. */
  readonly scheme: "https:" | "http:";
  readonly host: string;
  /** `*.host`: any name below the host, and not the host itself. */
  readonly below: boolean;
  /** Whole segments, without the last slash: `/products` allows `/products/1.jpg`, never `/products-2`. */
  readonly path: string;
}

/** Reads `https://cdn.example.com/products/`, `https://*.example.com` or `cdn.example.com`. */
export function parseAllowedSource(text: string): Result<AllowedSource, string> {
  const [, scheme = "https://", star, rest = ""] = /^(https?:\/\/)?(\*\.)?(.*)$/s.exec(text) ?? [];
  if (/[\s\\*?#@]|%2f|%5c/i.test(rest)) return err("can have only a scheme, a host and a path");
  const url = URL.parse(`${scheme}${rest}`);
  if (url === null) return err("is not a URL that can be read");
  if (/^[^/]*:/.test(rest)) return err("must not name a port");
  const fault = hostFault(url.hostname);
  if (fault !== null) return err(`names a host that ${fault}`);
  return ok({
    scheme: scheme === "http://" ? "http:" : "https:",
    host: url.hostname,
    below: star !== undefined,
    path: url.pathname.replace(/\/$/, ""),
  });
}

/** Whether this entry allows the URL; what no entry can allow, `remoteTarget` has refused before. */
export function allows(source: AllowedSource, url: URL): boolean {
  if (url.protocol !== "https:" && url.protocol !== source.scheme) return false;
  const { hostname: host, pathname: path } = url;
  if (source.below ? !host.endsWith(`.${source.host}`) : host !== source.host) return false;
  if (source.path === "") return true;
  return (path === source.path || path.startsWith(`${source.path}/`)) && !climbs(path);
}

/**
 * Whether a server that decodes a path again, as some do twice, could read a step up in it: the prefix would
 * then hold nothing. The URL parser has resolved plain dots.
 */
function climbs(path: string): boolean {
  let read = path;
  for (let round = 0; round < limits.pathDecodesMax; round++) {
    if (steps.test(read)) return true;
    const decoded = read.replaceAll(/%(2e|2f|3b|5c|25)/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
    if (decoded === read) return false;
    read = decoded;
  }
  return true;
}

/**
 * `.` and `..` between slashes of either kind; `..;x`, `..%00` and `.%09.`, which some servers take for `..`; and
 * dots and slashes in two bytes, which is no UTF-8.
 */
const steps = /[\\/]\.{1,2}(?:%|(?:;[^\\/]*)?(?:[\\/]|$))|%c0%a[ef]/i;

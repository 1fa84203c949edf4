import { limits } from "../../limits.ts";
import { err, ok, type Result } from "../../result.ts";
import { allows, type AllowedSource } from "./allowed-source.ts";
import type { SourceReference } from "../source-reference.ts";
import { hostFault } from "./public-host.ts";

/** What decides where a tenant's pictures may be fetched from. */
export interface SourceRules {
  /** Empty: nowhere. */
  readonly allowed: readonly AllowedSource[];
  /** Names under which this service itself answers: fetching from there could go round in circles. */
  readonly ownHosts: readonly string[];
}

/**
 * The URL of a source that is not stored here. A path is one of the tenant's own site, which begins with
 * `site`: `https://www.example.com/media` and `/a.jpg` are `https://www.example.com/media/a.jpg`.
 */
export function remoteUrl(
  source: Exclude<SourceReference, { kind: "stored" }>,
  site: string | null,
): Result<URL, string> {
  if (source.kind === "remote") return ok(source.url);
  if (site === null) {
    return err(
      "is neither the bare id of a stored picture nor an absolute URL; a path needs the tenant's `site`, which is not set",
    );
  }
  const url = URL.parse(`${site.replace(/\/$/, "")}${source.path}`);
  return url === null ? err("is a path that cannot be read") : ok(url);
}

/**
 * The URL to fetch, without its fragment, if the tenant may fetch it, else why not. Asked of what the client
 * wrote and of every redirect after it.
 */
export function remoteTarget(url: URL, { allowed, ownHosts }: SourceRules): Result<URL, string> {
  const { hostname: host } = url;
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return err("has a scheme other than https and http");
  }
  if (url.username !== "" || url.password !== "") return err("carries a user name or password");
  if (url.port !== "") return err("names a port; only 443 for https and 80 for http are used");
  if (url.href.length > limits.remoteUrlCharsMax) {
    return err(`has more than ${limits.remoteUrlCharsMax} characters`);
  }
  const fault = hostFault(host);
  if (fault !== null) return err(`names a host that ${fault}`);
  if (ownHosts.some((own) => host === own || host.endsWith(`.${own}`))) {
    return err("is on this service itself");
  }
  if (!allowed.some((source) => allows(source, url))) {
    return err(`is on ${host}, where the tenant's list of sources does not allow it`);
  }
  return ok(URL.parse(url.href.replace(/#.*/s, "")) ?? url);
}

/** Where a redirect leads, checked like the first URL. */
export function redirectTarget(
  from: URL,
  location: string | null,
  rules: SourceRules,
): Result<URL, string> {
  const url = location === null ? null : URL.parse(location, from.href);
  return url === null ? err("cannot be read") : remoteTarget(url, rules);
}

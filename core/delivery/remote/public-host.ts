import { limits } from "../../limits.ts";

/**
 * Why a host, as the URL parser wrote it, is never fetched from; null where it may be. The
 * parser has folded octal, hexadecimal, short and full-width addresses into dotted ones and international
 * names into Punycode, so this sees one spelling of each.
 *
 * Only names in public DNS pass. What they resolve to cannot be known here: a Worker has no step between
 * resolving and connecting. So this only narrows what a tenant may put on its list; the list is the protection.
 */
export function hostFault(host: string): string | null {
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) return "is an address; write a name";
  if (host.endsWith(".")) return "ends in a dot; leave it out";
  if (host.length > limits.hostCharsMax || !publicName.test(host))
    return "is not a name in public DNS";
  const reserved = reservedNames.some((name) => host.endsWith(`.${name}`));
  return reserved ? "is reserved for private networks" : null;
}

/**
 * Two labels at least. The last begins with a letter; underscores are not names of hosts, but some are used as such.
 */
const publicName = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{1,62}$/;

/** RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's `internal`, and what routers and companies use. */
const reservedNames = [
  "alt",
  "arpa",
  "corp",
  "home",
  "internal",
  "intranet",
  "invalid",
  "lan",
  "local",
  "localdomain",
  "localhost",
  "onion",
  "private",
  "test",
] as const;

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { ok, type Result } from "../result.ts";
import { badSignature, expired, unreadable, type Unanswerable } from "./asked.ts";
import { equalBytes } from "./constant-time.ts";

/** A key that a tenant signs its URLs with. Two are live at a time, so that one can follow the other. */
export interface SigningKey {
  /** Names it in lists; the secret is shown when it is made and never again. */
  readonly id: string;
  /** Its text is the HMAC's key, as it is shown. */
  readonly secret: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A URL below a tenant's root, as it was received: percent-escapes untouched, no question mark. */
export interface DeliveryUrl {
  readonly path: string;
  readonly query: string;
}

export interface Verified extends DeliveryUrl {
  readonly signed: boolean;
  /** Seconds since the epoch; null: never. */
  readonly expiresAt: number | null;
}

/**
 * The URL without its signature, which is checked where there is one: `?exp=<seconds>&sig=<HMAC-SHA256 in hex>` at the
 * end of the query. It covers the tenant and every character before it. So nothing can be added to a signed URL:
 * with anything behind the signature it is not signed. An `exp` elsewhere in it is refused.
 */
export function verifyUrl(
  { path, query }: DeliveryUrl,
  tenant: string,
  keys: readonly SigningKey[],
  now: number,
): Result<Verified, Unanswerable> {
  const [, covered, given] = /^(?:(.*)&)?sig=([^&]*)$/s.exec(query) ?? [];
  if (given === undefined) return ok({ path, query, signed: false, expiresAt: null });
  const text = coveredText(tenant, path, covered);
  const matches = keys.map(({ secret }) =>
    equalBytes(utf8ToBytes(macOf(secret, text)), utf8ToBytes(given)),
  );
  if (!matches.includes(true)) return badSignature;
  const [, before = "", seconds] = /^(?:(.*)&)?exp=(\d{1,12})$/s.exec(covered ?? "") ?? [];
  const rest = seconds === undefined ? (covered ?? "") : before;
  if ([...new URLSearchParams(rest)].some(([name]) => name === "exp")) return misplacedEnd;
  const expiresAt = seconds === undefined ? null : Number(seconds);
  if (expiresAt !== null && expiresAt * 1000 <= now) return expired;
  return ok({ path, query: rest, signed: true, expiresAt });
}

/** Read as "no end", it would make a URL valid forever that its owner meant to expire. */
const misplacedEnd = unreadable(
  "exp",
  "exp must be seconds since 1970 and come directly before sig. Escape a source whose own URL has an exp.",
);

/** The URL with its signature. `expiresAt`: seconds since the epoch. */
export function signUrl(
  { path, query }: DeliveryUrl,
  tenant: string,
  secret: string,
  expiresAt: number | null = null,
): string {
  const parts = [
    ...(query === "" ? [] : [query]),
    ...(expiresAt === null ? [] : [`exp=${expiresAt}`]),
  ];
  const covered = parts.length === 0 ? undefined : parts.join("&");
  const signature = macOf(secret, coveredText(tenant, path, covered));
  return `${path}?${[...parts, `sig=${signature}`].join("&")}`;
}

const coveredText = (tenant: string, path: string, query: string | undefined): string =>
  `${tenant}${path}${query === undefined ? "" : `?${query}`}`;

const macOf = (secret: string, text: string): string =>
  bytesToHex(hmac(sha256, utf8ToBytes(secret), utf8ToBytes(text)));

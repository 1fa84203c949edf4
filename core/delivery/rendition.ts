import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { DAY } from "../magnitudes.ts";
import type { TenantLimits } from "../identity/tenant-limits.ts";
import { fingerprintScheme } from "../job/fingerprint.ts";
import { engineVersion } from "../plan/engine-version.ts";
import { formatTransform } from "../transform/grammar.ts";
import { renditionsPrefix } from "./storage-prefixes.ts";
import type { RenderTransform } from "../transform/transform.ts";

/**
 * One rendition of one stored original. What is equal in all of this is equal in every byte. What it costs is no part of
 * it: a new version of units does not have everything made and billed again.
 */
export interface Rendition {
  /** Its name inside the tenant: whatever asks for it, wherever, means this one job. */
  readonly digest: string;
  /** Where it lies in R2: below its source, so that what was made of one picture is one prefix. */
  readonly key: string;
}

export function renditionOf(tenant: string, sourceHash: string, asked: RenderTransform): Rendition {
  const text = `${sourceHash}\n${formatTransform(asked)}\n${engineVersion}`;
  const digest = bytesToHex(sha256(utf8ToBytes(text)));
  return { digest, key: `${renditionsPrefix(tenant, sourceHash)}${digest}` };
}

/**
 * Makes a rendition one job however often it is asked for at once. No client can send such a key: an
 * Idempotency-Key has no line breaks.
 */
export const renditionIdempotency = ({ digest }: Rendition) => ({
  key: `rendition\n${digest}`,
  fingerprint: `${fingerprintScheme}${digest}`,
});

/** Kept for as long as its tenant keeps jobs; then it is made again when it is asked for. Times: epoch milliseconds. */
export const hasExpired = (
  storedAt: number,
  { retentionDays }: Pick<TenantLimits, "retentionDays">,
  now: number,
): boolean => now - storedAt >= retentionDays * DAY;

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** One change: who made it, to what, and what it was before and after. */
export interface AuditEntry {
  /** Counts up from 1 without a gap. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** An operator's or a key's id, or `bootstrap`. */
  readonly actor: string;
  /** `<noun>.<verb>`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly subject: string;
  /** The tenant whose trail it belongs to; null: the service's own trail. */
  readonly tenant: string | null;
  readonly before: unknown;
  readonly after: unknown;
  /** Where the request came from: the client's address as the platform gives it; null: no request. */
  readonly from: string | null;
  /** The hash of the entry before; of the first, `noPrevious`. */
  readonly previous: string;
  /** SHA-256 in hex over all of the above. */
  readonly hash: string;
}

export const noPrevious = "0".repeat(64);

export function chainEntry(entry: Omit<AuditEntry, "hash">): AuditEntry {
  return { ...entry, hash: entryHash(entry) };
}

/** The number of the first entry that does not continue the one before; null: the chain is whole. */
export function firstBreak(entries: readonly AuditEntry[], previous: string): number | null {
  let expected = previous;
  let next = entries[0]?.number;
  for (const entry of entries) {
    if (entry.number !== next || entry.previous !== expected) return entry.number;
    if (entryHash(entry) !== entry.hash) return entry.number;
    expected = entry.hash;
    next = entry.number + 1;
  }
  return null;
}

/** Fields in one fixed order, so that equal entries have equal hashes. */
function entryHash(entry: Omit<AuditEntry, "hash">): string {
  const { number, at, actor, action, subject, tenant, before, after, from, previous } = entry;
  const fields = [number, at, actor, action, subject, tenant, before, after, from, previous];
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(fields))));
}

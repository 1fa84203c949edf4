import type { TenantLimits } from "../identity/tenant-limits.ts";
import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";

/** What a tenant has stored to be delivered: the same bytes count once. */
export interface Stored {
  readonly images: number;
  readonly bytes: number;
}

export const nothingStored: Stored = { images: 0, bytes: 0 };

/** `times`: 1 for a picture that comes, -1 for one that goes. */
export const withStored = (stored: Stored, bytes: number, times: 1 | -1): Stored => ({
  images: stored.images + times,
  bytes: stored.bytes + times * bytes,
});

/** Whether the tenant may store one more picture of this many bytes. Time does not help; deleting does. */
export function overStored(
  { storedImagesMax, storedBytesMax }: Pick<TenantLimits, "storedImagesMax" | "storedBytesMax">,
  stored: Stored,
  bytes: number,
): Problem | null {
  if (stored.images + 1 > storedImagesMax) {
    return problem(
      "storage-limit-reached",
      `${stored.images} pictures are stored and ${storedImagesMax} are allowed. ${whatToDo}`,
      { limit: { name: "storedImagesMax", value: storedImagesMax, used: stored.images } },
    );
  }
  if (stored.bytes + bytes > storedBytesMax) {
    return problem(
      "storage-limit-reached",
      `The picture has ${bytes} bytes and ${Math.max(0, storedBytesMax - stored.bytes)} of ${storedBytesMax} are left. ${whatToDo}`,
      { limit: { name: "storedBytesMax", value: storedBytesMax, used: stored.bytes } },
    );
  }
  return null;
}

const whatToDo = "Delete pictures (DELETE /v1/images/{id}), or ask the operator for a larger plan.";

/** A picture as its ledger counts it. */
export interface CountedImage {
  readonly hash: string;
  readonly bytes: number;
  /**
   * Until when it is not known whether it is stored, because a request stores or deletes it, epoch milliseconds; then
   * storage is asked. Null: it is stored.
   */
  readonly doubt: number | null;
}

/** When a doubt that begins now ends: the request that stores the picture has ended by then. */
export const doubtFrom = (now: number): number => now + limits.orphanMillis;

/** Also of one that ends later than any that begins now: the clock stepped back after it was written. */
export const isOver = (doubt: number, now: number): boolean =>
  doubt <= now || doubt > doubtFrom(now) + limits.clockJitterMillis;

export interface Recount {
  /** Stored, and not counted: put by older code, or forgotten by a ledger that was restored from a backup. */
  readonly added: readonly Omit<CountedImage, "doubt">[];
  /** Counted, and not stored. */
  readonly removed: readonly Omit<CountedImage, "doubt">[];
  /** Their doubt is over. */
  readonly certain: readonly string[];
}

/**
 * How what is counted differs from what storage has, in one run of hashes. `changed`: pictures that a request
 * stored or deleted while storage was asked: what it said of them may be out of date.
 */
export function recount(
  counted: readonly CountedImage[],
  stored: readonly Omit<CountedImage, "doubt">[],
  changed: ReadonlySet<string>,
  now: number,
): Recount {
  const known = new Set(counted.map(({ hash }) => hash));
  const there = new Set(stored.map(({ hash }) => hash));
  const settled = counted.filter(
    ({ hash, doubt }) => !changed.has(hash) && (doubt === null || isOver(doubt, now)),
  );
  return {
    added: stored.filter(({ hash }) => !known.has(hash) && !changed.has(hash)),
    removed: settled.filter(({ hash }) => !there.has(hash)),
    certain: settled.flatMap(({ hash, doubt }) =>
      doubt !== null && there.has(hash) ? [hash] : [],
    ),
  };
}

import { originalId, originalKey, type Original } from "../../../core/delivery/original.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import type { Problem } from "../../../core/problem.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { Call } from "../route.ts";
import type { Picture } from "../upload/picture.ts";
import { CountedOriginals } from "./counted-originals.ts";
import { storeByHash, type Place } from "./store-by-hash.ts";

export interface StoredOriginal {
  readonly original: Original;
  /** False: the tenant had stored these bytes before. */
  readonly isNew: boolean;
}

/** Stores a picture to be delivered, once for a tenant: room → put → counted. `admit`: as in `Place`, asked before. */
export async function storeOriginal(
  call: Call,
  owner: Identity,
  picture: Picture,
  admit?: Place["admit"],
): Promise<Result<StoredOriginal, Problem>> {
  const counted = new CountedOriginals(call, owner);
  const stored = await storeByHash(call, owner, picture, {
    key: (sha256) => originalKey(owner.tenant, originalId(sha256)),
    renews: false,
    admit: async (asked) => (await admit?.(asked)) ?? counted.reserve(asked),
  });
  if (!stored.ok) return stored;
  const { sha256, bytes, storedAt, isNew } = stored.value;
  await counted.settle(sha256);
  return ok({ original: { id: originalId(sha256), bytes, info: picture.info, storedAt }, isNew });
}

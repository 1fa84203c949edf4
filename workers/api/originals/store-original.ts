import { originalId, originalKey, type Original } from "../../../core/delivery/original.ts";
import type { Problem } from "../../../core/problem.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { Call } from "../route.ts";
import type { Picture } from "../upload/picture.ts";
import { storeByHash, type Owner, type Place } from "./store-by-hash.ts";

export interface StoredOriginal {
  readonly original: Original;
  /** False: the tenant had stored these bytes before. */
  readonly isNew: boolean;
}

/** Stores a picture to be delivered, once for a tenant. `admit`: as in `Place`. */
export async function storeOriginal(
  call: Call,
  owner: Owner,
  picture: Picture,
  admit?: Place["admit"],
): Promise<Result<StoredOriginal, Problem>> {
  const key = (sha256: string) => originalKey(owner.tenant, originalId(sha256));
  const stored = await storeByHash(call, owner, picture, {
    key,
    renews: false,
    ...(admit && { admit }),
  });
  if (!stored.ok) return stored;
  const { sha256, bytes, storedAt, isNew } = stored.value;
  return ok({ original: { id: originalId(sha256), bytes, info: picture.info, storedAt }, isNew });
}

import { bytesToHex } from "@noble/hashes/utils.js";
import { overlayKey, sourceKey } from "../../../core/job/picture-key.ts";
import type { Problem } from "../../../core/problem.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { Upload } from "./picture.ts";
import { storeSource, type StoredSource } from "./store-source.ts";

export interface StoredUpload extends StoredSource {
  /** SHA-256 of the overlay in hexadecimal digits; empty without one. */
  readonly overlayDigest: string;
  /** What was stored, where it is. */
  readonly keys: readonly string[];
}

/** Puts the picture and the overlay, if there is one: both, or neither. Never rejects. */
export async function storeUpload(
  bucket: R2Bucket,
  tenant: string,
  job: string,
  { picture, overlay }: Upload,
  wantsDigest: boolean,
): Promise<Result<StoredUpload, Problem>> {
  const key = sourceKey(tenant, job);
  if (!overlay) {
    const stored = await storeSource(bucket, key, picture, wantsDigest);
    return stored.ok ? ok({ ...stored.value, overlayDigest: "", keys: [key] }) : stored;
  }
  const keys = [key, overlayKey(tenant, job)];
  const above = await storeSource(bucket, overlayKey(tenant, job), overlay, wantsDigest);
  if (!above.ok) return above;
  const stored = await storeSource(bucket, key, picture, wantsDigest);
  if (!stored.ok) {
    // If this fails too, the ledger finds it later: a picture without a job.
    await bucket.delete(keys).catch(() => undefined);
    return stored;
  }
  const { digest } = above.value;
  const overlayDigest = digest ? bytesToHex(new Uint8Array(digest)) : "";
  return ok({ ...stored.value, overlayDigest, keys });
}

import { bytesToHex } from "@noble/hashes/utils.js";
import { overlayKey, sourceKey } from "../../../core/job/picture-key.ts";
import type { Problem } from "../../../core/problem.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { Picture, Upload } from "./picture.ts";
import { callStorage } from "../call-storage.ts";
import { storeSource, type StoredSource } from "./store-source.ts";

export interface StoredUpload extends StoredSource {
  /** SHA-256 of the overlay in hexadecimal digits; empty without one. */
  readonly overlayDigest: string;
  /** What was stored, where it is. */
  readonly keys: readonly string[];
}

/** SHA-256 of an upload that is whole in memory. */
export async function digestUpload({ picture, overlay }: Upload) {
  const digestOf = ({ head }: Picture) => crypto.subtle.digest("SHA-256", head);
  const [digest, above] = await Promise.all([digestOf(picture), overlay && digestOf(overlay)]);
  return { digest, overlayDigest: above ? bytesToHex(new Uint8Array(above)) : "" };
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
    await callStorage(bucket.delete(keys)).catch(() => undefined);
    return stored;
  }
  const { digest } = above.value;
  const overlayDigest = digest ? bytesToHex(new Uint8Array(digest)) : "";
  return ok({ ...stored.value, overlayDigest, keys });
}

/** Stores what lies under one job's keys under another's too. What is not there any more is passed over. */
export async function copyUpload(
  bucket: R2Bucket,
  tenant: string,
  {
    keys,
    from,
    to,
  }: { readonly keys: readonly string[]; readonly from: string; readonly to: string },
): Promise<void> {
  const place = (key: string) =>
    key === overlayKey(tenant, from) ? overlayKey(tenant, to) : sourceKey(tenant, to);
  await Promise.all(
    keys.map(async (key) => {
      const copied = async () => {
        const file = await bucket.get(key);
        if (file) await bucket.put(place(key), await file.arrayBuffer());
      };
      await callStorage(copied());
    }),
  );
}

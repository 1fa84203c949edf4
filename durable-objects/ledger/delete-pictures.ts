import { limits } from "../../core/limits.ts";
import { inTime } from "../deadline.ts";

/** Removes the objects under these keys, in as few calls as the bucket allows; a key without one is no fault. */
export async function deletePictures(
  bucket: Pick<R2Bucket, "delete">,
  keys: readonly string[],
): Promise<void> {
  for (let start = 0; start < keys.length; start += limits.deleteKeysMax) {
    const some = keys.slice(start, start + limits.deleteKeysMax);
    await inTime(limits.storageMillisMax, bucket.delete(some));
  }
}

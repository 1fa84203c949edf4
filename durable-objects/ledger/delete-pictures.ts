import { inTime, type Timers } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { PictureBucket } from "../ports.ts";

/** Removes the objects under these keys, in as few calls as the bucket allows. A key without an object is no error. */
export async function deletePictures(
  bucket: Pick<PictureBucket, "delete">,
  keys: readonly string[],
  timers: Timers,
): Promise<void> {
  for (let start = 0; start < keys.length; start += limits.deleteKeysMax) {
    const some = keys.slice(start, start + limits.deleteKeysMax);
    await inTime(timers, limits.storageMillisMax, bucket.delete(some));
  }
}

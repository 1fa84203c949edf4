import { tagsKey, tagsMetadata, tagsOf } from "../../../core/delivery/tags/image-tags.ts";
import { callStorage } from "../call-storage.ts";

export async function readTags(
  bucket: R2Bucket,
  tenant: string,
  sourceHash: string,
): Promise<readonly string[]> {
  const object = await callStorage(bucket.head(tagsKey(tenant, sourceHash)));
  return tagsOf(object?.customMetadata);
}

/** In place of those that there are. */
export async function writeTags(
  bucket: R2Bucket,
  tenant: string,
  sourceHash: string,
  tags: readonly string[],
): Promise<readonly string[]> {
  const key = tagsKey(tenant, sourceHash);
  const customMetadata = tagsMetadata(tags);
  await callStorage<unknown>(
    tags.length === 0 ? bucket.delete(key) : bucket.put(key, "", { customMetadata }),
  );
  return tagsOf(customMetadata);
}

import {
  allOriginalsPrefix,
  originalIdPattern,
  originalKey,
  originalOfKey,
  originalsPrefix,
  type Original,
} from "../../../core/delivery/original.ts";
import { renditionsPrefix } from "../../../core/delivery/storage-prefixes.ts";
import { tagsKey } from "../../../core/delivery/tags/image-tags.ts";
import type { ImageInfo } from "../../../core/image/image-info.ts";
import { probe } from "../../../core/image/probe.ts";
import { parseInfo } from "../../../core/image/stored-info.ts";
import type { KeptPictures } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { callStorage } from "../call-storage.ts";

/** The tenant's original with this id; null: there is none. Throws `Unavailable` when storage does not answer. */
export async function findOriginal(
  bucket: R2Bucket,
  tenant: string,
  id: string,
): Promise<Original | null> {
  if (!originalIdPattern.test(id)) return null;
  const key = originalKey(tenant, id);
  const object = await callStorage(bucket.head(key));
  return object && originalOf(bucket, object);
}

/** A page in the order of the ids, which is no order of time. `cursor`: the last id of the page before. */
export async function listOriginals(
  bucket: R2Bucket,
  tenant: string,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<{ originals: Original[]; cursor: string | null }> {
  const listed = await callStorage(
    bucket.list({
      prefix: originalsPrefix(tenant),
      limit,
      include: ["customMetadata"],
      ...(cursor !== null && { startAfter: originalKey(tenant, cursor) }),
    }),
  );
  const since = Date.now();
  const originals: Original[] = [];
  for (const [index, object] of listed.objects.entries()) {
    // One after the other: where its header has to be read, up to a megabyte is held of each.
    const original = await originalOf(bucket, object);
    if (original) originals.push(original);
    const more = listed.truncated || index < listed.objects.length - 1;
    const isLate = Math.abs(Date.now() - since) >= limits.storageMillisMax;
    if (more && isLate) return { originals, cursor: originalOfKey(object.key) };
  }
  const last = listed.objects.at(-1);
  return { originals, cursor: listed.truncated && last ? originalOfKey(last.key) : null };
}

/** Removes what was made of a picture that is deleted, and its tags. Doing it again changes nothing. */
export async function removeMade(bucket: R2Bucket, tenant: string, hash: string): Promise<void> {
  await callStorage(bucket.delete(tagsKey(tenant, hash)));
  await removeBelow(bucket, renditionsPrefix(tenant, hash));
}

/**
 * Removes a rendition that was written while its original was being deleted. One that was written before is in
 * the list that the deletion goes through; after this look, so is every other.
 */
export async function removeOrphan(bucket: R2Bucket, kept: KeptPictures): Promise<void> {
  const isOriginal = kept.source.startsWith(allOriginalsPrefix);
  if (!isOriginal || (await callStorage(bucket.head(kept.source)))) return;
  await callStorage(bucket.delete(kept.rendition));
}

/**
 * Removes the keys below `prefix`, once through, from the one that follows `after`. What was stored at `before` (epoch
 * milliseconds) or later stays, and what `isMeant`, given the key's part after `prefix`, says no to. Null: that was all;
 * else the `after` to go on with when `pagesMax` pages were looked at.
 */
export async function removeBelow(
  bucket: R2Bucket,
  prefix: string,
  {
    before = Infinity,
    after = "",
    pagesMax = Infinity,
    isMeant = (_name: string): boolean => true,
  } = {},
): Promise<string | null> {
  let last = after;
  for (let page = 0; page < pagesMax; page++) {
    const startAfter = `${prefix}${last}`;
    const listed = await callStorage(
      bucket.list({ prefix, startAfter, limit: limits.deleteKeysMax }),
    );
    const keys = listed.objects
      .filter(
        ({ key, uploaded }) => uploaded.getTime() < before && isMeant(key.slice(prefix.length)),
      )
      .map(({ key }) => key);
    if (keys.length > 0) await callStorage(bucket.delete(keys));
    const end = listed.objects.at(-1);
    if (!listed.truncated || !end) return null;
    last = end.key.slice(prefix.length);
  }
  return last;
}

async function originalOf(bucket: R2Bucket, object: R2Object): Promise<Original | null> {
  const { key, size: bytes, uploaded, customMetadata } = object;
  const info = parseInfo(customMetadata?.info) ?? (await probeAgain(bucket, key));
  return info && { id: originalOfKey(key), bytes, info, storedAt: uploaded.getTime() };
}

/** For one that was stored by a version which kept other fields of the header. */
async function probeAgain(bucket: R2Bucket, key: string): Promise<ImageInfo | null> {
  const head = await callStorage(
    bucket.get(key, { range: { offset: 0, length: limits.headBytesMax } }),
  );
  if (!head) return null;
  const probed = probe(new Uint8Array(await callStorage(head.arrayBuffer())), true);
  return probed.kind === "image" ? probed.info : null;
}

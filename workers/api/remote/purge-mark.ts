import { purgeMarkKey } from "../../../core/delivery/remote/fetched-keys.ts";
import { callStorage } from "../call-storage.ts";

/** Which purges were the last of this URL, by its record's key, and of everything; the same while there is none. */
export async function lastPurge(bucket: R2Bucket, tenant: string, record: string): Promise<string> {
  const keys = [purgeMarkKey(tenant), purgeMarkKey(tenant, urlOf(record))];
  const marks = await Promise.all(keys.map((key) => callStorage(bucket.head(key))));
  return marks.map((mark) => mark?.version).join();
}

/**
 * From now on, whatever was asked of an origin before is not kept. Answers when that was, in epoch milliseconds by the
 * clock that says when a picture was stored: what was stored before or with it is older.
 */
export async function beginPurge(bucket: R2Bucket, tenant: string, of?: string): Promise<number> {
  const { uploaded } = await callStorage(bucket.put(purgeMarkKey(tenant, of), "", {}));
  return uploaded.getTime() + 1;
}

/** The hash of the URL that a record is of. */
export const urlOf = (record: string): string => record.slice(record.lastIndexOf("/") + 1);

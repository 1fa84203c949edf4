import { purgeMarkKey } from "../../../core/delivery/remote/fetched-keys.ts";
import { callStorage } from "../call-storage.ts";

/** Which purge was the tenant's last of what was fetched; null: there was none for days. */
export async function lastPurge(bucket: R2Bucket, tenant: string): Promise<string | null> {
  const mark = await callStorage(bucket.head(purgeMarkKey(tenant)));
  return mark && mark.version;
}

/** From now on, whatever was asked of an origin before is not kept. */
export async function beginPurge(bucket: R2Bucket, tenant: string): Promise<void> {
  await callStorage(bucket.put(purgeMarkKey(tenant), ""));
}

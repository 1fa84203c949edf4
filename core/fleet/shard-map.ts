import * as z from "zod/mini";
import { limits } from "../limits.ts";
import { DAY } from "../magnitudes.ts";
import { spreadHash } from "./hash.ts";

/**
 * Into how many ledgers a tenant's work is split in each region: one entry for each time that the number was
 * raised, the oldest first. It is never lowered, so a longer map is a newer one, and shards 0 to the last
 * entry's number are all the ledgers that have ever existed.
 */
export type ShardMap = readonly Readonly<z.infer<typeof epochSchema>>[];

const epochSchema = z.object({
  shards: z.int().check(z.minimum(1), z.maximum(limits.shardsMax)),
  /** Epoch milliseconds by the Directory's clock. */
  since: z.int(),
});

export const shardMapSchema = z.array(epochSchema).check(z.minLength(1));

/** What every tenant begins with. */
export const oneShard: ShardMap = [{ shards: 1, since: 0 }];

/** How many shards there are now. */
export const shardsOf = (map: ShardMap): number => map.at(-1)?.shards ?? 1;

export const newerMap = (one: ShardMap, other: ShardMap): ShardMap =>
  other.length > one.length ? other : one;

/** The shard that alone may accept new work under an idempotency key. */
export const shardOfKey = (map: ShardMap, key: string): number => spreadHash(key) % shardsOf(map);

/**
 * Other shards that may have accepted work under the key in earlier epochs, while keys of then still live: the tenant's
 * `retentionDays`, and a day for clocks and purges that are late.
 */
export function earlierShardsOfKey(
  map: ShardMap,
  key: string,
  now: number,
  retentionDays: number = limits.retentionDaysMax,
): number[] {
  const hash = spreadHash(key);
  const keyLifeMillis = (retentionDays + 1) * DAY;
  const lately = map.filter((_, index) => {
    const next = map[index + 1];
    return next !== undefined && now < next.since + keyLifeMillis;
  });
  const earlier = new Set(lately.map(({ shards }) => hash % shards));
  earlier.delete(shardOfKey(map, key));
  return [...earlier];
}

import { spreadHash } from "./hash.ts";

/**
 * How a tenant's work in a region is spread over ledgers. Each change opens a new epoch; an epoch never
 * changes afterwards and shards are only added, so a job's address stays valid forever.
 */
export interface ShardMap {
  /** Counts up from 1. A ledger never accepts by an older epoch than the newest that it has seen. */
  readonly epoch: number;
  /** Shards in this epoch: 0 to `shards` − 1. */
  readonly shards: number;
  /** Shards of the epochs before, newest first, as far back as idempotency keys live. */
  readonly before: readonly number[];
}

export const firstShardMap: ShardMap = { epoch: 1, shards: 1, before: [] };

/** The next epoch, with more shards. Null where nothing would be added. */
export function raisedTo(map: ShardMap, shards: number): ShardMap | null {
  if (shards <= map.shards) return null;
  return { epoch: map.epoch + 1, shards, before: [map.shards, ...map.before] };
}

/** Work with one key always meets in one shard. */
export function shardOfKey(key: string, shards: number): number {
  return spreadHash(key) % shards;
}

/**
 * Where a key may have been accepted before this epoch, newest first and without its present shard. A door
 * asks these ledgers, with this map, before it has the key accepted: each then refuses the key for good,
 * so that no door with an older map can have it accepted there afterwards.
 */
export function earlierShardsOfKey(key: string, { shards, before }: ShardMap): number[] {
  const now = shardOfKey(key, shards);
  const earlier = before.map((count) => shardOfKey(key, count));
  return [...new Set(earlier)].filter((shard) => shard !== now);
}

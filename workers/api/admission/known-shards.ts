import { newerMap, type ShardMap } from "../../../core/fleet/shard-map.ts";
import { limits } from "../../../core/limits.ts";
import { Lru } from "../identity/lru.ts";

/** What this isolate has learned from ledgers of their tenants' shards, which KV may say later. */
export class KnownShards {
  readonly #maps = new Lru<string, ShardMap>(limits.identityCacheMax);
  #turns = 0;

  /** The newer of what KV says and what a ledger has said. */
  newest(tenant: string, read: ShardMap): ShardMap {
    return newerMap(read, this.#maps.get(tenant) ?? read);
  }

  learn(tenant: string, map: ShardMap): void {
    this.#maps.set(tenant, newerMap(map, this.#maps.get(tenant) ?? map));
  }

  /** The shards in the order in which they are tried; the next job begins with the next one. */
  turn(shards: number): number[] {
    this.#turns += 1;
    return Array.from({ length: shards }, (_, index) => (this.#turns + index) % shards);
  }
}

import { bound, picturesBinding } from "../../core/fleet/bindings.ts";
import { homeRegion, regionForNewWork, type Residence } from "../../core/fleet/routing.ts";
import {
  earlierShardsOfKey,
  shardOfKey,
  shardsOf,
  type ShardMap,
} from "../../core/fleet/shard-map.ts";
import type { Continent, RegionName } from "../../core/fleet/topology.ts";
import type { Identity } from "../../core/identity/standing.ts";
import type { TenantLimits } from "../../core/identity/tenant-limits.ts";
import { parseJobId } from "../../core/job/job-id.ts";
import { ledgerName, type LedgerAddress } from "../../core/job/ledger-address.ts";
import { isMonthCapped } from "../../core/ledger/caps.ts";
import { callLedger } from "./call-ledger.ts";
import type { ApiEnv } from "./env.ts";
import type { Call } from "./route.ts";

/** Where a job's source and renditions are: its id names the region. */
export function picturesOf(env: ApiEnv, job: string): R2Bucket {
  const region = parseJobId(job)?.region ?? "";
  return bound(env, picturesBinding(region));
}

/** The region of a tenant's stored originals and of what is made of them. */
export const homeOf = ({ FLEET }: ApiEnv, tenant: Pick<Residence, "home">): RegionName =>
  homeRegion(FLEET.regions, tenant).name;

export const homePictures = (env: ApiEnv, tenant: Pick<Residence, "home">): R2Bucket =>
  bound(env, picturesBinding(homeOf(env, tenant)));

/** The ledger for a new job: work under an idempotency key has its own, other work is spread over the shards. */
export async function ledgerForJob(
  call: RoutingCall,
  identity: Identity,
  idempotencyKey: string | null,
): Promise<LedgerAddress> {
  const { tenant } = identity;
  const region = regionForJob(call, identity, idempotencyKey);
  if (idempotencyKey !== null) return ledgerForKey(call, identity, region, idempotencyKey);
  const now = Date.now();
  const addresses = call.shards
    .turn(shardsOf(call.shards.newest(tenant, identity.shards)))
    .map((shard): LedgerAddress => ({ tenant, region, shard }));
  const free = addresses.find((each) => call.refusals.holding(ledgerName(each), now) === null);
  return free ?? addresses[0] ?? { tenant, region, shard: 0 };
}

/**
 * The ledger that looks after an idempotency key: one that knows it from an earlier epoch, or the one that it belongs
 * to now. A request that looks in an earlier one tells it of the newer map, and from then on it accepts no key that
 * has moved: so a key that was not found there cannot appear there later, whatever isolates with an older map still
 * send.
 */
export async function ledgerForKey(
  call: Pick<Call, "env" | "healths" | "shards">,
  {
    tenant,
    shards,
    limits,
  }: {
    readonly tenant: string;
    readonly shards: ShardMap;
    readonly limits?: Pick<TenantLimits, "retentionDays">;
  },
  region: RegionName,
  key: string,
): Promise<LedgerAddress> {
  const map = call.shards.newest(tenant, shards);
  const earlier = earlierShardsOfKey(map, key, Date.now(), limits?.retentionDays);
  const holders = await Promise.all(
    earlier.map(async (shard): Promise<LedgerAddress[]> => {
      const address = { tenant, region, shard };
      const holds = await callLedger(call, ledgerName(address), (ledger) =>
        ledger.holdsKey(key, map),
      );
      return holds ? [address] : [];
    }),
  );
  return holders.flat()[0] ?? { tenant, region, shard: shardOfKey(map, key) };
}

type RoutingCall = Pick<Call, "env" | "request" | "healths" | "shards" | "refusals">;

/**
 * The region that takes a new job. Work under an idempotency key or a monthly cap goes home, wherever its
 * caller is: elsewhere the key would not be known, and the cap would count again.
 */
function regionForJob(
  { env, request, healths }: Pick<Call, "env" | "request" | "healths">,
  identity: Identity,
  idempotencyKey: string | null,
): RegionName {
  if (idempotencyKey !== null || isMonthCapped(identity.limits)) return homeOf(env, identity);
  const now = Date.now();
  const continent = continentOf(request);
  const region = regionForNewWork(env.FLEET.regions, identity, continent, (each) =>
    healths.isOut(each, now),
  );
  healths.chosen(region, now);
  return region;
}

/** The region that serves the caller's continent. */
export function nearestRegion({ FLEET }: ApiEnv, request: Request): RegionName {
  const anywhere = { home: null, stays: "anywhere" } as const;
  return regionForNewWork(FLEET.regions, anywhere, continentOf(request), () => false);
}

/** As the platform tells it; null where it cannot. */
function continentOf(request: Request): Continent | null {
  const { cf } = request as { cf?: { continent?: Continent } };
  return cf?.continent ?? null;
}

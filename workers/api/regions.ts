import { bound, picturesBinding } from "../../core/fleet/bindings.ts";
import { homeRegion, regionForNewWork, type Residence } from "../../core/fleet/routing.ts";
import type { Continent, RegionName } from "../../core/fleet/topology.ts";
import type { Identity } from "../../core/identity/standing.ts";
import { parseJobId } from "../../core/job/job-id.ts";
import { ledgerForNewJob, type LedgerAddress } from "../../core/job/ledger-address.ts";
import { isMonthCapped } from "../../core/ledger/caps.ts";
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

/** The ledger for a new job (`regionForJob`). */
export function ledgerForJob(
  call: Pick<Call, "env" | "request" | "healths">,
  identity: Identity,
  idempotencyKey: string | null,
): LedgerAddress {
  const region = regionForJob(call, identity, idempotencyKey);
  return ledgerForNewJob(identity.tenant, region, idempotencyKey);
}

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

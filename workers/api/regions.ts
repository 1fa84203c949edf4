import { bound, picturesBinding } from "../../core/fleet/bindings.ts";
import { routesForNewWork } from "../../core/fleet/routing.ts";
import type { Continent, RegionName } from "../../core/fleet/topology.ts";
import { parseJobId } from "../../core/job/job-id.ts";
import type { ApiEnv } from "./env.ts";

/** Where a job's source and renditions lie: its id names the region. */
export function picturesOf(env: ApiEnv, job: string): R2Bucket {
  const region = parseJobId(job)?.region ?? "";
  return bound(env, picturesBinding(region));
}

/** Where a tenant's stored originals are, what is made of them, and its work that has an idempotency key. */
export function homeOf({ FLEET }: ApiEnv): RegionName {
  const [first] = FLEET.regions;
  if (!first) throw new Error("the fleet has no region");
  return first.name;
}

export const homePictures = (env: ApiEnv): R2Bucket => bound(env, picturesBinding(homeOf(env)));

/** The region that serves the caller's continent. */
export function nearestRegion({ FLEET }: ApiEnv, request: Request): RegionName {
  const anywhere = { home: null, jurisdiction: null };
  const [nearest] = routesForNewWork(FLEET.regions, anywhere, continentOf(request), () => false);
  if (nearest === undefined) throw new Error("the fleet has no region");
  return nearest;
}

/** As the platform tells it; null where it cannot. */
function continentOf(request: Request): Continent | null {
  const { cf } = request as { cf?: { continent?: Continent } };
  return cf?.continent ?? null;
}

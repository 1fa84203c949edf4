import type { Continent, Region, RegionName } from "./topology.ts";

/**
 * Where a tenant's data may be. Fixed when the tenant is created, so that nothing ever has to move or to be
 * looked for elsewhere.
 */
export interface Residence {
  /**
   * Holds its stored originals, and its work that must be in one place: under an idempotency key, which has to
   * meet itself, and under monthly caps, which one ledger keeps exactly. Null: the fleet's first region, for
   * tenants from before there were several.
   */
  readonly home: RegionName | null;
  readonly stays: Stays;
}

/** How far from home the rest of its work may go. */
export type Stays = (typeof everyStay)[number];
export const everyStay = ["anywhere", "jurisdiction", "home"] as const;

/** The tenant's home among the regions. */
export function homeRegion<Known extends Pick<Region, "name">>(
  regions: readonly Known[],
  { home }: Pick<Residence, "home">,
): Known {
  const found = home === null ? regions[0] : regions.find(({ name }) => name === home);
  if (!found) throw new Error(`the fleet has no region ${home ?? ""}`);
  return found;
}

/** Every region that may hold work of the tenant. */
export function regionsOf(regions: readonly Region[], residence: Residence): readonly Region[] {
  const home = homeRegion(regions, residence);
  if (residence.stays === "home") return [home];
  if (residence.stays === "anywhere") return regions;
  return regions.filter(({ jurisdiction }) => jurisdiction === home.jurisdiction);
}

/**
 * The region for a tenant's new work: the nearest to the caller that is not out. When all are out it is the
 * nearest after all, which gives the clearest error.
 */
export function regionForNewWork(
  regions: readonly Region[],
  residence: Residence,
  continent: Continent | null,
  isOut: (region: RegionName) => boolean,
): RegionName {
  const allowed = regionsOf(regions, residence);
  const nearest = allowed.findIndex(({ continents }) =>
    continents.some((each) => each === continent),
  );
  const start = Math.max(0, nearest);
  const turned = [...allowed.slice(start), ...allowed.slice(0, start)];
  const region = turned.find(({ name }) => !isOut(name)) ?? turned[0];
  if (!region) throw new Error("the fleet has no region");
  return region.name;
}

import type { Continent, Jurisdiction, Region, RegionName } from "./topology.ts";

/** Where a tenant's data must stay. Both null: its work goes to the region nearest to each caller. */
export interface Residence {
  readonly home: RegionName | null;
  readonly jurisdiction: Jurisdiction | null;
}

/**
 * Regions that may take a tenant's new work, best first. One that is out comes last rather than never: when
 * all are out, the nearest gives the clearest error. A tenant that is pinned has no second choice outside
 * its home or jurisdiction.
 */
export function routesForNewWork(
  regions: readonly Region[],
  { home, jurisdiction }: Residence,
  continent: Continent | null,
  isOut: (region: RegionName) => boolean,
): RegionName[] {
  const allowed = regions.filter(
    (region) =>
      (home === null || region.name === home) &&
      (jurisdiction === null || region.jurisdiction === jurisdiction),
  );
  const nearest =
    continent === null ? -1 : allowed.findIndex((each) => each.continents.includes(continent));
  const turned = nearest <= 0 ? allowed : [...allowed.slice(nearest), ...allowed.slice(0, nearest)];
  const names = turned.map(({ name }) => name);
  return [...names.filter((name) => !isOut(name)), ...names.filter(isOut)];
}

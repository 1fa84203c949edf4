/** A region's name: part of every job id and ledger name, so it never changes. 1 to 12 lower-case letters and digits. */
export type RegionName = string;

/** Continent codes as Cloudflare gives them in `request.cf.continent`. */
export type Continent = "AF" | "AN" | "AS" | "EU" | "NA" | "OC" | "SA";

/** https://developers.cloudflare.com/durable-objects/reference/data-location/ */
export type LocationHint = "wnam" | "enam" | "sam" | "weur" | "eeur" | "apac" | "oc" | "afr" | "me";

export type Jurisdiction = "eu" | "us";

export interface Region {
  readonly name: RegionName;
  /** Where its ledgers are placed; best effort. Null leaves it to the platform. */
  readonly locationHint: LocationHint | null;
  /** A guarantee by law rather than a hint: objects and buckets of this region never leave it. */
  readonly jurisdiction: Jurisdiction | null;
  /** Callers from these continents start here. Each continent is served by exactly one region. */
  readonly continents: readonly Continent[];
  /** Render queues. One takes 5,000 messages a second and 250 consumers (`npm run capacity`). */
  readonly queues: number;
}

/** Everything that differs between deployments. `npm run topology` writes each `wrangler.toml` from it. */
export interface Topology {
  /** Prefix of every Worker, queue and bucket. */
  readonly service: string;
  readonly compatibilityDate: string;
  /** Of the KV namespace with identities. Null on one machine, where the binding's name is enough. */
  readonly identityNamespace: string | null;
  /** False on one machine: the local runtime knows no jurisdictions. */
  readonly production: boolean;
  readonly regions: readonly [Region, ...Region[]];
}

/** What is wrong with a topology, each fault in one sentence; empty when it can be deployed. */
export function topologyFaults({ service, regions }: Topology): string[] {
  const faults: string[] = [];
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(service)) {
    faults.push(`service "${service}" must be 1 to 31 lower-case letters, digits and hyphens.`);
  }
  const served = new Map<Continent, RegionName>();
  const names = new Set<RegionName>();
  for (const { name, continents, queues } of regions) {
    if (!/^[a-z0-9]{1,12}$/.test(name)) {
      faults.push(`region "${name}" must be named with 1 to 12 lower-case letters and digits.`);
    }
    if (names.has(name)) faults.push(`region "${name}" is there twice.`);
    names.add(name);
    if (!Number.isInteger(queues) || queues < 1 || queues > queuesPerRegionMax) {
      faults.push(`region "${name}" must have 1 to ${queuesPerRegionMax} queues, not ${queues}.`);
    }
    for (const continent of continents) {
      const other = served.get(continent);
      if (other !== undefined) faults.push(`${continent} is served by "${other}" and "${name}".`);
      served.set(continent, name);
    }
  }
  for (const continent of everyContinent) {
    if (!served.has(continent)) faults.push(`no region serves ${continent}.`);
  }
  return faults;
}

export const everyContinent = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"] as const;

/** Queue bindings of all regions stand in one configuration, and each needs a consumer entry there. */
const queuesPerRegionMax = 40;

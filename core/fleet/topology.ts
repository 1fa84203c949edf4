import { limits } from "../limits.ts";
import { regionNamePattern } from "./region-name.ts";

/**
 * A region's name: part of every job id and ledger name, so it never changes. 1 to 12 lower-case letters and digits.
 */
export type RegionName = string;

/** Continent codes as Cloudflare gives them in `request.cf.continent`. */
export type Continent = (typeof everyContinent)[number];
const everyContinent = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"] as const;

/** https://developers.cloudflare.com/durable-objects/reference/data-location/ */
export type LocationHint = "wnam" | "enam" | "sam" | "weur" | "eeur" | "apac" | "oc" | "afr" | "me";

export type Jurisdiction = "eu" | "us";

/** A region as the Workers know it. */
export interface Region {
  readonly name: RegionName;
  /** Where its ledgers are placed; best effort. Absent: the platform decides. */
  readonly locationHint?: LocationHint;
  /** A guarantee by law rather than a hint: objects and pictures of this region never leave it. */
  readonly jurisdiction?: Jurisdiction;
  /** Callers from these continents start here. Each continent is served by exactly one region. */
  readonly continents: readonly Continent[];
  /** Render queues. One takes 5,000 messages a second and 250 consumers (`npm run capacity`). */
  readonly queues: number;
}

/** What every Worker knows of the topology: its `FLEET` binding. */
export interface Fleet {
  /** False on one machine: the local runtime knows no jurisdictions. */
  readonly production: boolean;
  /** How many of its region's queues carry one tenant's jobs. */
  readonly queuesPerTenant: number;
  readonly regions: readonly Region[];
}

/** A region with what only its deployment needs. */
interface DeployedRegion extends Region {
  /** The R2 bucket of its sources and renditions. */
  readonly pictures: string;
}

/** Bounds of one Worker. */
interface WorkerBounds {
  /** Most compressed KiB; `npm run check` holds to it. */
  readonly bundleKibMax: number;
  /** Longest CPU time of one invocation, milliseconds. Absent: the platform's own default. */
  readonly cpuMillisMax?: number;
}

/** Everything that differs between deployments. `npm run topology` writes each `wrangler.toml` from it. */
export interface Topology extends Fleet {
  /** Prefix of every Worker and queue. */
  readonly service: string;
  readonly compatibilityDate: string;
  /** Id of the KV namespace with identities. Absent: wrangler finds or makes one by the binding's name. */
  readonly identityNamespace?: string;
  /** Formats that are switched on here: docs/heic.md. */
  readonly optionalFormats: readonly "heic"[];
  /** The share of invocations whose lines Workers Logs keeps: docs/deploy.md says what they cost. */
  readonly logShare: number;
  /** The R2 bucket of usage records and statements, which are one for all regions. */
  readonly books: string;
  readonly regions: readonly [DeployedRegion, ...DeployedRegion[]];
  readonly workers: Readonly<
    Record<"api" | "consumer" | "billing" | "objects" | "tail", WorkerBounds>
  >;
}

/** What is wrong with a topology, each fault in one sentence; empty when it can be deployed. */
export function topologyFaults(topology: Topology): string[] {
  const { service, logShare, regions } = topology;
  const faults = fleetFaults(topology);
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(service)) {
    faults.push(`service "${service}" must be 1 to 31 lower-case letters, digits and hyphens.`);
  }
  if (!(logShare >= 0 && logShare <= 1)) {
    faults.push(`logShare must be from 0 to 1, not ${logShare}.`);
  }
  const buckets = new Set<string>();
  for (const { pictures } of regions) {
    if (buckets.has(pictures)) faults.push(`bucket "${pictures}" belongs to two regions.`);
    buckets.add(pictures);
  }
  return faults;
}

/** The same for what every Worker is told of it. */
export function fleetFaults({ regions, queuesPerTenant }: Fleet): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(queuesPerTenant) || queuesPerTenant < 1) {
    faults.push(`queuesPerTenant must be a whole number from 1, not ${queuesPerTenant}.`);
  }
  const served = new Map<Continent, RegionName>();
  const names = new Set<RegionName>();
  for (const { name, continents, queues } of regions) {
    if (!regionNamePattern.test(name)) {
      faults.push(`region "${name}" must be named with 1 to 12 lower-case letters and digits.`);
    }
    if (names.has(name)) faults.push(`region "${name}" is there twice.`);
    names.add(name);
    if (!Number.isInteger(queues) || queues < 1 || queues > limits.queuesPerRegionMax) {
      faults.push(
        `region "${name}" must have 1 to ${limits.queuesPerRegionMax} queues, not ${queues}.`,
      );
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

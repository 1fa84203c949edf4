import type { RegionName } from "./topology.ts";

/**
 * What a region's resources are called: by the code, as bindings, and by the account, as queues. The region
 * is part of each name, so that regions never share one.
 */
export const picturesBinding = (region: RegionName) => `PICTURES_${upper(region)}` as const;
export const jobsBinding = (region: RegionName, queue: number) =>
  `JOBS_${upper(region)}_${queue}` as const;
export const soloBinding = (region: RegionName) => `SOLO_${upper(region)}` as const;
export const deadBinding = (region: RegionName) => `DEAD_${upper(region)}` as const;

const upper = (region: RegionName): string => region.toUpperCase();

/** What is bound under a name. Each configuration is written from the topology, so a missing binding is a fault. */
export function bound<Env, Name extends keyof Env & string>(env: Env, name: Name): Env[Name] {
  const value = env[name];
  if (value === undefined) throw new Error(`${name} is not bound; run: npm run topology`);
  return value;
}

/** What a queue carries: renders in batches, renders one by one, or what the queue gave up on. */
export type QueueRole = "jobs" | "solo" | "dead";

export const queueName = (service: string, role: QueueRole, region: RegionName, number?: number) =>
  [service, role, region, ...(number === undefined ? [] : [number])].join("-");

/** Throws for a queue of another service. */
export function parseQueueName(name: string): {
  readonly role: QueueRole;
  readonly region: RegionName;
} {
  const [, role, region] = /-(jobs|solo|dead)-([a-z0-9]{1,12})(?:-\d+)?$/.exec(name) ?? [];
  if (region === undefined) throw new Error(`no way to consume ${name}`);
  return { role: role as QueueRole, region };
}

import { spreadHash } from "./hash.ts";

/**
 * The few of a region's `queues` that carry a tenant's jobs, best first. Two tenants rarely get the same
 * set, so one that fills its queues shares them all with almost no one (shuffle sharding, Amazon Builders'
 * Library, "Workload isolation using shuffle-sharding").
 *
 * Chosen by rendezvous hashing: when a queue is added, a tenant's set changes by at most that queue.
 */
export function tenantQueues(tenant: string, queues: number, spread: number): number[] {
  return Array.from({ length: queues }, (_, queue) => ({
    queue,
    weight: spreadHash(`${tenant}/${queue}`),
  }))
    .toSorted((left, right) => right.weight - left.weight)
    .slice(0, spread)
    .map(({ queue }) => queue);
}

import type { Fleet } from "../core/fleet/topology.ts";

/** A fleet of one region with one queue. */
export const oneRegion = (name = "local"): Fleet => ({
  production: false,
  queuesPerTenant: 1,
  regions: [{ name, continents: ["AF", "AN", "AS", "EU", "NA", "OC", "SA"], queues: 1 }],
});

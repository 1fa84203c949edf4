import type { Topology } from "./core/fleet/topology.ts";

/**
 * The deployment: what `npm run topology` writes every `wrangler.toml` from. How to add a region, and what
 * each entry means: docs/regions.md.
 */
export const topology: Topology = {
  service: "minilab",
  compatibilityDate: "2026-10-23",
  // True where it is deployed: only there are jurisdictions known.
  production: false,
  optionalFormats: [],
  logShare: 1,
  books: "minilab-books",
  queuesPerTenant: 3,
  regions: [
    {
      name: "local",
      continents: ["AF", "AN", "AS", "EU", "NA", "OC", "SA"],
      queues: 1,
      pictures: "minilab-pictures",
    },
  ],
  // The API's start-up is part of every cold request, and a sixth of it reads URLs and delivers pictures; its
  // metrics take 7 KiB, its page with a picture 7 more, upload addresses, hosts and tags 5, and usage by key 1. The
  // objects' shards, leases and figures take 12, hosts 1, the count of stored pictures 2, open jobs in memory 2, what bounds the trail 1. The consumer has the codecs.
  workers: {
    // It knows what its ledgers and the consumer of this version and of the one before can do.
    api: { bundleKibMax: 158 },
    consumer: { bundleKibMax: 3 * 1024, cpuMillisMax: 120_000 },
    // Hashing and adding up the segments of one step. The auditor takes 11 KiB, credit notes 3, usage by key 1.
    billing: { bundleKibMax: 40, cpuMillisMax: 300_000 },
    objects: { bundleKibMax: 72 },
    // It runs after every invocation of another Worker.
    tail: { bundleKibMax: 3 },
  },
};

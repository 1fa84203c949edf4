import type { Topology } from "../core/fleet/topology.ts";
import { topology } from "../topology.ts";

/** A fleet of three regions with eight queues each, one of them in a jurisdiction. */
export const threeRegions: Topology = {
  ...topology,
  regions: [
    {
      name: "na",
      locationHint: "enam",
      continents: ["NA", "SA"],
      queues: 8,
      pictures: "pictures-na",
    },
    {
      name: "eu",
      locationHint: "weur",
      jurisdiction: "eu",
      continents: ["EU", "AF"],
      queues: 8,
      pictures: "pictures-eu",
    },
    { name: "ap", continents: ["AS", "OC", "AN"], queues: 8, pictures: "pictures-ap" },
  ],
};

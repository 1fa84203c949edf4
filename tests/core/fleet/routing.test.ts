import { describe, expect, test } from "vitest";
import {
  afterCall,
  healthy,
  isOut,
  trying,
  type RegionHealth,
} from "../../../core/fleet/region-health.ts";
import {
  regionForNewWork,
  regionsOf,
  type Residence,
  type Stays,
} from "../../../core/fleet/routing.ts";
import { topologyFaults, type Region } from "../../../core/fleet/topology.ts";
import { topology } from "../../../topology.ts";

const region = (name: string, continents: Region["continents"], jurisdiction?: "eu") => ({
  name,
  continents,
  ...(jurisdiction && { jurisdiction }),
  queues: 1,
  pictures: `pictures-${name}`,
});
const everyContinent: Region["continents"] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
const regions = [
  region("us", ["NA", "SA"]),
  region("eu", ["EU", "AF"], "eu"),
  region("ap", ["AS", "OC", "AN"]),
] as const;
const none = () => false;
const every = () => true;
const living = (home: string | null, stays: Stays = "anywhere"): Residence => ({ home, stays });

describe("new work", () => {
  test.each([
    ["goes to the region of the caller's continent", living("us"), "EU", none, "eu"],
    ["goes to the tenant's first region from an unknown place", living("us"), null, none, "us"],
    ["leaves a region that is out", living("us"), "EU", (name: string) => name === "eu", "ap"],
    ["goes to the nearest when all are out", living("us"), "EU", every, "eu"],
    ["stays at home, wherever the caller is", living("ap", "home"), "EU", none, "ap"],
    ["stays at home when home is out", living("ap", "home"), "EU", every, "ap"],
    ["never leaves its jurisdiction", living("eu", "jurisdiction"), "NA", every, "eu"],
    [
      "of a tenant from before there were regions stays at the first",
      living(null, "home"),
      "AS",
      none,
      "us",
    ],
  ] as const)("%s", (_, residence, continent, isOut, expected) => {
    expect(regionForNewWork(regions, residence, continent, isOut)).toBe(expected);
  });
});

test("a tenant's work is looked for wherever it may be, and nowhere else", () => {
  const names = (residence: Residence) => regionsOf(regions, residence).map(({ name }) => name);
  expect(names(living("eu"))).toEqual(["us", "eu", "ap"]);
  expect(names(living("eu", "home"))).toEqual(["eu"]);
  expect(names(living("eu", "jurisdiction"))).toEqual(["eu"]);
  expect(() => names(living("mars"))).toThrow("no region mars");
});

describe("a region's health", () => {
  const after = (health: RegionHealth, outcomes: readonly boolean[], now = 0) =>
    outcomes.reduce((state, succeeded) => afterCall(state, succeeded, now), health);

  test("opens after five failures in a row, not after four, nor when one call succeeds between", () => {
    expect(isOut(after(healthy, [false, false, false, false]), 0)).toBe(false);
    expect(isOut(after(healthy, [false, false, false, true, false, false]), 0)).toBe(false);
    expect(isOut(after(healthy, [false, false, false, false, false]), 0)).toBe(true);
  });

  test("is tried by one call at a time, and closes after three that succeed", () => {
    const out = after(healthy, [false, false, false, false, false]);
    expect(isOut(out, 4_999)).toBe(true);
    expect(isOut(out, 5_000)).toBe(false);
    const tried = trying(out, 5_000);
    expect(isOut(tried, 5_001)).toBe(true);
    const once = afterCall(tried, true, 5_010);
    expect(isOut(once, 5_010)).toBe(false);
    const twice = afterCall(once, true, 5_020);
    expect(twice.probeAt).toBe(5_020);
    expect(afterCall(twice, true, 5_030)).toEqual(healthy);
  });

  test("stays out when the try fails", () => {
    const out = after(healthy, [false, false, false, false, false]);
    const failed = afterCall(trying(out, 5_000), false, 5_100);
    expect(isOut(failed, 10_099)).toBe(true);
    expect(isOut(failed, 10_100)).toBe(false);
  });

  test("a try changes nothing for a region that is in", () => {
    expect(trying(healthy, 1)).toBe(healthy);
  });
});

describe("a topology", () => {
  const whole = { ...topology, regions };

  test("that serves each continent once is in order", () => {
    expect(topologyFaults(whole)).toEqual([]);
  });

  test.each([
    [
      "a continent that two serve",
      [regions[0], regions[1], region("ap", ["AS", "OC", "AN", "EU"])],
      /EU is served by "eu" and "ap"/,
    ],
    ["a continent that none serves", [regions[0], regions[1]], /no region serves AS/],
    [
      "a name that cannot be in an id",
      [region("EU-west", everyContinent)],
      /"EU-west" must be named/,
    ],
    [
      "a name that is there twice",
      [region("us", everyContinent), region("us", [])],
      /"us" is there twice/,
    ],
    [
      "a name of which only the beginning could be in an id",
      [region("eu/west", everyContinent)],
      /"eu\/west" must be named/,
    ],
    [
      "a bucket that two share",
      [region("us", everyContinent), { ...region("eu", []), pictures: "pictures-us" }],
      /"pictures-us" belongs to two regions/,
    ],
    ["no queue", [{ ...region("us", everyContinent), queues: 0 }], /1 to 40 queues, not 0/],
    ["too many queues", [{ ...region("us", everyContinent), queues: 41 }], /not 41/],
  ] as const)("with %s says so", (_, changed, words) => {
    const [first, ...rest] = changed;
    expect(topologyFaults({ ...whole, regions: [first, ...rest] }).join("\n")).toMatch(words);
  });

  test("may have as many queues a region as one configuration holds", () => {
    const us = { ...region("us", everyContinent), queues: 40 };
    expect(topologyFaults({ ...whole, regions: [us], queuesPerTenant: 1 })).toEqual([]);
  });

  test.each(["My Lab", "lab/2", ""])("with the service name %j says so", (service) => {
    expect(topologyFaults({ ...whole, service })).toEqual([
      `service "${service}" must be 1 to 31 lower-case letters, digits and hyphens.`,
    ]);
  });

  test.each([-0.1, 1.1, NaN])("that keeps a share of %j of the log says so", (logShare) => {
    expect(topologyFaults({ ...whole, logShare })).toEqual([
      `logShare must be from 0 to 1, not ${logShare}.`,
    ]);
  });

  test.each([0, 0.01, 1])("may keep a share of %j of the log", (logShare) => {
    expect(topologyFaults({ ...whole, logShare })).toEqual([]);
  });

  test.each([0, -1, 1.5])("that spreads a tenant over %j queues says so", (queuesPerTenant) => {
    expect(topologyFaults({ ...whole, queuesPerTenant })).toEqual([
      `queuesPerTenant must be a whole number from 1, not ${queuesPerTenant}.`,
    ]);
  });
});

import { expect, test } from "vitest";
import { figuresNameFor, figuresNames, placedFigures } from "../../../core/fleet/placed-figures.ts";
import { placedLedger } from "../../../core/fleet/placed-ledger.ts";
import type { Fleet } from "../../../core/fleet/topology.ts";
import { limits } from "../../../core/limits.ts";

const fleet = (production: boolean): Fleet => ({
  production,
  queuesPerTenant: 1,
  regions: [
    { name: "us", locationHint: "enam", continents: ["NA"], queues: 1 },
    { name: "eu", jurisdiction: "eu", continents: ["EU"], queues: 1 },
  ],
});

/** Says what it was asked for. */
const objects = (within = "anywhere") => ({
  getByName: (name: string, options?: object) => ({ name, within, options }),
});
const everywhere = { ...objects(), jurisdiction: (law: string) => objects(law) };

const ledger = (region: string, production = true) =>
  placedLedger({ FLEET: fleet(production), LEDGER: everywhere }, `tnt_a/${region}/0`);

test("a ledger is placed by its region's hint", () => {
  expect(ledger("us")).toEqual({
    name: "tnt_a/us/0",
    within: "anywhere",
    options: { locationHint: "enam" },
  });
});

test("a region's jurisdiction holds in production, and the local runtime is never asked for it", () => {
  expect(ledger("eu")).toMatchObject({ within: "eu", options: undefined });
  expect(ledger("eu", false)).toMatchObject({ within: "anywhere" });
});

test("a region that is not in the fleet holds nothing", () => {
  expect(() => ledger("mars")).toThrow("no region holds tnt_a/mars/0");
});

test("whoever tells a region's figures tells one of the objects that share them, and all are used", () => {
  const names = figuresNames("eu");
  expect(names).toHaveLength(limits.figuresParts);
  const told = Array.from({ length: 1000 }, (_, number) => figuresNameFor("eu", `tnt_${number}`));
  expect(new Set(told)).toEqual(new Set(names));
  const FIGURES = everywhere;
  expect(placedFigures({ FLEET: fleet(true), FIGURES }, "eu", names[0] ?? "")).toMatchObject({
    name: names[0],
    within: "eu",
  });
});

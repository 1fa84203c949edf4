import { expect, test, vi } from "vitest";
import { oneRegion } from "../../one-region.ts";
import { RegionFigures } from "../../../durable-objects/figures/region-figures.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";

/** The platform's base class, of which the object uses nothing. */
vi.mock("cloudflare:workers", () => ({ DurableObject: Object }));

const bound = Object.fromEntries(
  ["LEDGER", "DIRECTORY", "FIGURES", "IDENTITY", "BOOKS", "PICTURES_LOCAL", "SOLO_LOCAL"].map(
    (name) => [name, {}],
  ),
);

test("what a region's object is told it counts, tells and keeps", async () => {
  const storage = new SqliteStorage();
  const kv = { get: () => undefined, put: () => undefined };
  const state = {
    ...{ id: { name: "figures/local" }, storage: Object.assign(storage, { kv }) },
    waitUntil: () => undefined,
  };
  const wake = () =>
    new RegionFigures(state as unknown as DurableObjectState, {
      ...{ FLEET: oneRegion(), ...bound, JOBS_LOCAL_0: {} },
    });
  const figures = wake();
  figures.counted({ "answers:2xx": 2 });
  figures.report({
    ...{ ledger: "tnt_a/local/0", at: 0, open: 3, oldestAt: null, totals: [], reasons: [] },
    stages: { wait: { sum: 5, bins: [80, 1] } },
  });
  const told = figures.snapshot();
  expect(told).toMatchObject({ counts: { "answers:2xx": 2 }, open: 3 });
  await figures.alarm();
  expect(wake().snapshot()).toEqual(told);
});

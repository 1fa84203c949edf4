import { expect, test, vi } from "vitest";
import { RegionFigures } from "../../../durable-objects/figures/region-figures.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";
import { objectBindings, objectState } from "../object-platform.ts";

/** The platform's base class, of which the object uses nothing. */
vi.mock("cloudflare:workers", () => ({ DurableObject: Object }));

test("what a region's object is told it counts, tells and keeps", async () => {
  const storage = new SqliteStorage();
  const wake = () => new RegionFigures(objectState("figures/local", storage), objectBindings);
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

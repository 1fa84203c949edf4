import { expect, test } from "vitest";
import { done, LedgerWorld } from "./ledger-world.ts";

const reporting = (computeUnits: number) => {
  if (done.kind !== "done") throw new Error("a job that is done");
  return { ...done, usage: { ...done.usage, computeUnits } };
};

test.each([
  { reported: 5, billed: 5, differs: 0 },
  { reported: 900, billed: 5, differs: 1 },
  { reported: 2, billed: 2, differs: 1 },
])("of 5 reserved units and $reported reported ones $billed are billed", async (each) => {
  const world = new LedgerWorld();
  const id = world.accept();
  world.finish(id, reporting(each.reported));
  expect((await world.ledger.read(id))?.usage?.computeUnits).toBe(each.billed);
  const { hours } = world.ledger.usage(0, Number.MAX_SAFE_INTEGER);
  expect(hours.map(({ totals }) => totals.computeUnits)).toEqual([each.billed]);
  expect(world.events("units-differ")).toHaveLength(each.differs);
});

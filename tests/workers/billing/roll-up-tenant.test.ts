import { expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { doneAt, hour, utc } from "../../core/billing/usage-samples.ts";
import { rollUpOne } from "../../../workers/billing/roll-up.ts";
import { MemoryWorld } from "./memory-books.ts";

const tenant = "tnt_a";
const start = utc("2026-11-20T10:15:00.000Z");

function worldWithAJob(): MemoryWorld {
  const world = new MemoryWorld([tenant], start + hour);
  world.ledgerOf(tenant).settle(doneAt(start, 1));
  return world;
}

test("shards that the first one tells of are read in the same run", async () => {
  const world = worldWithAJob();
  const watermark = await world.ledgerOf(tenant).seal(world.clock);
  const seal = vi
    .spyOn(world, "seal")
    .mockImplementation(async (ledger) =>
      ledger.endsWith("/0")
        ? { ...watermark, shards: 3 }
        : { ...watermark, segments: 0, hash: "0".repeat(64) },
    );
  await rollUpOne(world, tenant, { preview: false, again: false });
  expect(seal.mock.calls.flat()).toEqual([0, 1, 2].map((shard) => `${tenant}/local/${shard}`));
});

test("a statement that others keep writing is left to them after some tries", async () => {
  const world = worldWithAJob();
  const replace = vi.spyOn(world.store, "replaceOpenStatement").mockResolvedValue(false);
  const summary = await rollUpOne(world, tenant, { preview: false, again: false });
  expect(replace).toHaveBeenCalledTimes(limits.statementWritesMax);
  expect(summary).toMatchObject({ tenants: 1, changed: 0 });
});

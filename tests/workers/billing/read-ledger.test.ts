import { expect, test, vi } from "vitest";
import { emptyCheckpoint } from "../../../core/billing/checkpoint.ts";
import { hourMillis } from "../../../core/ledger/usage.ts";
import { readLedger } from "../../../workers/billing/read-ledger.ts";
import { MemoryWorld } from "./memory-books.ts";

test("how many shards a tenant has stays known, also after answers that do not tell", async () => {
  const world = new MemoryWorld(["tnt_a"], Date.UTC(2026, 10, 20, 11));
  const seal = vi.spyOn(world, "seal");
  let known = emptyCheckpoint("tnt_a/local/0");
  const read = async (told: { readonly shards?: number }) => {
    const watermark = await world.ledgerOf("tnt_a").seal(world.clock);
    seal.mockResolvedValueOnce({ ...watermark, ...told });
    const { checkpoint } = await readLedger(world, known, { through: world.clock, segmentsMax: 9 });
    known = checkpoint;
    world.clock += hourMillis;
    return checkpoint.shards;
  };
  expect(await read({})).toBeUndefined();
  expect(await read({ shards: 4 })).toBe(4);
  expect(await read({})).toBe(4);
  expect(await read({ shards: 8 })).toBe(8);
});

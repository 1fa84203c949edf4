import type { MonthLog } from "../../../../core/books/transparency.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { logHour } from "../../../../workers/billing/witness/log-hour.ts";
import { doneAt, hour, utc } from "../../../core/billing/usage-samples.ts";
import { MemoryWorld } from "../memory-books.ts";

export const tenants = ["tnt_a", "tnt_b", "tnt_c"];
export const [tenant = ""] = tenants;
export const ledger = `${tenant}/local/0`;
export const start = utc("2026-11-30T20:15:00.000Z");
export const headKey = `witness/heads/${ledger}.json`;

/** Each of the tenants finishes a job and is rolled up; then the next hour begins. */
export async function workAnHour(
  world: MemoryWorld,
  working: readonly string[] = tenants,
): Promise<void> {
  for (const each of working) world.ledgerOf(each).settle(doneAt(world.clock, 1));
  await rollUpNext(world, { preview: true });
  world.clock += hour;
  await logHour(world);
}

export async function worldAfter(hours: number): Promise<MemoryWorld> {
  const world = new MemoryWorld(tenants, start);
  for (let each = 0; each < hours; each++) await workAnHour(world);
  return world;
}

export const logOf = (world: MemoryWorld, month: string) =>
  world.bucket.json<MonthLog>(`witness/log/${month}.json`);

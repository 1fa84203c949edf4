import type { Checkpoint } from "../../core/billing/checkpoint.ts";
import { inTime } from "../../core/deadline.ts";
import { ledgersOf } from "../../core/job/ledger-address.ts";
import { limits } from "../../core/limits.ts";
import type { RollUpPorts } from "./ports.ts";

/** How many shards the tenant has, as far as its ledgers knew when the books read them. */
export const shardsIn = (checkpoints: readonly Checkpoint[]): number =>
  Math.max(1, ...checkpoints.map(({ shards = 1 }) => shards));

/** How many the books have read of. */
async function shardsRead(
  { fleet, store }: Pick<RollUpPorts, "fleet" | "store">,
  tenant: string,
): Promise<number> {
  const first = ledgersOf(tenant, fleet, 1).map((ledger) => store.checkpoint(ledger));
  return shardsIn((await Promise.all(first)).flatMap(({ value }) => value ?? []));
}

/** Every ledger of the tenant that the books have read. */
export const ledgersInBooks = async (
  ports: Pick<RollUpPorts, "fleet" | "store">,
  tenant: string,
): Promise<string[]> => ledgersOf(tenant, ports.fleet, await shardsRead(ports, tenant));

/**
 * Every ledger that has taken work: a region's first shard knows of the others. If it does not answer, none is added.
 */
export async function ledgersNow(
  ports: Pick<RollUpPorts, "fleet" | "store" | "seal">,
  tenant: string,
): Promise<string[]> {
  const asked = ledgersOf(tenant, ports.fleet, 1).map((ledger) =>
    inTime(globalThis, limits.sealMillisMax, ports.seal(ledger)),
  );
  const told = (await Promise.allSettled(asked)).map((each) =>
    each.status === "fulfilled" ? (each.value.shards ?? 1) : 1,
  );
  const shards = Math.max(await shardsRead(ports, tenant), ...told);
  return ledgersOf(tenant, ports.fleet, shards);
}

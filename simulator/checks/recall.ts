import { limitsOf } from "../../core/identity/tenant-limits.ts";
import { limits } from "../../core/limits.ts";
import { region, type World } from "../world/world.ts";

/** A restored ledger refuses the keys that were revoked since its backup, although they are not told again. */
export async function checkRecall(world: World): Promise<void> {
  const { record, ledgers, timeline } = world;
  for (const { tenant, key, at } of record.revoked) {
    const restored = record.restored.get(tenant);
    // Of older ones KV knows everywhere.
    const isRecalled = restored?.isNoticeable && timeline.now - at < limits.recallMillis;
    if (!isRecalled) continue;
    const request = { id: "job_sim_0_check", key, limits: limitsOf("free"), idempotencyKey: null };
    const { verdict } = await ledgers
      .getByName(`${tenant}/${region}/0`)
      .reserve({ ...request, computeUnits: 1 });
    if (verdict.ok) {
      record.violate("revoked-means-refused", `the restored ledger of ${tenant} takes ${key}`);
    }
  }
}

import type { Tenant } from "../world/client.ts";
import type { World } from "../world/world.ts";
import type { ListedJobs } from "./jobs.ts";

/** What an empty ledger takes, and what each settled job may: with its outcome some 550 bytes. */
const ledgerBytes = { base: 128 * 1024, job: 1024 };

/** Nothing lies in R2 that belongs to nothing, and no ledger is larger than its jobs explain. */
export function checkStorage(world: World, tenants: readonly Tenant[], listed: ListedJobs): void {
  const { record, pictures, ledgers } = world;
  for (const key of pictures.objects.keys()) {
    const [, tenant = "", job = ""] = key.split("/");
    if (listed.get(tenant)?.has(job)) continue;
    const known = record.jobs.get(job);
    if (known?.deleted) record.violate("deleted-means-gone", key);
    else record.violate("nothing-without-a-job", key);
  }
  for (const { id } of tenants) {
    const bytes = ledgers.record(`${id}/sim/0`).database.sql.databaseSize;
    const deleted = [...record.jobs.values()].filter(
      (known) => known.tenant === id && known.deleteAsked,
    );
    const jobs = (listed.get(id)?.size ?? 0) + deleted.length;
    const most = ledgerBytes.base + jobs * ledgerBytes.job;
    record.note("ledger", `${id} has ${bytes} bytes for ${jobs} jobs`);
    if (bytes > most)
      record.violate("ledgers-are-bounded", `${id}: ${bytes} bytes for ${jobs} jobs`);
  }
}

/** Seven days after its job every picture is gone, also without the lifecycle rule that `docs/deploy.md` sets up. */
export function checkRetention({ record, pictures }: World): void {
  for (const key of pictures.objects.keys()) record.violate("nothing-stays-forever", key);
}

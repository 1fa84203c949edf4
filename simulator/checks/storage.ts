import type { Tenant } from "../world/client.ts";
import type { World } from "../world/world.ts";
import type { ListedJobs } from "./jobs.ts";

/** What an empty ledger takes, and what each settled job may: with its outcome some 550 bytes. */
const ledgerBytes = { base: 96 * 1024, job: 1024 };

/**
 * Nothing lies in R2 that belongs to nothing, and no ledger is larger than its jobs explain. The source of a
 * request that broke off before its job was accepted has no job that could remove it: the bucket's lifecycle
 * rule does, after eight days. Only a fault may leave one behind.
 */
export function checkStorage(
  world: World,
  tenants: readonly Tenant[],
  listed: ListedJobs,
  settled: ReadonlySet<string>,
): void {
  const { record, pictures, ledgers, weather } = world;
  for (const key of pictures.objects.keys()) {
    const [, tenant = "", job = "", name] = key.split("/");
    if (listed.get(tenant)?.has(job)) continue;
    const isUnclaimed = name === "source" && !settled.has(job) && !record.jobs.has(job);
    if (isUnclaimed && weather.counts.size > 0) continue;
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

/** The lifecycle rule that `docs/deploy.md` sets up. */
const lifecycleMillis = 8 * 24 * 60 * 60_000;

/** Seven days after its job, or eight after nobody's, every picture is gone. */
export function checkRetention({ record, pictures, timeline }: World): void {
  pictures.expire("pictures/", timeline.now - lifecycleMillis);
  for (const key of pictures.objects.keys()) record.violate("nothing-stays-forever", key);
}

import type { Tenant } from "../world/client.ts";
import { parseLedgerName } from "../../core/job/ledger-address.ts";
import { archiveKey } from "../../core/ledger/archive.ts";
import type { World } from "../world/world.ts";
import type { ListedJobs } from "./jobs.ts";

/** What an empty ledger takes, and what each settled job may: with its outcome some 550 bytes. */
const ledgerBytes = { base: 160 * 1024, job: 1024 };

/** Everything in R2 belongs to something, and no ledger is larger than its jobs explain. */
export function checkStorage(world: World, tenants: readonly Tenant[], listed: ListedJobs): void {
  const { record, pictures, ledgers } = world;
  for (const key of pictures.objects.keys()) {
    const [kind, tenant = "", job = ""] = key.split("/");
    if (kind !== "pictures" || listed.get(tenant)?.has(job)) continue;
    const isDeleted = (record.jobs.get(job)?.deletedAt ?? null) !== null;
    record.violate(isDeleted ? "deleted-means-gone" : "nothing-without-a-job", key);
  }
  for (const { id } of tenants) {
    for (const ledger of world.ledgersOf(id)) checkArchives(world, ledger);
  }
  for (const { id } of tenants) {
    const names = world.ledgersOf(id);
    const sizes = names.map((name) => ledgers.record(name).database.sql.databaseSize);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const deleted = [...record.jobs.values()].filter(
      (known) => known.tenant === id && known.deleteAsked,
    );
    const jobs = (listed.get(id)?.size ?? 0) + deleted.length;
    const most = names.length * ledgerBytes.base + jobs * ledgerBytes.job;
    record.note("ledger", `${id} has ${bytes} bytes for ${jobs} jobs`);
    if (bytes > most)
      record.violate("ledgers-are-bounded", `${id}: ${bytes} bytes for ${jobs} jobs`);
  }
}

/** Every batch of settled jobs in R2 is one that its ledger knows, and the other way round. */
function checkArchives({ record, pictures, ledgers }: World, ledger: string): void {
  const known = ledgers
    .record(ledger)
    .database.sql.exec<{ number: number }>(`SELECT number FROM archives WHERE state = 'stored'`)
    .toArray()
    .map(({ number }) => archiveKey(ledger, number));
  const stored = pictures.keysUnder(`jobs/${ledger}/`);
  for (const key of stored) {
    // Those that a restored ledger has forgotten go with its next daily sweep.
    if (!known.includes(key) && !record.restored.has(parseLedgerName(ledger).tenant)) {
      record.violate("nothing-without-a-job", `${key} is left`);
    }
  }
  for (const key of known) {
    if (!stored.includes(key)) record.violate("accepted-is-kept", `${key} is lost`);
  }
}

/** Seven days after its job every picture is gone, also without the lifecycle rule that `docs/deploy.md` sets up. */
export function checkRetention({ record, pictures }: World): void {
  for (const key of pictures.objects.keys()) record.violate("nothing-stays-forever", key);
}

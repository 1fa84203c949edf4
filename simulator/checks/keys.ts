import type { Tenant } from "../world/client.ts";
import type { World } from "../world/world.ts";

/** A key that is repeated is one job, in whichever of its tenant's ledgers that lies. */
export function checkKeys(world: World, tenants: readonly Tenant[]): void {
  const { ledgers, record } = world;
  // A restored ledger does not know the keys of after its backup.
  for (const { id } of tenants.filter((tenant) => !record.restored.has(tenant.id))) {
    const holders = new Map<string, string>();
    for (const ledger of world.ledgersOf(id)) {
      const rows = ledgers
        .record(ledger)
        .database.sql.exec<{ key: string }>(
          `SELECT idempotency AS key FROM jobs WHERE idempotency IS NOT NULL`,
        )
        .toArray();
      for (const { key } of rows) {
        const other = holders.get(key);
        if (other !== undefined)
          record.violate("retry-is-safe", `${key} is a job in ${other} and in ${ledger}`);
        holders.set(key, ledger);
      }
    }
  }
}

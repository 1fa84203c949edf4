import type { Tenant } from "./client.ts";
import type { PlannedRestore } from "./profile.ts";
import { region, type World } from "./world.ts";

/** The first tenant's ledger forgets all that happened to it between the two moments. */
export function planRestore(world: World, tenant: Tenant, planned: PlannedRestore): void {
  const { timeline, ledgers, books, record, weather } = world;
  const ledger = `${tenant.id}/${region}/0`;
  timeline.after(planned.backupAfterMillis, null, () => {
    const backup = ledgers.record(ledger).database.backup();
    const backupAt = timeline.now;
    const segments = () => books.keysUnder(`segments/${ledger}/`).length;
    // One that was frozen and not stored yet is known too, and no sign of a restore when it is found.
    const numbers = (backup.get("segments") ?? []).map((row) => Number(row["number"]));
    const known = Math.max(segments(), ...numbers);
    // Nothing has called it yet. In a database that an earlier world has used the tables are there.
    const tables = [...backup].filter(([name]) => name !== "schema_version");
    if (tables.every(([, rows]) => rows.length === 0)) return;
    timeline.after(planned.afterMillis - planned.backupAfterMillis, null, () => {
      ledgers.record(ledger).restore(backup);
      const isNoticeable = segments() > known;
      record.restored.set(tenant.id, { backupAt, restoredAt: timeline.now, isNoticeable });
      weather.count("restored");
    });
  });
}

/**
 * The statements of one step of a storage schema. Its place in the list is its version, so a published
 * list only grows; and a step only adds, so that after a roll-back the older code still reads. An index may go:
 * then older code reads more slowly, which its decision must say.
 */
export type Migration = readonly string[];

/** As much of a Durable Object's storage as a migration touches. */
export interface MigratableStorage {
  readonly sql: {
    exec(statement: string, ...bindings: number[]): { toArray(): Record<string, unknown>[] };
  };
  transactionSync(run: () => void): void;
}

/**
 * Brings an object's tables to the latest version: runs each migration that has not run yet, in order,
 * each with its version in one transaction. Synchronous, so that a constructor can end with a known
 * schema before any request is answered. Storage from a newer version than this code is left as it is.
 */
export function migrate(storage: MigratableStorage, migrations: readonly Migration[]): void {
  storage.sql.exec(`CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)`);
  const applied = appliedVersion(storage);
  for (const [index, migration] of migrations.entries()) {
    const version = index + 1;
    if (version <= applied) continue;
    storage.transactionSync(() => {
      for (const statement of migration) storage.sql.exec(statement);
      storage.sql.exec(`DELETE FROM schema_version`);
      storage.sql.exec(`INSERT INTO schema_version (version) VALUES (?)`, version);
    });
  }
}

function appliedVersion(storage: MigratableStorage): number {
  const [row] = storage.sql.exec(`SELECT version FROM schema_version`).toArray();
  return Number(row?.["version"] ?? 0);
}

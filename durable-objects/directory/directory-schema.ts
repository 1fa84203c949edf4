import type { Migration } from "../migrate.ts";

/**
 * The Directory's tables, written down for readers in `docs/storage.md`. Times are epoch milliseconds by
 * the object's clock. A published migration never changes; a new one is added below it.
 */
export const directoryMigrations: readonly Migration[] = [
  [
    // `limits` is TenantLimits as JSON.
    `CREATE TABLE tenants (
      id         TEXT PRIMARY KEY,
      name       TEXT NOT NULL,
      limits     TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // `hash` is the SHA-256 of the key in hex; the key itself is nowhere. `published` is 1 once KV and
    // ledgers know the row as it is.
    `CREATE TABLE keys (
      hash       TEXT PRIMARY KEY,
      id         TEXT NOT NULL,
      tenant     TEXT NOT NULL REFERENCES tenants (id),
      name       TEXT,
      hint       TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER,
      published  INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID`,
    `CREATE UNIQUE INDEX keys_by_tenant ON keys (tenant, id)`,
    `CREATE INDEX keys_to_publish ON keys (id) WHERE published = 0`,
    // `detail` is JSON.
    `CREATE TABLE audit (
      seq     INTEGER PRIMARY KEY,
      at      INTEGER NOT NULL,
      actor   TEXT NOT NULL,
      action  TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail  TEXT NOT NULL
    )`,
  ],
];

import type { Migration } from "../migrate.ts";

/**
 * The ledger's tables, described for readers in `docs/storage.md`. Ids are time-ordered and text keys
 * WITHOUT ROWID, indexes partial: flat to a million rows, where random ids cost double.
 */
export const ledgerMigrations: readonly Migration[] = [
  [
    `CREATE TABLE jobs (
      id          TEXT PRIMARY KEY,
      status      TEXT NOT NULL,
      due         INTEGER,
      deadline    INTEGER NOT NULL,
      attempts    INTEGER NOT NULL,
      resends     INTEGER NOT NULL,
      created_at  INTEGER NOT NULL,
      settled_at  INTEGER,
      deleted     INTEGER NOT NULL DEFAULT 0,
      idempotency TEXT,
      fingerprint TEXT,
      spec        TEXT NOT NULL,
      outcome     TEXT
    ) WITHOUT ROWID`,
    `CREATE INDEX jobs_due ON jobs (due) WHERE due IS NOT NULL`,
    `CREATE UNIQUE INDEX jobs_idempotency ON jobs (idempotency) WHERE idempotency IS NOT NULL`,
    `CREATE TABLE events (seq INTEGER PRIMARY KEY, event TEXT NOT NULL)`,
    `CREATE TABLE usage (hour INTEGER PRIMARY KEY, totals TEXT NOT NULL)`,
    `CREATE TABLE segments (
      number    INTEGER PRIMARY KEY,
      first_seq INTEGER NOT NULL,
      last_seq  INTEGER NOT NULL,
      previous  TEXT NOT NULL,
      sealed_at INTEGER NOT NULL,
      hash      TEXT
    )`,
    `CREATE TABLE revoked_keys (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID`,
  ],
  [`CREATE TABLE sealed (through INTEGER NOT NULL)`],
  // One row of TenantTerms as JSON.
  [`CREATE TABLE terms (terms TEXT NOT NULL)`],
  [
    // `attempts` counts strikes from here on, so that older code still gives up on what ends its consumers.
    `ALTER TABLE jobs ADD COLUMN claims INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE jobs ADD COLUMN deferrals INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'batch'`,
    `ALTER TABLE jobs ADD COLUMN sent_at INTEGER`,
    // The attempt whose renditions are shown.
    `ALTER TABLE jobs ADD COLUMN winner INTEGER`,
    // When to remove what consumers may have written for a job after it was settled.
    `ALTER TABLE jobs ADD COLUMN sweep_at INTEGER`,
    `CREATE INDEX jobs_sweep ON jobs (sweep_at) WHERE sweep_at IS NOT NULL`,
    // What an operator has to look at: rows that could not be read, word for word.
    `CREATE TABLE quarantine (
      seq     INTEGER PRIMARY KEY,
      at      INTEGER NOT NULL,
      source  TEXT NOT NULL,
      id      TEXT NOT NULL,
      content TEXT NOT NULL
    )`,
  ],
  [
    // Caps of which 80 or 100 per cent was reached.
    `CREATE TABLE notices (
      month TEXT NOT NULL,
      name  TEXT NOT NULL,
      share REAL NOT NULL,
      at    INTEGER NOT NULL,
      PRIMARY KEY (month, name, share)
    ) WITHOUT ROWID`,
  ],
  [
    // Batches of settled jobs in R2; `state` is writing, stored, abandoned or removed.
    `CREATE TABLE archives (
      number INTEGER PRIMARY KEY,
      state  TEXT NOT NULL,
      at     INTEGER NOT NULL,
      first  TEXT NOT NULL,
      last   TEXT NOT NULL,
      count  INTEGER NOT NULL,
      gone   INTEGER NOT NULL
    )`,
    `CREATE INDEX archives_by_last ON archives (last)`,
    `CREATE INDEX archives_abandoned ON archives (at) WHERE state = 'abandoned'`,
    // Jobs that were deleted after they had left.
    `CREATE TABLE gone (job TEXT PRIMARY KEY, archive INTEGER NOT NULL) WITHOUT ROWID`,
    `CREATE INDEX gone_by_archive ON gone (archive)`,
    // By the first 8 bytes of a key's SHA-256: the job's ULID in 16 bytes, 8 bytes of the request's fingerprint.
    `CREATE TABLE replays (key BLOB PRIMARY KEY, job BLOB NOT NULL, request BLOB NOT NULL) WITHOUT ROWID`,
    // One row: up to where pictures without a job were looked for, and when next.
    `CREATE TABLE orphan_sweep (after TEXT NOT NULL, due INTEGER NOT NULL)`,
  ],
  [
    // Frozen with the rest. Where `prices` is null, older code froze it: version 1.
    `ALTER TABLE segments ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 1`,
    `ALTER TABLE segments ADD COLUMN prices TEXT`,
    // Open jobs that are in the books already: the ledger settled them before it was restored from a backup.
    `CREATE TABLE billed (job TEXT PRIMARY KEY) WITHOUT ROWID`,
  ],
  [
    // One row once a deleted tenant's data is removed: how often it was looked for, and when last.
    `CREATE TABLE deletion (rounds INTEGER NOT NULL, at INTEGER NOT NULL)`,
  ],
  [
    // MeasuredCounts of one UTC hour as JSON.
    `CREATE TABLE measures (hour INTEGER PRIMARY KEY, measured TEXT NOT NULL)`,
    // What the request had taken when this ledger was asked, milliseconds. Null in jobs from before this was recorded.
    `ALTER TABLE jobs ADD COLUMN taken_millis INTEGER`,
  ],
  [
    // 1: the picture is with the caller and not stored. Older code sends such a job, whose consumer finds no picture.
    `ALTER TABLE jobs ADD COLUMN held INTEGER NOT NULL DEFAULT 0`,
  ],
  [
    // One row from when the ledger was restored from a backup until the Directory has told it what it forgot.
    `CREATE TABLE recall (since INTEGER NOT NULL)`,
  ],
  // Frozen with the rest. Null: 1 without `prices`, else 2.
  [`ALTER TABLE segments ADD COLUMN version INTEGER`],
  [
    // The number of the job's event. Null: open, or from before this was recorded.
    `ALTER TABLE jobs ADD COLUMN seq INTEGER`,
    // Which segment ends with which event, so that a job can say where it is recorded.
    `CREATE TABLE runs (last_seq INTEGER PRIMARY KEY, number INTEGER NOT NULL)`,
  ],
  [
    // Lease as JSON: in a tenant's first shard those of the others, in each of them its own.
    `CREATE TABLE leases (shard INTEGER PRIMARY KEY, lease TEXT NOT NULL)`,
  ],
  [
    // Which of the ledger's accepted jobs it is, counted from 1; 0: accepted before they were counted. Null: older code wrote the row.
    `ALTER TABLE jobs ADD COLUMN ordinal INTEGER`,
    // One row: the highest ordinal of those that have left.
    `CREATE TABLE accepted (count INTEGER NOT NULL)`,
  ],
  // Delivered pictures of one UTC hour that were there already.
  [
    `CREATE TABLE hits (hour INTEGER PRIMARY KEY, requests INTEGER NOT NULL, bytes INTEGER NOT NULL)`,
  ],
  // One row while a restored ledger deletes again what was deleted since its backup: the last key that it has read.
  [`CREATE TABLE deleted_again (after TEXT NOT NULL)`],
  // One row once a render made trouble: how much there was at that time, and whether the tenant is set apart (0, 1).
  [`CREATE TABLE trouble (score REAL NOT NULL, at INTEGER NOT NULL, apart INTEGER NOT NULL)`],
  [
    // Pictures stored to be delivered, by their SHA-256 in hex. `doubt`: until when it is not known whether it is stored.
    `CREATE TABLE originals (hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL, doubt INTEGER) WITHOUT ROWID`,
    `CREATE INDEX originals_doubt ON originals (doubt) WHERE doubt IS NOT NULL`,
    // One row from when they are counted: the last hash that was compared with R2, and when the next is.
    `CREATE TABLE originals_walk (after TEXT NOT NULL, due INTEGER)`,
  ],
  [
    // 1: its hour does not have it yet, unless `counted` says so. Null: counted when it was written, as older code does.
    `ALTER TABLE events ADD COLUMN uncounted INTEGER`,
    // One row: the last event that all hours had when they were written.
    `CREATE TABLE counted (through INTEGER NOT NULL)`,
  ],
  // Open jobs are held in memory, so that a change of `due` costs no entry. Older code finds them more slowly.
  [`DROP INDEX jobs_due`],
];

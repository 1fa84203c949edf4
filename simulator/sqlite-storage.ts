import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { ObjectStorage, Sql, SqlCursor, SqlValue } from "../durable-objects/ports.ts";

export type Backup = ReadonlyMap<string, readonly Readonly<Record<string, SqlValue>>[]>;

/**
 * A Durable Object's storage on Node's own SQLite: the same SQL, transactions that nest as on the
 * platform, and one alarm, whose time is in `alarmAt`.
 */
export class SqliteStorage implements ObjectStorage {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly sql: Sql;
  #depth = 0;
  /** When the alarm is to ring, epoch milliseconds; null: not set. */
  alarmAt: number | null = null;

  /** In memory, or in the file at `path`. */
  constructor(path = ":memory:") {
    this.#database = new DatabaseSync(path);
    this.sql = this.#sql();
  }

  transactionSync<Value>(change: () => Value): Value {
    const savepoint = `level_${this.#depth}`;
    this.#statement(`SAVEPOINT ${savepoint}`).run();
    this.#depth += 1;
    try {
      const value = change();
      this.#statement(`RELEASE ${savepoint}`).run();
      return value;
    } catch (cause) {
      this.#database.exec(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw cause;
    } finally {
      this.#depth -= 1;
    }
  }

  async setAlarm(at: number): Promise<void> {
    this.alarmAt = at;
  }

  /** Starts a transaction that `undo` takes back: what an object loses that dies before its writes are durable. */
  mark(): void {
    this.#database.exec("BEGIN");
  }

  undo(): void {
    this.#database.exec("ROLLBACK");
  }

  /** Empties every table but the schema's version: making the tables again takes longer than a short run. */
  clear(): void {
    this.alarmAt = null;
    const tables = this.#rows("SELECT name FROM sqlite_schema WHERE type = 'table'");
    // Rows that others refer to go last.
    for (const { name } of tables.toReversed()) {
      if (name !== "schema_version") this.#rows(`DELETE FROM ${name as string}`);
    }
  }

  /** Every table's rows. */
  backup(): Backup {
    const tables = this.#rows("SELECT name FROM sqlite_schema WHERE type = 'table'");
    return new Map(
      tables.map(({ name }) => [name as string, this.#rows(`SELECT * FROM ${name as string}`)]),
    );
  }

  /** Puts every row back as it was, into the tables of now: the object must begin again from there. */
  restore(backup: Backup): void {
    for (const [table, rows] of backup) {
      if (table === "schema_version") continue;
      this.#rows(`DELETE FROM ${table}`);
      for (const row of rows) {
        const names = Object.keys(row);
        const places = names.map(() => "?").join(", ");
        this.#rows(
          `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`,
          ...Object.values(row),
        );
      }
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #sql(): Sql {
    const read = (pragma: string) => Number(this.#rows(`PRAGMA ${pragma}`)[0]?.[pragma]);
    const pageSize = read("page_size");
    const exec = <Row extends Record<string, SqlValue>>(
      query: string,
      ...bindings: readonly SqlValue[]
    ): SqlCursor<Row> => {
      // Runs at once, as on the platform, whether or not anybody reads the rows.
      const rows = this.#rows(query, ...bindings) as Row[];
      return { toArray: () => rows, one: () => only(rows) };
    };
    return {
      exec,
      get databaseSize() {
        return (read("page_count") - read("freelist_count")) * pageSize;
      },
    };
  }

  #rows(query: string, ...bindings: readonly SqlValue[]): Record<string, SqlValue>[] {
    const rows = this.#statement(query).all(...bindings.map(bindable));
    for (const row of rows) buffersIn(row);
    return rows as Record<string, SqlValue>[];
  }

  #statement(query: string): StatementSync {
    const known = this.#statements.get(query);
    if (known) return known;
    const statement = this.#database.prepare(query);
    this.#statements.set(query, statement);
    return statement;
  }
}

const bindable = (value: SqlValue) =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : value;

/** The platform gives blobs as `ArrayBuffer`s. */
function buffersIn(row: Record<string, unknown>): void {
  for (const name in row) {
    const value = row[name];
    if (typeof value === "object" && value instanceof Uint8Array) row[name] = value.slice().buffer;
  }
}

function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} rows instead of one`);
  return row;
}

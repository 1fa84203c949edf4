import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { directoryMigrations } from "../../durable-objects/directory/directory-schema.ts";
import { ledgerMigrations } from "../../durable-objects/ledger/ledger-schema.ts";
import { migrate, type MigratableStorage, type Migration } from "../../durable-objects/migrate.ts";

/** Real SQLite behind the few methods that a migration uses. */
class SqliteStorage implements MigratableStorage {
  readonly database = new DatabaseSync(":memory:");
  readonly sql = {
    exec: (statement: string, ...bindings: number[]) => {
      const rows = this.database.prepare(statement).all(...bindings);
      return { toArray: (): Record<string, SQLOutputValue>[] => rows };
    },
  };

  transactionSync(run: () => void): void {
    this.database.exec("BEGIN");
    try {
      run();
      this.database.exec("COMMIT");
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  all(query: string): unknown[] {
    return this.sql.exec(query).toArray();
  }

  schema(): unknown[] {
    return this.all("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name");
  }
}

const books: readonly Migration[] = [
  ["CREATE TABLE books (title TEXT NOT NULL)"],
  ["ALTER TABLE books ADD COLUMN pages INTEGER", "UPDATE books SET pages = 1"],
  ["CREATE INDEX books_by_title ON books (title)"],
];

describe("storage", () => {
  test.each([
    ["an example", books],
    ["the Directory", directoryMigrations],
    ["the ledger", ledgerMigrations],
  ])("of %s walks from every version to the latest and ends with one schema", (_, migrations) => {
    const fresh = new SqliteStorage();
    migrate(fresh, migrations);

    for (let version = 0; version <= migrations.length; version++) {
      const older = new SqliteStorage();
      migrate(older, migrations.slice(0, version));
      migrate(older, migrations);
      expect(older.schema()).toEqual(fresh.schema());
      expect(older.all("SELECT version FROM schema_version")).toEqual([
        { version: migrations.length },
      ]);
    }
  });

  test("keeps its rows and brings them along", () => {
    const storage = new SqliteStorage();
    migrate(storage, books.slice(0, 1));
    storage.all("INSERT INTO books VALUES ('Emma')");
    migrate(storage, books);
    expect(storage.all("SELECT * FROM books")).toEqual([{ title: "Emma", pages: 1 }]);
  });

  test("runs each migration once, however often the object starts", () => {
    const storage = new SqliteStorage();
    migrate(storage, books);
    storage.all("INSERT INTO books VALUES ('Emma', 474)");
    migrate(storage, books);
    expect(storage.all("SELECT pages FROM books")).toEqual([{ pages: 474 }]);
  });

  test("stays at the last whole version when a migration fails, and goes on once it is mended", () => {
    const storage = new SqliteStorage();
    const [first = [], second = [], third = []] = books;
    expect(() => migrate(storage, [first, [...second, "nonsense"], third])).toThrow();
    expect(storage.all("SELECT version FROM schema_version")).toEqual([{ version: 1 }]);
    expect(storage.all("SELECT name FROM pragma_table_info('books')")).toEqual([{ name: "title" }]);

    migrate(storage, books);
    expect(storage.all("SELECT version FROM schema_version")).toEqual([{ version: 3 }]);
  });

  test("written by a newer version is left as it is by an older one", () => {
    const storage = new SqliteStorage();
    migrate(storage, books);
    const before = storage.schema();
    migrate(storage, books.slice(0, 1));
    expect(storage.schema()).toEqual(before);
    expect(storage.all("SELECT version FROM schema_version")).toEqual([{ version: 3 }]);
  });
});

import { expect, test } from "vitest";
import { atomicallyOn } from "../../../durable-objects/ledger/atomically.ts";
import type { Host } from "../../../durable-objects/ports.ts";
import { SqliteStorage } from "../../../simulator/sqlite-storage.ts";

const storage = new SqliteStorage();
storage.sql.exec(`CREATE TABLE notes (text TEXT)`);
const aborted: string[] = [];
const host = { storage, abort: (reason: string) => void aborted.push(reason) };
const atomically = atomicallyOn(host as unknown as Host);
const notes = () => storage.sql.exec(`SELECT text FROM notes`).toArray();

test("a change that fails leaves nothing behind, and its object starts again from what is stored", () => {
  expect(atomically(() => storage.sql.exec(`INSERT INTO notes VALUES ('kept')`).toArray())).toEqual(
    [],
  );
  expect(aborted).toEqual([]);
  const failing = () =>
    atomically(() => {
      storage.sql.exec(`INSERT INTO notes VALUES ('lost')`);
      throw new Error("half done");
    });
  expect(failing).toThrow("half done");
  expect(notes()).toEqual([{ text: "kept" }]);
  expect(aborted).toEqual(["transaction failed: Error: half done"]);
});

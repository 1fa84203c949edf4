import { beforeEach, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { Replays } from "../../../../durable-objects/ledger/archive/replays.ts";
import { LedgerWorld } from "../ledger-world.ts";

/** What stays of a job's idempotency when the job has left. */
let world: LedgerWorld;
let databaseSize: number;
let replays: Replays;
beforeEach(() => {
  world = new LedgerWorld();
  databaseSize = 0;
  const { storage } = world;
  const sql = {
    exec: storage.sql.exec.bind(storage.sql),
    get databaseSize() {
      return databaseSize;
    },
  };
  const host = {
    now: () => world.now,
    storage: { sql, transactionSync: never, setAlarm: never },
  };
  replays = new Replays(host, { retentionMillis: () => limits.jobRetentionMillis });
});

const never = () => {
  throw new Error("nobody asks for it");
};
const ulid = () => world.request().id.split("_").at(-1) ?? "";
const add = (key: string, fingerprint = "2:picture") => {
  const job = ulid();
  replays.add(key, fingerprint, job);
  return job;
};

test("a key says its job, and tells another request where both can be compared", () => {
  const job = add("key");
  expect(replays.find("key")?.ulid).toBe(job);
  expect(replays.find("key")?.matches("2:picture")).toBe(true);
  expect(replays.find("key")?.matches("2:another")).toBe(false);
  expect(replays.find("key")?.matches("another")).toBe(true);
  add("older", "picture");
  expect(replays.find("older")?.matches("2:another")).toBe(true);
  expect(replays.find("unknown")).toBeNull();
});

test("a record takes eight bytes for the key, and eight for the request", () => {
  add("key");
  expect(world.rows(`SELECT length(key) AS key, length(request) AS request FROM replays`)).toEqual([
    { key: 8, request: 8 },
  ]);
});

test("all are forgotten at once when their tenant is deleted", () => {
  add("one");
  add("two");
  replays.clear();
  expect(world.rows(`SELECT * FROM replays`)).toEqual([]);
});

test("records stay as long as jobs, and only a day when more than their ledger's share is taken", () => {
  add("key");
  world.pass(limits.replayRetentionMillisMin + 1);
  for (const size of [0, limits.replaysBytesMax]) {
    databaseSize = size;
    replays.turn(10);
    expect(replays.find("key")).not.toBeNull();
  }
  databaseSize = limits.replaysBytesMax + 1;
  replays.turn(10);
  expect(replays.find("key")).toBeNull();
});

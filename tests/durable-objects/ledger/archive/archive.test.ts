import { beforeEach, describe, expect, test } from "vitest";
import { archiveKey } from "../../../../core/ledger/archive.ts";
import { outputKey, sourceKey } from "../../../../core/job/picture-key.ts";
import { limits } from "../../../../core/limits.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** Settled jobs leave the ledger, and everything still answers as if they were there. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
  world.settledRowsMax = 2;
  world.wake();
});

const quiet = limits.lateWriteMillisMax + limits.archivePauseMillis;
const rows = () =>
  world.rows<{ id: string }>(`SELECT id FROM jobs ORDER BY id`).map(({ id }) => id);
const archives = () => world.pictures.keys().filter((key) => key.startsWith("jobs/"));
const pictures = () => world.pictures.keys().filter((key) => key.startsWith("pictures/"));
const settle = (jobs: number, each: object = {}) =>
  Array.from({ length: jobs }, () => {
    world.pass(1000);
    const id = world.accept(each);
    world.finish(id);
    return id;
  });
const list = async (cursor: string | null = null, limit = 100) =>
  (await world.ledger.list(cursor, limit)).map(({ id }) => id);

test("what a few jobs leave stays; of more, all leave that nobody writes for any more", async () => {
  settle(2);
  await world.ring(quiet);
  expect(archives()).toEqual([]);
  settle(1);
  await world.ring(quiet);
  expect(archives()).toEqual([archiveKey(world.name, 1)]);
  expect(rows()).toHaveLength(1);
});

test("jobs whose time comes one after the other leave together, a minute after the last ones", async () => {
  settle(180);
  await world.ring(limits.lateWriteMillisMax + limits.archivePauseMillis);
  expect(rows()).toEqual([]);
  expect(archives().length).toBeLessThanOrEqual(180 / 60 + 1);
});

describe("a job that has left", () => {
  test("is read as before, by itself and in lists, also when the object starts again", async () => {
    const ids = settle(5);
    await world.ledger.seal();
    const before = await world.ledger.list(null, 100);
    await world.ring(quiet);
    expect(rows()).toEqual([]);
    world.wake();
    expect(await world.ledger.list(null, 100)).toEqual(before);
    expect(await list(null, 2)).toEqual([ids[4], ids[3]]);
    expect(await list(ids[3], 2)).toEqual([ids[2], ids[1]]);
    expect(await list(ids[1], 2)).toEqual([ids[0]]);
    for (const job of before) expect(await world.ledger.wait(job.id, 0)).toEqual(job);
    expect(await world.ledger.read("job_local_0_unknown")).toBeNull();
  });

  test("is listed in order with those that stay, whichever are older", async () => {
    const open = world.accept();
    const left = settle(3);
    await world.ring(quiet);
    const [here] = settle(1);
    expect(rows()).toEqual([open, here]);
    expect(await list()).toEqual([here, ...left.toReversed(), open]);
    expect(await list(null, 2)).toEqual([here, left[2]]);
    expect(await list(left[0], 5)).toEqual([open]);
  });

  test("that failed says why", async () => {
    const id = world.accept();
    await world.ring(limits.jobDeadlineMillis);
    settle(2);
    await world.ring(limits.lateWriteMillisMax + quiet);
    expect(rows()).not.toContain(id);
    expect(await world.ledger.read(id)).toMatchObject({
      status: "failed",
      error: { code: "deadline-exceeded" },
    });
  });

  test("answers its Idempotency-Key, and refuses another request's", async () => {
    const idempotency = { key: "mine", fingerprint: "2:f1" };
    const [id] = settle(1, { idempotency });
    settle(2);
    await world.ring(quiet);
    expect(rows()).toEqual([]);
    const ask = async (fingerprint: string) =>
      (await world.ledger.accept(world.request({ idempotency: { key: "mine", fingerprint } })))
        .verdict;
    expect(await ask("2:f1")).toMatchObject({ ok: true, value: { job: { id }, replayed: true } });
    expect(await ask("2:f2")).toMatchObject({ error: { code: "idempotency-key-reused" } });
    // Of an older scheme: it cannot be compared, so it is not refused.
    expect(await ask("f2")).toMatchObject({ ok: true, value: { job: { id } } });
    expect(await world.ledger.remove(id ?? "")).toBe(true);
    expect(await ask("2:f1")).toMatchObject({
      error: { detail: expect.stringContaining("deleted") },
    });
  });

  test("is deleted with its pictures, and its batch goes when all of it is deleted", async () => {
    const ids = settle(3);
    for (const id of ids) {
      for (const key of picturesOf(id)) await world.pictures.put(key, "bytes");
    }
    await world.ring(quiet);
    const [first = "", ...others] = ids;
    expect(await world.ledger.remove(first)).toBe(true);
    expect(await world.ledger.remove(first)).toBe(true);
    expect(await world.ledger.read(first)).toBeNull();
    expect(await list()).toEqual(others.toReversed());
    expect(pictures().some((key) => key.includes(first))).toBe(false);
    for (const id of others) await world.ledger.remove(id);
    await world.ring(limits.orphanMillis);
    expect([...archives(), ...pictures()]).toEqual([]);
    expect(world.rows(`SELECT job FROM gone`)).toEqual([]);
    expect(await world.ledger.remove("job_local_0_unknown")).toBe(false);
  });

  test("is not looked at again when the last of its batch is deleted", async () => {
    const ids = settle(3);
    await world.ring(quiet);
    for (const id of ids) await world.ledger.remove(id);
    world.wake();
    const asked: string[] = [];
    world.pictures.before = (call, key) => void asked.push(`${call} ${key}`);
    await world.ring(limits.alarmRetryMillis);
    expect(asked).toEqual([`delete ${archiveKey(world.name, 1)}`]);
  });

  test("goes with its pictures when its time is over", async () => {
    const ids = settle(3);
    for (const key of ids.flatMap(picturesOf)) await world.pictures.put(key, "bytes");
    await world.ring(limits.jobRetentionMillis - limits.alarmPauseMillis);
    expect(world.pictures.keys()).toHaveLength(7);
    await world.ring(quiet);
    expect(world.pictures.keys()).toEqual([]);
    expect(await list()).toEqual([]);
  });

  test("cannot be read when storage does not answer, and says that this passes", async () => {
    const [id = ""] = settle(3);
    await world.ring(quiet);
    world.wake();
    world.pictures.before = () => Promise.reject(new Error("away"));
    await expect(world.ledger.read(id)).rejects.toThrow("unavailable:");
    await expect(list()).rejects.toThrow("unavailable:");
    await expect(world.ledger.remove(id)).rejects.toThrow();
    world.pictures.before = () => undefined;
    expect(await world.ledger.read(id)).toMatchObject({ id });
  });

  test("whose line is damaged is missed and reported; the others are read, its pictures stay", async () => {
    const ids = settle(3);
    await world.pictures.put(sourceKey("tnt_x", ids[0] ?? ""), "bytes");
    await world.ring(quiet);
    const key = archiveKey(world.name, 1);
    const [header, , ...others] = (world.pictures.text(key) ?? "").split("\n");
    await world.pictures.put(key, [header, "{}", ...others].join("\n"));
    world.wake();
    expect(await list()).toEqual(ids.slice(1).toReversed());
    expect(world.events("archive-damaged")).toEqual([
      expect.objectContaining({ number: 1, missing: 1, damaged: 1 }),
    ]);
    await world.ring(limits.orphanMillis);
    expect(world.pictures.keys()).toContain(sourceKey("tnt_x", ids[0] ?? ""));
  });

  const picturesOf = (id: string) => [sourceKey("tnt_x", id), outputKey("tnt_x", id, 1, 0)];
});

describe("a batch that could not be written", () => {
  test("leaves its jobs where they are, until another is; what it wrote late is removed", async () => {
    const ids = settle(3);
    world.pictures.before = (call) =>
      call === "put" ? Promise.reject(new Error("away")) : undefined;
    await world.ring(quiet);
    expect(rows()).toEqual(ids);
    world.pictures.before = () => undefined;
    await world.pictures.put(archiveKey(world.name, 1), "late");
    await world.ring(2 * limits.archivePauseMillis);
    expect(rows()).toEqual([]);
    expect(await list()).toEqual(ids.toReversed());
    expect(archives().length).toBeGreaterThan(1);
    await world.ring(2 * limits.lateWriteMillisMax);
    expect(archives()).toHaveLength(1);
    expect(await list()).toEqual(ids.toReversed());
    expect(world.rows(`SELECT state FROM archives`)).toEqual([{ state: "stored" }]);
  });

  test("because the object ended in between, is never read and never written again", async () => {
    const ids = settle(3);
    world.pictures.before = (call) => {
      if (call === "put") world.wake();
      return call === "put" ? new Promise(() => undefined) : undefined;
    };
    void world.ring(quiet);
    await new Promise((resolve) => void setTimeout(resolve, 0));
    world.pictures.before = () => undefined;
    await world.pictures.put(archiveKey(world.name, 1), "late");
    world.pass(quiet);
    await world.ledger.alarm();
    expect(archives()).toEqual([archiveKey(world.name, 2)]);
    expect(await list()).toEqual(ids.toReversed());
  });
});

test("a job that is deleted while its batch is written is gone afterwards", async () => {
  const [id = "", ...others] = settle(3);
  world.pictures.before = async (call) => {
    if (call !== "put") return;
    world.pictures.before = () => undefined;
    await world.ledger.remove(id);
  };
  await world.ring(quiet);
  expect(await list()).toEqual(others.toReversed());
  expect(await world.ledger.read(id)).toBeNull();
});

test("ids of one batch are close together, so that a job that lay open long makes no wide one", async () => {
  const early = world.accept();
  world.pass(limits.archiveSpanMillis + 1);
  world.ledger.claim([{ job: early, redelivered: false }], true);
  world.ledger.settle([{ job: early, outcome: done, attempt: 1 }]);
  settle(3);
  await world.ring(quiet + 2 * limits.archivePauseMillis);
  const batches = world.rows(`SELECT count FROM archives WHERE state = 'stored' ORDER BY number`);
  expect(batches).toEqual([{ count: 1 }, { count: 3 }]);
  expect(await world.ledger.read(early)).toMatchObject({ status: "done" });
});

test("a job as far from the first as a batch may reach leaves with it", async () => {
  const first = world.accept();
  world.pass(limits.archiveSpanMillis - 1000);
  settle(2);
  world.finish(first);
  await world.ring(quiet);
  expect(world.rows(`SELECT count FROM archives`)).toEqual([{ count: 2 }]);
});

test("of jobs that were all deleted before they left there is no batch", async () => {
  for (const id of settle(3)) await world.ledger.remove(id);
  const asked: string[] = [];
  world.pictures.before = (_, key) => void (key.startsWith("jobs/") && asked.push(key));
  await world.ring(2 * quiet);
  expect(rows()).toEqual([]);
  expect(asked).toEqual([]);
  expect(world.rows(`SELECT number, state FROM archives`)).toEqual([
    { number: 1, state: "removed" },
  ]);
});

test("idempotency records go when their jobs are over, a part with every batch", async () => {
  const keyed = Array.from({ length: 40 }, (_, number) => ({
    key: `k${number}`,
    fingerprint: "f",
  }));
  for (const idempotency of keyed) settle(1, { idempotency });
  await world.ring(quiet);
  const records = () => world.rows<{ n: number }>(`SELECT COUNT(*) AS n FROM replays`)[0]?.n;
  expect(records()).toBe(40);
  await world.ring(limits.jobRetentionMillis);
  expect(records()).toBe(40);
  settle(1, { idempotency: { key: "new", fingerprint: "f" } });
  settle(8);
  await world.ring(quiet);
  expect(records()).toBe(1);
});

test("once the records fill the ledger they stay a day", async () => {
  settle(1, { idempotency: { key: "old", fingerprint: "f" } });
  settle(2);
  await world.ring(quiet);
  Object.defineProperty(world.storage.sql, "databaseSize", { value: limits.replaysBytesMax + 1 });
  await world.ring(limits.replayRetentionMillisMin);
  settle(3);
  await world.ring(quiet);
  expect(world.rows(`SELECT * FROM replays`)).toEqual([]);
});

test("what a ledger stored and forgot when it was restored goes, and its jobs are read from where they are", async () => {
  const ids = settle(3);
  const backup = world.storage.backup();
  await world.ring(quiet);
  expect(archives()).toEqual([archiveKey(world.name, 1)]);
  world.settledRowsMax = 10;
  world.restore(backup);
  await world.ring(limits.orphanMillis + quiet);
  expect(archives()).toEqual([]);
  expect(await list()).toEqual(ids.toReversed());
});

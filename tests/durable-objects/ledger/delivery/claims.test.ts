import { beforeEach, describe, expect, test } from "vitest";
import { outputKey } from "../../../../core/job/picture-key.ts";
import { limits } from "../../../../core/limits.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** The first claim of a job that was sent is held in memory only. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const claim = (job: string, { redelivered = false, alone = false } = {}) =>
  world.ledger.claim([{ job, redelivered }], alone)[0];
const settle = (job: string, attempt: number) =>
  world.ledger.settle([{ job, attempt, outcome: done }])[0];
const row = (id: string) =>
  world.rows(`SELECT status, claims, winner FROM jobs WHERE id = '${id}'`)[0];

describe("a first claim", () => {
  test("counts at once and is written down with the job's end", async () => {
    const id = world.accept();
    expect(claim(id)).toMatchObject({ verdict: "render", attempt: 1 });
    expect(await world.ledger.read(id)).toMatchObject({ status: "running", attempts: 1 });
    expect(row(id)).toEqual({ status: "accepted", claims: 0, winner: null });
    expect(claim(id)).toEqual({ verdict: "drop", job: id });
    expect(settle(id, 1)).toBe("settled");
    expect(row(id)).toEqual({ status: "done", claims: 1, winner: 1 });
  });

  test("ends when its consumer does not come back: the job is sent to be rendered alone", async () => {
    const id = world.accept();
    claim(id);
    await world.ring(limits.leaseMillis + 5 * limits.leaseMillisPerUnit);
    expect(world.solo.sent).toEqual([id]);
    expect(row(id)).toMatchObject({ status: "accepted", claims: 1 });
    expect(claim(id, { alone: true })).toMatchObject({ verdict: "render", attempt: 2 });
    expect(row(id)).toMatchObject({ status: "running", claims: 2 });
  });

  test("is known when the job is deleted: its rendition is removed", async () => {
    const id = world.accept();
    claim(id);
    const rendition = outputKey("tnt_x", id, 1, 0);
    await world.pictures.put(rendition, new Uint8Array(3));
    settle(id, 1);
    await world.ledger.remove(id);
    expect(world.pictures.objects.has(rendition)).toBe(false);
  });
});

describe("when the object has forgotten a claim", () => {
  let id: string;
  beforeEach(() => {
    id = world.accept();
    claim(id);
    world.wake();
  });

  test("its consumer ends the job all the same, and it is billed once", async () => {
    expect(settle(id, 1)).toBe("settled");
    expect(settle(id, 1)).toBe("already");
    expect(await world.ledger.read(id)).toMatchObject({ status: "done", attempts: 1 });
    expect(row(id)).toEqual({ status: "done", claims: 1, winner: 1 });
  });

  test("the next consumer writes under another number, and what comes first counts", async () => {
    expect(claim(id)).toMatchObject({ verdict: "render", attempt: 2 });
    expect(row(id)).toMatchObject({ status: "running", claims: 2 });
    expect(settle(id, 1)).toBe("settled");
    expect(settle(id, 2)).toBe("lost");
    expect(row(id)).toMatchObject({ claims: 2, winner: 1 });
  });

  test("a message that comes back tells that the consumer is gone: the job is rendered alone", () => {
    expect(claim(id, { redelivered: true })).toEqual({ verdict: "isolate", job: id });
  });

  test("its consumer may still begin the job, and no other consumer gets it then", async () => {
    const begin = (attempt: number) => world.ledger.begin({ job: id, attempt }, false);
    expect(begin(2)).toBe(false);
    expect(begin(1)).toBe(true);
    expect(row(id)).toMatchObject({ status: "running", claims: 1 });
    expect(claim(id)).toEqual({ verdict: "drop", job: id });
    await world.ring(limits.redispatchMillis);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[id], []]);
  });

  test("its consumer does not begin it once another has it, or it waits to be rendered alone", () => {
    const other = world.accept();
    claim(other);
    world.wake();
    claim(id);
    claim(other, { redelivered: true });
    expect(world.ledger.begin({ job: id, attempt: 1 }, false)).toBe(false);
    expect(world.ledger.begin({ job: other, attempt: 1 }, false)).toBe(false);
  });

  test("a message that is gone from the queue tells it too", async () => {
    await world.ring(limits.redispatchMillis);
    expect(world.solo.sent).toEqual([id]);
  });
});

test("a job that was handed back and lost is sent to its own queue again, also when the object wakes", async () => {
  const id = world.accept();
  claim(id);
  const deferred = { kind: "deferred", cause: "storage is away" } as const;
  world.ledger.settle([{ job: id, attempt: 1, outcome: deferred }]);
  world.wake();
  await world.ring(limits.redispatchMillis * 4);
  expect(world.solo.sent).toEqual([]);
  expect(world.jobs.sent.filter((sent) => sent === id).length).toBeGreaterThan(1);
});

test("a job whose first message was lost is rendered alone when its consumer ends, also when the object wakes", async () => {
  const id = world.accept();
  await world.ring(limits.redispatchMillis);
  expect(world.jobs.sent).toEqual([id, id]);
  expect(claim(id)).toMatchObject({ verdict: "render", attempt: 1 });
  world.wake();
  expect(claim(id, { redelivered: true })).toEqual({ verdict: "isolate", job: id });
});

test("a rendition goes with its job though older code did not know of the claim that made it", async () => {
  const id = world.accept();
  claim(id);
  const rendition = outputKey("tnt_x", id, 1, 0);
  await world.pictures.put(rendition, new Uint8Array(3));
  settle(id, 1);
  // What older code leaves behind when it ends the job after a roll-back.
  world.storage.sql.exec(`UPDATE jobs SET claims = 0, sweep_at = NULL`);
  world.wake();
  await world.ledger.remove(id);
  expect(world.pictures.objects.has(rendition)).toBe(false);
});

test("what waits in a backlog is looked at again without a word in its row", async () => {
  const id = world.accept();
  const due = () => world.rows(`SELECT due, resends FROM jobs WHERE id = '${id}'`);
  const before = due();
  world.jobs.readings = { backlogCount: 5, oldestMessageTimestamp: new Date(world.now) };
  await world.ring(limits.redispatchMillis * 3);
  expect(due()).toEqual(before);
  expect(world.jobs.sent).toEqual([id]);
});

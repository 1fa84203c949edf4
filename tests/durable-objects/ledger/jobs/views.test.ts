import { beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** What callers see of jobs. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const take = (id: string) => world.ledger.claim([{ job: id, redelivered: false }], false)[0];

/** Lets everything go on that waits for nothing. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe("a list of jobs", () => {
  test("is newest first, page by page, each job once", async () => {
    const ids = Array.from({ length: 5 }, () => world.accept());
    const seen: string[] = [];
    let cursor: string | null = null;
    for (const expected of [2, 2, 1, 0]) {
      const page = await world.ledger.list(cursor, 2);
      expect(page).toHaveLength(expected);
      seen.push(...page.map(({ id }) => id));
      cursor = page.at(-1)?.id ?? cursor;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  test("leaves out what was deleted", async () => {
    const [first, second] = [world.accept(), world.accept()];
    await world.ledger.remove(second);
    expect((await world.ledger.list(null, 10)).map(({ id }) => id)).toEqual([first]);
  });

  describe("of which some have left for the archive", () => {
    const settle = () => {
      world.pass(1000);
      const id = world.accept();
      world.finish(id);
      return id;
    };
    let ids: string[];
    beforeEach(async () => {
      world.settledRowsMax = 1;
      world.wake();
      const oldest = settle();
      const open = world.accept();
      const left = [settle(), settle()];
      await world.ring(limits.lateWriteMillisMax + limits.archivePauseMillis);
      ids = [oldest, open, ...left, settle(), world.accept()].toReversed();
    });
    const list = async (cursor: string | null, limit: number) =>
      (await world.ledger.list(cursor, limit)).map(({ id }) => id);

    test("has all in the order of their ids, and no more than was asked for", async () => {
      const rows = world.rows<{ id: string }>(`SELECT id FROM jobs ORDER BY id DESC`);
      expect(rows.map(({ id }) => id)).toEqual([ids[0], ids[1], ids[4]]);
      for (const limit of [10, 6, 5, 4, 3, 2, 1]) {
        expect(await list(null, limit), `${limit}`).toEqual(ids.slice(0, limit));
        expect(await list(ids[0] ?? null, limit), `${limit}`).toEqual(ids.slice(1, limit + 1));
        expect(await list(ids[2] ?? null, limit), `${limit}`).toEqual(ids.slice(3, limit + 3));
      }
    });

    test("reads none of the archive where newer rows fill the page", async () => {
      const read: string[] = [];
      world.wake();
      world.pictures.before = (call) => void read.push(call);
      expect(await list(null, 2)).toEqual(ids.slice(0, 2));
      expect(read).toEqual([]);
      await list(null, 3);
      expect(read).not.toEqual([]);
    });
  });
});

describe("a job shows", () => {
  test("until when it may take, while it is open, and what is reserved for it", async () => {
    const id = world.accept({ held: true, holdMillis: limits.uploadHoldMillis });
    const deadline = world.now + limits.jobDeadlineMillis;
    expect(await world.ledger.read(id)).toMatchObject({ deadline, held: true, reserved: 5 });
    world.finish(id);
    const ended = await world.ledger.read(id);
    expect(ended).toMatchObject({ status: "done", reserved: 5 });
    expect(ended).not.toHaveProperty("deadline");
    expect(ended).not.toHaveProperty("held");
  });

  test("neither a hold nor a reserve where there is none", async () => {
    const { spec } = world.request();
    const shown = await world.ledger.read(world.accept({ spec: { ...spec, computeUnits: 0 } }));
    expect(shown).not.toHaveProperty("held");
    expect(shown).not.toHaveProperty("reserved");
  });

  test("as attempts also those that a consumer began and never ended", async () => {
    const id = world.accept();
    take(id);
    world.ledger.claim([{ job: id, redelivered: true }], true);
    expect(await world.ledger.read(id)).toMatchObject({ attempts: 2 });
  });
});

describe("a job that is waited for", () => {
  test("is answered at once when it is settled already, and null when there is none", async () => {
    const id = world.accept();
    world.finish(id);
    expect(await world.ledger.wait(id, 60_000)).toMatchObject({ id, status: "done" });
    expect(await world.ledger.wait("job_local_0_unknown", 60_000)).toBeNull();
  });

  test("is answered the moment it is settled; its consumer is told that somebody waits", async () => {
    const id = world.accept();
    const answer = world.ledger.wait(id, 60_000);
    await turn();
    expect(take(id)).toMatchObject({ verdict: "render", awaited: true });
    world.ledger.settle([{ job: id, outcome: done, attempt: 1 }]);
    expect(await answer).toMatchObject({ id, status: "done" });
  });

  test("is answered as it is when the time is up", async () => {
    vi.useFakeTimers();
    try {
      const id = world.accept();
      const answer = world.ledger.wait(id, 1000);
      await vi.advanceTimersByTimeAsync(1000);
      expect(await answer).toMatchObject({ id, status: "accepted" });
      expect(take(id)).toMatchObject({ awaited: false });
    } finally {
      vi.useRealTimers();
    }
  });

  test("accepted and waited for in one call is answered with its end", async () => {
    const request = world.request();
    const answer = world.ledger.acceptWait(request, 60_000);
    await turn();
    expect(take(request.id)).toMatchObject({ verdict: "render", awaited: true });
    world.ledger.settle([{ job: request.id, outcome: done, attempt: 1 }]);
    expect((await answer).verdict).toMatchObject({
      value: { replayed: false, job: { id: request.id, status: "done" } },
    });
  });

  test("refused, nobody waits", async () => {
    world.ledger.revokeKey("key_1");
    const { verdict, rate } = await world.ledger.acceptWait(world.request(), 60_000);
    expect(verdict).toMatchObject({ ok: false, error: { code: "key-revoked" } });
    expect(rate).toBeNull();
  });
});

describe("a request with an Idempotency-Key", () => {
  const idempotency = { key: "order-1", fingerprint: "picture-1" };

  test("gives the same job again, and for another request an error", () => {
    const id = world.accept({ idempotency });
    expect(world.answer(world.request({ idempotency })).verdict).toMatchObject({
      value: { replayed: true, job: { id } },
    });
    const other = { ...idempotency, fingerprint: "picture-2" };
    expect(world.answer(world.request({ idempotency: other })).verdict).toMatchObject({
      error: { code: "idempotency-key-reused", detail: expect.stringContaining("another picture") },
    });
    expect(world.rows(`SELECT id FROM jobs`)).toHaveLength(1);
  });

  test("whose job was deleted says so", async () => {
    await world.ledger.remove(world.accept({ idempotency }));
    expect(world.answer(world.request({ idempotency })).verdict).toMatchObject({
      error: { code: "idempotency-key-reused", detail: expect.stringContaining("deleted") },
    });
  });

  test("of one id is accepted once, also without a key", () => {
    const request = world.request();
    expect(world.answer(request).verdict).toMatchObject({ value: { replayed: false } });
    expect(world.answer(request).verdict).toMatchObject({
      value: { replayed: false, job: { id: request.id } },
    });
    expect(world.jobs.sent).toEqual([request.id]);
  });
});

describe("a job that is deleted before it is done", () => {
  test("ends as cancelled, is billed nothing and counts as failed", async () => {
    const id = world.accept();
    expect(await world.ledger.remove(id)).toBe(true);
    expect(
      world.rows(`SELECT status, json_extract(outcome, '$.problem.code') AS code FROM jobs`),
    ).toEqual([{ status: "failed", code: "cancelled" }]);
    expect(world.ledger.usage(0, world.now + 1).hours[0]?.totals).toMatchObject({
      jobsDone: 0,
      jobsFailed: 1,
      computeUnits: 0,
    });
  });

  test("is not given to a consumer, nor settled by one that has it", async () => {
    const [waiting, taken] = [world.accept(), world.accept()];
    take(taken);
    await world.ledger.remove(waiting);
    await world.ledger.remove(taken);
    expect(take(waiting)).toEqual({ verdict: "drop", job: waiting });
    expect(world.ledger.settle([{ job: taken, outcome: done, attempt: 1 }])).toEqual(["discard"]);
  });
});

describe("usage", () => {
  test("is of the hours that start in the asked time, the end excluded", () => {
    const hour = 3_600_000;
    const first = Math.floor(world.now / hour) * hour;
    for (let hours = 0; hours < 3; hours++) {
      world.finish(world.accept());
      world.pass(hour);
    }
    const hours = (from: number, to: number) =>
      world.ledger.usage(from, to).hours.map((usage) => (usage.hour - first) / hour);
    expect(hours(first, first + 3 * hour)).toEqual([0, 1, 2]);
    expect(hours(first + 1, first + 2 * hour)).toEqual([1]);
    expect(hours(first + hour, first + hour)).toEqual([]);
    expect(world.ledger.usage(0, 1).asOf).toBe(world.now);
  });

  test("of long ago is forgotten, and not a moment early", async () => {
    world.finish(world.accept());
    const hours = () => world.ledger.usage(0, world.now).hours.length;
    world.pass(limits.usageRetentionMillis);
    await world.ledger.alarm();
    expect(hours()).toBe(1);
    world.pass(3_600_000);
    await world.ledger.alarm();
    expect(hours()).toBe(0);
  });
});

test("a call with more than any batch holds is a mistake of the caller, and changes nothing", () => {
  const asked = Array.from({ length: 1000 }, (_, index) => ({
    job: `job_${index}`,
    redelivered: false,
  }));
  expect(() => world.ledger.claim(asked, false)).toThrow();
  expect(() => world.ledger.settle(asked.map(({ job }) => ({ job, outcome: done })))).toThrow();
});

test.each(["computeUnits", "bytesOut", "pixels"])(
  "usage whose %s cannot be counted is refused, and the job stays open",
  async (field) => {
    const id = world.accept();
    if (done.kind !== "done") throw new Error("a job that is done");
    for (const value of [-1, 0.5, Number.NaN, 2 ** 60]) {
      const outcome = { ...done, usage: { ...done.usage, [field]: value } };
      expect(() => world.ledger.settle([{ job: id, outcome }]), `${value}`).toThrow();
    }
    expect(await world.ledger.read(id)).toMatchObject({ status: "accepted" });
  },
);

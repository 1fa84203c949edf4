import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../../../core/limits.ts";
import type {
  AcceptAnswer,
  AcceptRequest,
} from "../../../../durable-objects/ledger/ledger-calls.ts";
import { done, LedgerWorld } from "../ledger-world.ts";

/** Jobs whose rendition lies under a key of its own, where it can be gone while the job is known. */
let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const kept = { source: "originals/tnt_x/5", rendition: "renditions/tnt_x/5/9" };

function request(replaces?: string): AcceptRequest {
  const plain = world.request();
  return {
    ...plain,
    idempotency: { key: "rendition\n9", fingerprint: "2:9", ...(replaces && { replaces }) },
    spec: { ...plain.spec, kept },
  };
}

const jobOf = ({ verdict }: AcceptAnswer) => {
  if (!verdict.ok) throw new Error(verdict.error.detail);
  return verdict.value;
};

test("a settled job shows its rendition under the key that was given, also when it has left", async () => {
  world.settledRowsMax = 0;
  world.wake();
  const { id } = jobOf(world.answer(request())).job;
  world.finish(id);
  const { outputs } = (await world.ledger.read(id)) ?? { outputs: [] };
  expect(outputs[0]?.key).toBe(kept.rendition);
  await world.ring(2 * limits.lateWriteMillisMax);
  expect(world.rows("SELECT id FROM jobs")).toEqual([]);
  expect((await world.ledger.read(id))?.outputs[0]?.key).toBe(kept.rendition);
});

describe("a rendition that is gone", () => {
  test("is made by a new job, and by one only, whoever asks for it again", () => {
    const first = jobOf(world.answer(request())).job.id;
    world.finish(first);
    const asked = [request(first), request(first), request(first)];
    const jobs = asked.map((each) => jobOf(world.answer(each)));
    expect(jobs.map(({ replayed }) => replayed)).toEqual([false, true, true]);
    expect(new Set(jobs.map(({ job }) => job.id))).toEqual(new Set([asked[0]?.id]));
    expect(jobOf(world.answer(request())).job.id).toBe(asked[0]?.id);
  });

  test("is made anew also when the first job has left", async () => {
    world.settledRowsMax = 0;
    world.wake();
    const first = jobOf(world.answer(request())).job.id;
    world.finish(first);
    await world.ring(2 * limits.lateWriteMillisMax);
    const known = await world.ledger.accept(request());
    expect(jobOf(known)).toMatchObject({ replayed: true, job: { id: first } });
    const again = request(first);
    expect(jobOf(world.answer(again))).toMatchObject({ replayed: false, job: { id: again.id } });
  });

  test.each([false, true])("is made anew after its job was deleted (left: %s)", async (left) => {
    world.settledRowsMax = 0;
    world.wake();
    const first = jobOf(world.answer(request())).job.id;
    world.finish(first);
    if (left) await world.ring(2 * limits.lateWriteMillisMax);
    await world.ledger.remove(first);
    const again = request();
    expect(jobOf(await world.ledger.accept(again)).job.id).toBe(again.id);
  });
});

test("a rendition that comes when another attempt was settled is lost, and not thrown away with its key", () => {
  const { id } = jobOf(world.answer(request())).job;
  for (const redelivered of [false, true]) world.ledger.claim([{ job: id, redelivered }], true);
  const settle = (attempt: number) => world.ledger.settle([{ job: id, outcome: done, attempt }]);
  expect([settle(2), settle(1), settle(2)]).toEqual([["settled"], ["lost"], ["already"]]);
});

test("of an upload's failed job a rendition that comes late is lost, since it lies under its attempt's own key", async () => {
  const id = world.accept({ idempotency: { key: "a", fingerprint: "2:1" } });
  world.ledger.claim([{ job: id, redelivered: false }], false);
  await world.ring(2 * limits.jobDeadlineMillis);
  expect(world.ledger.settle([{ job: id, outcome: done, attempt: 1 }])).toEqual(["lost"]);
});

describe("a rendition that comes when its job has failed", () => {
  const late = (job: string) => world.ledger.settle([{ job, outcome: done, attempt: 1 }]);

  async function failed() {
    const { id } = jobOf(world.answer(request())).job;
    world.ledger.claim([{ job: id, redelivered: false }], false);
    await world.ring(2 * limits.jobDeadlineMillis);
    expect(await world.ledger.read(id)).toMatchObject({ error: { code: "deadline-exceeded" } });
    return id;
  }

  test("does not stay, since nobody was billed for it", async () => {
    expect(late(await failed())).toEqual(["discard"]);
  });

  test("stays where another job has taken over: that one may have made it", async () => {
    const id = await failed();
    world.finish(jobOf(world.answer(request(id))).job.id);
    expect(late(id)).toEqual(["lost"]);
  });
});

describe("a rendition that comes when its job was deleted", () => {
  const claim = (job: string) => world.ledger.claim([{ job, redelivered: true }], true);
  const late = (job: string) => world.ledger.settle([{ job, outcome: done, attempt: 1 }]);

  test("is removed if its job was not done, because nobody is billed for it", async () => {
    const { id } = jobOf(world.answer(request())).job;
    claim(id);
    await world.ledger.remove(id);
    expect(late(id)).toEqual(["discard"]);
  });

  test("stays where another job has taken over: that one is billed for it", async () => {
    const { id } = jobOf(world.answer(request())).job;
    claim(id);
    await world.ledger.remove(id);
    world.finish(jobOf(world.answer(request())).job.id);
    expect(late(id)).toEqual(["lost"]);
  });

  test("stays where the job was done by another attempt before: it is billed for it", async () => {
    const { id } = jobOf(world.answer(request())).job;
    for (let attempt = 1; attempt <= 2; attempt++) claim(id);
    world.ledger.settle([{ job: id, outcome: done, attempt: 2 }]);
    await world.ledger.remove(id);
    expect(late(id)).toEqual(["lost"]);
  });
});

test("an upload's key still ends with its job", async () => {
  const idempotency = { key: "a", fingerprint: "2:1" };
  const id = world.accept({ idempotency });
  world.finish(id, done);
  await world.ledger.remove(id);
  const { verdict } = world.answer(world.request({ idempotency }));
  expect(verdict.ok).toBe(false);
});

test("a caller from before jobs were held is not told that one was accepted, until it was", async () => {
  const idempotency = { key: "a", fingerprint: "2:1" };
  const id = world.accept({ idempotency, held: true, holdMillis: 5000 });
  const again = (more: Partial<AcceptRequest> = {}) =>
    world.answer(world.request({ idempotency, ...more })).verdict;
  expect(again()).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(again({ idempotency: { key: "a", fingerprint: "2:other" } })).toMatchObject({
    error: { code: "idempotency-key-reused" },
  });
  const told = { job: { id, held: true }, replayed: true };
  expect(again({ knowsHeld: true })).toMatchObject({ ok: true, value: told });
  await world.ring(5000);
  expect(again()).toMatchObject({ ok: true, value: { job: { error: { code: "interrupted" } } } });
});

describe("a job that its caller has rendered", () => {
  test("is not sent to the queue, and at the end of the hold it is", async () => {
    const id = world.accept({ holdMillis: 5000 });
    expect(world.jobs.sent).toEqual([]);
    await world.ring(4000);
    expect(world.jobs.sent).toEqual([]);
    await world.ring(1000);
    expect(world.jobs.sent).toEqual([id]);
  });

  test("is not sent when it was settled in time", async () => {
    const id = world.accept({ holdMillis: 5000 });
    world.finish(id);
    await world.ring(60_000);
    expect(world.jobs.sent).toEqual([]);
  });

  test("goes to the queue at once when its caller cannot have it rendered, and only once", async () => {
    const id = world.accept({ holdMillis: 5000 });
    world.ledger.dispatch(id, false);
    world.ledger.dispatch(id, false);
    await world.ring(limits.redispatchMillis / 2);
    expect(world.jobs.sent).toEqual([id]);
  });

  test("stays with the consumer that has it, and goes to be rendered alone when that one has ended", async () => {
    const id = world.accept({ holdMillis: 5000 });
    world.ledger.claim([{ job: id, redelivered: false }], false);
    world.ledger.dispatch(id, false);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
    world.ledger.dispatch(id, true);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], [id]]);
  });

  test.each([false, true])("once settled it goes nowhere (lost: %s)", (lost) => {
    const id = world.accept({ holdMillis: 5000 });
    world.finish(id);
    world.ledger.dispatch(id, lost);
    world.ledger.dispatch("job_local_0_none", lost);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { hourMillis } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import type {
  AcceptRequest,
  ReserveRequest,
} from "../../../../durable-objects/ledger/ledger-calls.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const refusedOf = ({ ledger, now }: LedgerWorld) =>
  ledger.figures.metrics(now - hourMillis, now + hourMillis).measured.refused;

describe("the picture of a held job is stored", () => {
  const held = { held: true, holdMillis: 60_000 } as const;
  /** The same call again, when its caller holds the picture no longer. */
  const letGo = (request: AcceptRequest, lost?: boolean): AcceptRequest => {
    const { held: _held, holdMillis: _holdMillis, ...plain } = request;
    return lost === undefined ? plain : { ...plain, lost };
  };

  test("and the job goes to the queue at once, by one message however often that is said", async () => {
    const request = world.request(held);
    expect(world.answer(request).verdict).toMatchObject({ value: { job: { held: true } } });
    await world.ring();
    expect(world.jobs.sent).toEqual([]);
    for (let times = 0; times < 3; times++) {
      const { verdict } = world.answer(letGo(request));
      expect(verdict).toMatchObject({ value: { job: { id: request.id }, replayed: false } });
      expect(verdict).not.toMatchObject({ value: { job: { held: true } } });
      await world.ring();
    }
    expect(world.jobs.sent).toEqual([request.id]);
    expect(world.storage.alarmAt).toBeLessThanOrEqual(world.now + limits.redispatchMillis);
  });

  test("no message is sent for a caller that goes on holding it", async () => {
    const request = world.request(held);
    world.answer(request);
    expect(world.answer(request).verdict).toMatchObject({ value: { job: { held: true } } });
    await world.ring();
    expect(world.jobs.sent).toEqual([]);
  });

  test.each([
    [true, 1],
    [false, 0],
    [undefined, 0],
  ])(
    "while a consumer has it: sent alone if that consumer is lost (%s: %d)",
    async (lost, messages) => {
      const request = world.request(held);
      world.answer(request);
      world.ledger.claim([{ job: request.id, redelivered: false }], true);
      world.answer(letGo(request, lost));
      await world.ring();
      expect(world.solo.sent).toHaveLength(messages);
      expect(world.jobs.sent).toEqual([]);
    },
  );

  test("while the consumer that got it at once has it: that one has five seconds more, and no message is sent", async () => {
    const request = world.request({ ...held, claim: true });
    world.answer(request);
    world.answer(letGo(request));
    expect(world.storage.alarmAt).toBe(world.now + limits.expressHoldMillis);
    await world.ring(limits.expressHoldMillis - 1);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
    await world.ring(1);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], [request.id]]);
  });

  test("when it has ended, it stays as it was", async () => {
    const request = world.request(held);
    world.answer(request);
    world.finish(request.id);
    expect(world.answer(letGo(request)).verdict).toMatchObject({
      value: { job: { status: "done" }, replayed: false },
    });
    await world.ring();
    expect(world.jobs.sent).toEqual([]);
  });
});

describe("a job that is claimed with its acceptance", () => {
  const claiming = { holdMillis: 5000, claim: true } as const;
  const leaseMillis = limits.leaseMillis + 5 * limits.leaseMillisPerUnit;
  const attemptOf = (request: AcceptRequest) => world.answer(request).attempt;

  test("is running, and is its caller's until the lease ends: then it is rendered alone", async () => {
    const request = world.request(claiming);
    expect(world.answer(request)).toMatchObject({
      verdict: { value: { job: { status: "running", attempts: 1 } } },
      attempt: 1,
    });
    expect(world.storage.alarmAt).toBe(world.now + leaseMillis);
    await world.ring(leaseMillis - 1);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
    await world.ring(1);
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], [request.id]]);
  });

  test("is so when the call is repeated, until a consumer says that it begins", () => {
    const request = world.request(claiming);
    expect([attemptOf(request), attemptOf(request)]).toEqual([1, 1]);
    world.pass(1);
    expect(world.ledger.begin({ job: request.id, attempt: 1 }, false)).toBe(true);
    expect(attemptOf(request)).toBeUndefined();
  });

  test("is given once to a consumer that asks for it, as those from before do", () => {
    const { id } = world.request(claiming);
    world.accept({ ...claiming, id });
    const ask = () => world.ledger.claim([{ job: id, redelivered: false }], false);
    expect(ask()).toMatchObject([{ verdict: "render", attempt: 2 }]);
    expect(ask()).toMatchObject([{ verdict: "drop" }]);
  });

  test("goes to the queue as if it had not been, when nobody has begun it", async () => {
    const id = world.accept(claiming);
    for (let times = 0; times < 2; times++) world.ledger.dispatch(id, false, true);
    await world.ring();
    expect([world.jobs.sent, world.solo.sent]).toEqual([[id], []]);
    world.finish(id);
    expect(await world.ledger.read(id)).toMatchObject({ status: "done", attempts: 1 });
  });

  test("stays its consumer's, whatever a caller of another says", async () => {
    const id = world.accept(claiming);
    world.ledger.claim([{ job: id, redelivered: false }], false);
    world.ledger.dispatch(id, false, true);
    await world.ring();
    expect([world.jobs.sent, world.solo.sent]).toEqual([[], []]);
  });

  test("is one that its caller holds back, of a tenant that is not set apart", () => {
    for (const more of [{ claim: true }, { holdMillis: 5000 }] as const) {
      const { verdict, attempt } = world.answer(world.request(more));
      expect(verdict).toMatchObject({ value: { job: { status: "accepted" } } });
      expect(attempt).toBeUndefined();
    }
    const crashed = { kind: "failed", problem: { code: "render-crashed" } as never } as const;
    for (let times = 0; times < limits.troubleApart; times++) world.finish(world.accept(), crashed);
    expect(world.answer(world.request({ ...claiming, held: true }))).toMatchObject({ apart: true });
    expect(attemptOf(world.request({ ...claiming, held: true }))).toBeUndefined();
  });
});

describe("a place reserved in another shard", () => {
  const places = (shard: LedgerWorld): ReserveRequest => {
    const { id, key, limits: granted, spec } = shard.request();
    return { id, key, limits: granted, idempotencyKey: null, computeUnits: spec.computeUnits };
  };

  test("is leased from the first one", async () => {
    let asks = 0;
    const first = new LedgerWorld();
    const other = new LedgerWorld(1, {
      lease: async (...given) => {
        asks += 1;
        return first.ledger.lease(...given);
      },
    });
    const { verdict } = await other.ledger.reserve(places(other));
    expect(verdict.ok).toBe(true);
    expect(asks).toBe(1);
    expect(refusedOf(other)).toEqual({});
  });

  test("sets the alarm that gives back what is not used", async () => {
    const first = new LedgerWorld();
    const other = new LedgerWorld(1, { lease: async (...given) => first.ledger.lease(...given) });
    await other.ledger.reserve(places(other));
    expect(other.storage.alarmAt).not.toBeNull();
    expect(other.storage.alarmAt).toBeLessThanOrEqual(other.now + limits.shareMillis);
  });

  test.each(["reserved", "accepted"])(
    "is not %s by a shard whose first one grants nothing, after five tries",
    async (what) => {
      let asks = 0;
      const first = new LedgerWorld();
      const other = new LedgerWorld(1, {
        lease: async (...given) => {
          asks += 1;
          const lease = first.ledger.lease(...given);
          return { ...lease, ceiling: lease.used };
        },
      });
      const { verdict } = await (what === "reserved"
        ? other.ledger.reserve(places(other))
        : other.ledger.accept(other.request()));
      expect(verdict).toMatchObject({ error: { code: "too-many-in-flight" } });
      expect(asks).toBe(5);
    },
  );
});

test("a consumer is told whose key and which trace a job came with", () => {
  const id = world.accept({ trace: "trace_1" });
  expect(world.ledger.claim([{ job: id, redelivered: false }], false)).toMatchObject([
    { spec: { by: { key: "key_1", trace: "trace_1" } } },
  ]);
});

test("a job that was deleted is not accepted by a call that is repeated", async () => {
  const request = world.request();
  world.answer(request);
  await world.ledger.remove(request.id);
  expect(world.answer(request).verdict).toMatchObject({ error: { code: "cancelled" } });
});

test("an answer says that no queue takes messages, as long as that is so", async () => {
  world.jobs.down = true;
  expect(world.answer(world.request())).not.toHaveProperty("queuesOut");
  await expect.poll(() => world.events("dispatch-failed")).toHaveLength(1);
  expect(world.answer(world.request())).toMatchObject({ queuesOut: true });
  world.pass(limits.queuePauseMillis);
  expect(world.answer(world.request())).not.toHaveProperty("queuesOut");
});

test.each(["a job", "a place"])("a refusal of %s is counted once, under its code", (what) => {
  world.ledger.setTerms({ version: 1, limits: world.request().limits, status: "suspended" });
  const request = world.request();
  const { verdict } =
    what === "a job"
      ? world.answer(request)
      : world.reserve({ ...request, idempotencyKey: null, computeUnits: 1 });
  expect(verdict).toMatchObject({ error: { code: "tenant-suspended" } });
  expect(refusedOf(world)).toEqual({ "tenant-suspended": 1 });
});

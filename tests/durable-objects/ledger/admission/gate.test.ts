import { beforeEach, describe, expect, test } from "vitest";
import { limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { spendMicros } from "../../../../core/ledger/caps.ts";
import { limits } from "../../../../core/limits.ts";
import type { ReserveRequest } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { LedgerWorld } from "../ledger-world.ts";

let world: LedgerWorld;
beforeEach(() => {
  world = new LedgerWorld();
});

const few = limitsOf("custom", { requestsPerSecond: 1, burst: 2, jobsInFlight: 2 });
const twoInFlight = limitsOf("custom", { jobsInFlight: 2 });

/** What the API asks before it stores the source of this job. */
function placeFor(request: ReturnType<LedgerWorld["request"]>): ReserveRequest {
  const { id, key, limits: granted, idempotency, spec } = request;
  const idempotencyKey = idempotency?.key ?? null;
  return { id, key, limits: granted, idempotencyKey, computeUnits: spec.computeUnits };
}
const reserve = (request: ReturnType<LedgerWorld["request"]>) => world.reserve(placeFor(request));
const codeOf = (answer: { verdict: { ok: boolean; error?: { code: string } } }) =>
  answer.verdict.ok ? "let in" : answer.verdict.error?.code;

describe("a reserved place", () => {
  test("lets its job in, whatever has come since, and takes one token for both", async () => {
    const request = world.request({ limits: few });
    expect(codeOf(reserve(request))).toBe("let in");
    world.accept({ limits: few });
    expect(codeOf(world.answer(world.request({ limits: few })))).toBe("rate-limited");
    const { verdict, rate } = world.answer(request);
    expect(verdict.ok).toBe(true);
    expect(rate).toMatchObject({ limit: 2, remaining: 0 });
    expect(await world.ledger.read(request.id)).toMatchObject({ status: "accepted" });
  });

  test("counts as a job in flight and in the month, and its job is not counted twice", () => {
    const granted = limitsOf("custom", {
      jobsInFlight: 2,
      jobsPerMonth: 3,
      computeUnitsPerMonth: 15,
    });
    const first = world.request({ limits: granted });
    const second = world.request({ limits: granted });
    for (const request of [first, second]) expect(codeOf(reserve(request))).toBe("let in");
    const third = world.request({ limits: granted });
    expect(codeOf(reserve(third))).toBe("too-many-in-flight");
    for (const request of [first, second]) {
      world.answer(request);
      world.finish(request.id);
    }
    expect(codeOf(reserve(third))).toBe("let in");
    const fourth = world.request({ limits: granted });
    expect(codeOf(world.answer(fourth))).toBe("quota-exceeded");
    const units = { ...granted, jobsPerMonth: null };
    world.ledger.setTerms({ version: 1, limits: units, status: "active" });
    expect(codeOf(world.answer(fourth))).toBe("quota-exceeded");
    const none = { ...units, computeUnitsPerMonth: null };
    world.ledger.setTerms({ version: 2, limits: none, status: "active" });
    expect(codeOf(world.answer(fourth))).toBe("let in");
  });

  test("that was given before the clock stepped back holds up no other", () => {
    world.pass(3_600_000);
    reserve(world.request({ limits: twoInFlight }));
    world.pass(-3_600_000);
    for (const request of [world.request(), world.request()]) {
      expect(codeOf(reserve({ ...request, limits: twoInFlight }))).toBe("let in");
    }
    world.pass(limits.reservationMillis);
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("let in");
  });

  test("is kept though the clock jitters back", () => {
    for (const request of [world.request(), world.request()]) {
      reserve({ ...request, limits: twoInFlight });
    }
    world.pass(-limits.clockJitterMillis);
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("too-many-in-flight");
  });

  test("counts with its outputs towards the spend cap", () => {
    const cost = { computeUnits: 5, outputs: 1000 };
    const capped = limitsOf("custom", { spendMicrosPerMonth: spendMicros(cost, world.now) });
    const [first, second] = [world.request({ limits: capped }), world.request({ limits: capped })];
    const places = ({ id }: { id: string }) =>
      codeOf(world.reserve({ ...placeFor(first), ...cost, id }));
    expect(places(first)).toBe("let in");
    expect(places(second)).toBe("spend-cap-reached");
    world.ledger.release(first.id);
    expect(places(second)).toBe("let in");
  });

  test("ends by itself when nobody comes", () => {
    for (const request of [world.request(), world.request()]) {
      reserve({ ...request, limits: twoInFlight });
    }
    world.pass(limits.reservationMillis - 1);
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("too-many-in-flight");
    world.pass(1);
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("let in");
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("let in");
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("too-many-in-flight");
  });

  test("is free again when its source does not come", () => {
    const requests = [1, 2, 3].map(() => world.request({ limits: twoInFlight }));
    const [first, second, third] = requests;
    if (!first || !second || !third) throw new Error("three were made");
    reserve(first);
    reserve(second);
    world.ledger.release(first.id);
    world.ledger.release(first.id);
    expect(codeOf(reserve(third))).toBe("let in");
    expect(codeOf(reserve(first))).toBe("too-many-in-flight");
  });

  test("asked for twice is one place", () => {
    const request = world.request({ limits: twoInFlight });
    reserve(request);
    reserve(request);
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("let in");
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("too-many-in-flight");
  });

  test("that is lost with the object is asked for again, like any job", () => {
    const request = world.request({ limits: few });
    reserve(request);
    world.wake();
    expect(world.answer(request)).toMatchObject({ verdict: { ok: true } });
  });

  test("is not given to a suspended tenant", () => {
    const terms = { version: 1, limits: few, status: "suspended" as const };
    world.ledger.setTerms(terms);
    expect(codeOf(reserve(world.request()))).toBe("tenant-suspended");
    world.ledger.setTerms({ ...terms, version: 2, status: "active" });
    expect(codeOf(reserve(world.request()))).toBe("let in");
  });

  test("is not given to a revoked key", () => {
    world.ledger.revokeKey("key_1");
    expect(codeOf(reserve(world.request()))).toBe("key-revoked");
  });
});

describe("a request that was accepted before", () => {
  const idempotency = { key: "again", fingerprint: "same" };

  test("needs no place and gets its job, as often as a tenant may read", () => {
    const granted = limitsOf("custom", { requestsPerSecond: 1, burst: 1, jobsInFlight: 1 });
    const id = world.accept({ limits: granted, idempotency });
    for (let repeats = 0; repeats < limits.readsPerJob; repeats++) {
      const request = world.request({ limits: granted, idempotency });
      expect(codeOf(reserve(request))).toBe("let in");
      expect(world.answer(request)).toMatchObject({
        verdict: { ok: true, value: { replayed: true, job: { id } } },
      });
    }
    const request = world.request({ limits: granted, idempotency });
    expect(codeOf(world.answer(request))).toBe("rate-limited");
    world.pass(1000 / limits.readsPerJob);
    expect(codeOf(world.answer(request))).toBe("let in");
  });

  test("gives back the place that was reserved for it before anybody knew", () => {
    const late = world.request({ limits: twoInFlight, idempotency });
    reserve(late);
    world.accept({ limits: twoInFlight, idempotency });
    expect(codeOf(world.answer(late))).toBe("let in");
    expect(codeOf(reserve(world.request({ limits: twoInFlight })))).toBe("let in");
  });
});

describe("the queue's pressure", () => {
  const heavy = {
    source: { bytes: 1, width: 1, height: 1, format: "png" as const },
    transforms: [],
  };
  const job = (computeUnits: number) => world.request({ spec: { ...heavy, computeUnits } });
  const sent = () => new Promise((wake) => setTimeout(wake, 0));

  test("refuses first who fills it, by the units of jobs and places", async () => {
    world.jobs.readings = { backlogCount: 10 * limits.strainedBacklog };
    world.answer(job(limits.heldUnitsMin / 2));
    await sent();
    reserve(job(limits.heldUnitsMin / 2));
    expect(codeOf(world.answer(job(1)))).toBe("overloaded");
    world.pass(10 * limits.pressureHalfLifeMillis);
    expect(codeOf(world.answer(job(1)))).toBe("let in");
  });

  test("is told with each job that is let in from half of what refuses on, to whom it may refuse", async () => {
    world.jobs.readings = { backlogCount: limits.strainedBacklog / 2 - 1 };
    const fillingWith = async (computeUnits: number) => {
      const { verdict, filling } = world.answer(job(computeUnits));
      expect(verdict.ok).toBe(true);
      await sent();
      return filling;
    };
    expect(await fillingWith(limits.heldUnitsMin / 2)).toBeUndefined();
    world.jobs.readings = { backlogCount: limits.strainedBacklog / 2 };
    world.accept();
    await sent();
    expect(await fillingWith(1)).toBe(true);
  });

  test("is not told to a tenant that holds too little to be refused", async () => {
    world.jobs.readings = { backlogCount: limits.strainedBacklog / 2 };
    world.answer(job(1));
    await sent();
    expect(world.answer(job(limits.heldUnitsMin / 4)).filling).toBeUndefined();
  });

  test("is also the age of the oldest message", async () => {
    const oldestMessageTimestamp = new Date(world.now - 2 * limits.queueAgeMillisMax);
    world.jobs.readings = { backlogCount: 1, oldestMessageTimestamp };
    world.accept();
    await sent();
    expect(codeOf(world.answer(job(1)))).toBe("overloaded");
  });

  test("is felt for a while after a long queue is worked off, so that nobody fills it at once again", async () => {
    const send = async () => {
      world.accept();
      await sent();
    };
    const oldestMessageTimestamp = new Date(world.now - 8 * limits.strainedAgeMillis);
    world.jobs.readings = { backlogCount: 1, oldestMessageTimestamp };
    await send();
    world.jobs.readings = { backlogCount: 0 };
    await send();
    expect(codeOf(world.answer(job(limits.heldUnitsMin)))).toBe("overloaded");
    world.pass(4 * limits.pressureHalfLifeMillis);
    expect(codeOf(world.answer(job(limits.heldUnitsMin)))).toBe("let in");
  });

  test("is none of a message that is younger than now by another clock", async () => {
    world.jobs.readings = { backlogCount: 1, oldestMessageTimestamp: new Date(world.now + 1e9) };
    world.accept();
    await sent();
    expect(codeOf(world.answer(job(1)))).toBe("let in");
  });
});

test("how full a ledger is, it looks once a second, however many jobs come", () => {
  let looks = 0;
  Object.defineProperty(world.storage.sql, "databaseSize", {
    get: () => {
      looks += 1;
      return 1;
    },
  });
  for (let jobs = 0; jobs < 10; jobs++) world.accept();
  expect(looks).toBe(1);
  world.pass(limits.ledgerSizeKnownMillis);
  for (let jobs = 0; jobs < 10; jobs++) world.accept();
  expect(looks).toBe(2);
});

test("a ledger that is full takes no job until it has room, and sees within a second that it is full or has", () => {
  const sized = (bytes: number) =>
    Object.defineProperty(world.storage.sql, "databaseSize", { value: bytes, configurable: true });
  const next = () => codeOf(world.answer(world.request()));
  expect(next()).toBe("let in");
  sized(limits.ledgerBytesMax);
  world.pass(limits.ledgerSizeKnownMillis);
  expect(next()).toBe("overloaded");
  sized(limits.ledgerBytesMax - 1);
  world.pass(limits.ledgerSizeKnownMillis);
  expect(next()).toBe("let in");
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { shardOfKey, type ShardMap } from "../../../../core/fleet/shard-map.ts";
import { parseJobId } from "../../../../core/job/job-id.ts";
import type { Job } from "../../../../core/job/job.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { err, ok } from "../../../../core/result.ts";
import type { AcceptRequest } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { LedgerDoor } from "../../../../workers/api/admission/ledger-door.ts";
import {
  answered,
  AskedLedger,
  name,
  rate,
  rateLimited,
  request,
  spec,
  trace,
} from "./asked-ledger.ts";

let world: AskedLedger;
const replayed = answered({}, true).verdict;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
  world = new AskedLedger();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ended = (code: "interrupted" | "cancelled" | "corrupt-image") => ({
  settledAt: 1,
  error: problem(code, "It ended."),
});

describe("a job that its ledger is asked to accept", () => {
  test("goes there with what the request has taken, its trace, and what was refused before, once", async () => {
    world.answers = [answered()];
    vi.advanceTimersByTime(70);
    const door = new LedgerDoor(world.call, name);
    door.refused(rateLimited);
    await door.accept(request(), 0);
    await door.accept(request(), 0);
    const told = { ...request(), knowsHeld: true, trace, takenMillis: 70 };
    expect(world.asked).toEqual([
      { ledger: name, call: "accept", given: [{ ...told, refused: { "rate-limited": 1 } }] },
      { ledger: name, call: "accept", given: [told] },
    ]);
  });

  test("is waited for only where there is something to wait", async () => {
    world.answers = [answered()];
    await new LedgerDoor(world.call, name).accept(request(), 1);
    expect(world.asked).toMatchObject([{ call: "acceptWait", given: [{}, 1] }]);
  });

  test("may be held for as long as the caller waits, and the time of a call more", async () => {
    world.answers = [() => new Promise(() => undefined)];
    const waiting = new LedgerDoor(world.call, name).accept(request(), 60_000);
    const late = vi.fn<() => void>();
    waiting.catch(late);
    await vi.advanceTimersByTimeAsync(60_000 + limits.objectMillisMax - 1);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(late).toHaveBeenCalledOnce();
  });

  test("that was claimed with its acceptance can be rendered by what the answer brings", async () => {
    world.answers = [answered({}, false, { attempt: 3 }), answered()];
    const askedAt = Date.now();
    const door = new LedgerDoor(world.call, name);
    const { claim } = await door.accept(request(), 0);
    const claimed = { ...spec, by: { key: "key_1", trace } };
    expect(claim).toEqual({ attempt: 3, spec: claimed, askedAt });
    expect(await door.accept(request(), 0)).not.toHaveProperty("claim");
  });

  test("and is refused is refused here until its Retry-After", async () => {
    world.answers = [{ verdict: err(rateLimited), rate }];
    const door = new LedgerDoor(world.call, name);
    await door.accept(request(), 0);
    expect(door.refusedLately()).toEqual({ problem: rateLimited, rate });
    vi.advanceTimersByTime(4000);
    expect(door.refusedLately()).toBeNull();
  });

  test.each([
    [
      "in a region whose queues take nothing, says that the region is out",
      { queuesOut: true },
      true,
    ],
    ["elsewhere, says nothing", {}, false],
  ] as const)("%s", async (_, more, isOut) => {
    world.answers = [answered({}, false, more)];
    for (let time = 0; time < 10; time++)
      await new LedgerDoor(world.call, name).accept(request(), 0);
    expect(world.call.healths.isOut("local", Date.now())).toBe(isOut);
  });

  test.each([
    ["its place", (door: LedgerDoor) => door.reserve({ ...request(), ...place }, true), ok(true)],
    ["a refusal", (door: LedgerDoor) => door.accept(request(), 0), err(rateLimited)],
    ["a replay", (door: LedgerDoor) => door.accept(request(), 0), replayed],
    ["a look at it", (door: LedgerDoor) => door.wait("job_known", 0), ok(true)],
  ] as const)("whose queues are out is out although %s needs none", async (_, call, verdict) => {
    for (let time = 0; time < 5; time++) {
      world.answers = [{ verdict, rate }];
      await call(new LedgerDoor(world.call, name));
      world.answers = [answered({}, false, { queuesOut: true })];
      await new LedgerDoor(world.call, name).accept(request(), 0);
    }
    expect(world.call.healths.isOut("local", Date.now())).toBe(true);
    world.answers = [{ verdict, rate }];
    for (let time = 0; time < 5; time++) await call(new LedgerDoor(world.call, name));
    expect(world.call.healths.isOut("local", Date.now())).toBe(true);
  });

  test("whose queues are out is out although its picture is stored after that", async () => {
    for (let time = 0; time < 5; time++) {
      world.answers = [answered({}, false, { queuesOut: true }), answered()];
      const door = new LedgerDoor(world.call, name);
      await door.accept({ ...request(), held: true }, 0);
      await door.accept(request(), 0);
    }
    expect(world.call.healths.isOut("local", Date.now())).toBe(true);
  });

  test("by a region whose queues take again is in after three of them", async () => {
    const accept = () => new LedgerDoor(world.call, name).accept(request(), 0);
    world.answers = [answered({}, false, { queuesOut: true })];
    for (let time = 0; time < 5; time++) await accept();
    vi.advanceTimersByTime(5000);
    expect(world.call.healths.isOut("local", Date.now())).toBe(false);
    world.call.healths.chosen("local", Date.now());
    expect(world.call.healths.isOut("local", Date.now())).toBe(true);
    world.answers = [answered()];
    for (let time = 0; time < 3; time++) await accept();
    world.call.healths.chosen("local", Date.now());
    expect(world.call.healths.isOut("local", Date.now())).toBe(false);
  });
});

const place = { idempotencyKey: null, computeUnits: 1, outputs: 1, source: spec.source };

describe("a key that is known already", () => {
  test.each([
    ["whose job ended because its upload broke off", ended("interrupted"), {}],
    ["whose job was cancelled because its upload was not there", ended("cancelled"), {}],
  ])("%s is taken over", async (_, job, more) => {
    world.answers = [answered(job, true), answered({ id: "job_new" })];
    const { verdict } = await new LedgerDoor(world.call, name).accept(request(more), 7);
    expect(verdict).toMatchObject({ value: { job: { id: "job_new" } } });
    expect(world.calls).toEqual(["acceptWait", "acceptWait"]);
    const taking = { key: "a key", fingerprint: "f", replaces: "job_known" };
    expect(world.given(1)).toMatchObject({ id: "job_first", idempotency: taking });
  });

  const kept = { source: "originals/a", rendition: "renditions/a" };
  test.each<[string, Partial<Job>, boolean, Partial<AcceptRequest>]>([
    ["whose job goes on", { settledAt: null, error: null }, true, {}],
    ["whose job failed", ended("corrupt-image"), true, {}],
    ["whose job is new", ended("interrupted"), false, {}],
    [
      "whose picture is an original, which was deleted",
      ended("cancelled"),
      true,
      { spec: { ...spec, kept } },
    ],
    [
      "that is being taken over",
      ended("interrupted"),
      true,
      { idempotency: { key: "a key", fingerprint: "f", replaces: "job_0" } },
    ],
    ["that is none", ended("interrupted"), true, { idempotency: null }],
  ])("%s is answered as it is", async (_, job, replayed, more) => {
    world.answers = [answered(job, replayed)];
    await new LedgerDoor(world.call, name).accept(request(more), 0);
    expect(world.calls).toEqual(["accept"]);
  });
});

describe("a key that has moved", () => {
  const one = { shards: 1, since: 0 };
  const four: ShardMap = [one, { shards: 4, since: Date.now() }];
  const moved = (map: ShardMap) => ({ verdict: err(rateLimited), rate: null, moved: map });

  test("takes its job to its own ledger, under another id, with what is stored for it", async () => {
    const shard = shardOfKey(four, "a key");
    expect(shard).not.toBe(0);
    world.answers = [moved(four), false, answered()];
    const followed: string[] = [];
    const door = new LedgerDoor(world.call, name);
    await door.accept(request({ shards: [one] }), 9, async (id) => void followed.push(id));
    const own = `tnt_x/local/${shard}`;
    expect(door.ledger).toBe(own);
    expect(world.asked.map((each) => [each.ledger, each.call])).toEqual([
      [name, "acceptWait"],
      [name, "holdsKey"],
      [own, "acceptWait"],
    ]);
    expect(world.given(2)).toMatchObject({ id: followed[0], shards: four });
    expect(parseJobId(world.given(2).id)).toMatchObject({ region: "local", shard });
    expect(world.call.shards.newest("tnt_x", [one])).toEqual(four);
    // Nothing was refused: it was only elsewhere.
    expect(world.call.refusals.lately(name, Date.now())).toBe(false);
  });

  test("stays where it was first accepted", async () => {
    world.answers = [moved(four), true, answered()];
    const door = new LedgerDoor(world.call, name);
    await door.accept(request({ shards: four.slice(0, 1) }), 0);
    expect(door.ledger).toBe(name);
  });

  test.each<[string, Partial<AcceptRequest>, ShardMap]>([
    ["by a map that is no newer", { shards: four }, four],
    ["by a map of one, which every tenant begins with", {}, [one]],
    ["though there is none", { idempotency: null }, four],
  ])("%s is asked for once", async (_, more, map) => {
    world.answers = [moved(map)];
    await new LedgerDoor(world.call, name).accept(request(more), 0);
    expect(world.calls).toEqual(["accept"]);
  });

  test("is followed by a caller that does not know of shards", async () => {
    world.answers = [moved(four), false, answered()];
    await new LedgerDoor(world.call, name).accept(request(), 0);
    expect(world.calls).toEqual(["accept", "holdsKey", "accept"]);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { err, ok } from "../../../../core/result.ts";
import type { ReserveRequest } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { LedgerDoor } from "../../../../workers/api/admission/ledger-door.ts";
import { answered, AskedLedger, name, rate, rateLimited, request } from "./asked-ledger.ts";

let world: AskedLedger;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
  world = new AskedLedger();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a place", () => {
  const reservation = { id: "job_first" } as ReserveRequest;

  test("is asked for where the body is long, or the ledger refused lately", async () => {
    world.answers = [{ verdict: ok(true), rate }];
    const door = new LedgerDoor(world.call, name);
    expect(await door.reserve(reservation, false)).toBeNull();
    expect(world.asked).toEqual([]);
    expect(await door.reserve(reservation, true)).toBeNull();
    world.call.refusals.remember(name, { problem: rateLimited, rate }, Date.now());
    expect(await door.reserve(reservation, false)).toBeNull();
    expect(world.asked.map((each) => [each.call, ...each.given])).toEqual([
      ["reserve", reservation],
      ["reserve", reservation],
    ]);
  });

  test("that is refused is refused here until its Retry-After", async () => {
    world.answers = [{ verdict: err(rateLimited), rate }];
    const refused = await new LedgerDoor(world.call, name).reserve(reservation, true);
    expect(refused).toEqual({ problem: rateLimited, rate });
    expect(new LedgerDoor(world.call, name).refusedLately()).toEqual(refused);
  });

  test("is given back by whoever has one, in the background, whether or not that arrives", async () => {
    world.answers = [{ verdict: ok(true), rate }, () => Promise.reject(new Error("away"))];
    const door = new LedgerDoor(world.call, name);
    door.release("job_first");
    expect(world.background).toEqual([]);
    await door.reserve(reservation, true);
    door.release("job_first");
    await Promise.all(world.background);
    expect(world.background).toHaveLength(1);
    expect(world.asked.at(-1)).toEqual({ ledger: name, call: "release", given: ["job_first"] });
  });

  test("that was refused is not given back", async () => {
    world.answers = [{ verdict: err(rateLimited), rate }];
    const door = new LedgerDoor(world.call, name);
    await door.reserve(reservation, true);
    door.release("job_first");
    expect(world.calls).toEqual(["reserve"]);
  });
});

describe("a job that is waited for", () => {
  test("is held by the ledger for so long, and the time of a call more", async () => {
    world.answers = [() => new Promise(() => undefined)];
    const late = vi.fn<() => void>();
    new LedgerDoor(world.call, name).wait("job_1", 30_000).catch(late);
    await vi.advanceTimersByTimeAsync(30_000 + limits.objectMillisMax - 1);
    expect(late).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(late).toHaveBeenCalledOnce();
    expect(world.asked[0]).toEqual({ ledger: name, call: "wait", given: ["job_1", 30_000] });
  });

  test("that was held goes to the queue; a ledger that does not hear of it is no failure", async () => {
    world.answers = [undefined, () => Promise.reject(new Error("away"))];
    const door = new LedgerDoor(world.call, name);
    await door.dispatch("job_1", { lost: true, unbegun: false });
    await door.dispatch("job_1", { lost: false, unbegun: true });
    expect(world.asked.map((each) => [each.call, ...each.given])).toEqual([
      ["dispatch", "job_1", true, false],
      ["dispatch", "job_1", false, true],
    ]);
  });
});

test("each step of a request to its ledger is told in Server-Timing", async () => {
  world.answers = [{ verdict: ok(true), rate }, answered(), null];
  const door = new LedgerDoor(world.call, name);
  await door.reserve({} as ReserveRequest, true);
  await door.accept(request(), 0);
  await door.wait("job_1", 1);
  expect(world.call.timing.header()).toMatch(/^reserve;.*, accept;.*, wait;.*, total;/);
});

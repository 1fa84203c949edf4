import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { oneShard, type ShardMap } from "../../../core/fleet/shard-map.ts";
import { limits } from "../../../core/limits.ts";
import { isUnavailable } from "../../../core/unavailable.ts";
import { KnownShards } from "../../../workers/api/admission/known-shards.ts";
import { RegionHealths } from "../../../workers/api/admission/region-healths.ts";
import { callLedger, callLedgers } from "../../../workers/api/call-ledger.ts";
import { callObject } from "../../../workers/api/call-object.ts";
import type { Call } from "../../../workers/api/route.ts";
import { oneRegion } from "../../one-region.ts";

const fleet = { ...oneRegion(), regions: ["eu", "us"].flatMap((name) => oneRegion(name).regions) };
const residence = { tenant: "tnt_a", home: null, stays: "anywhere" } as const;

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** An isolate before these ledgers, each of which tells of this map. */
function isolate(map: ShardMap | Error = oneShard) {
  const healths = new RegionHealths();
  const told: [string, boolean][] = [];
  healths.after = (region, succeeded) => void told.push([region, succeeded]);
  const toldOfQueues: [string, boolean][] = [];
  healths.afterJob = (region, take) => void toldOfQueues.push([region, take]);
  const shards = new KnownShards();
  const shardMap = async () => {
    if (map instanceof Error) throw map;
    return map;
  };
  const LEDGER = { getByName: (name: string) => ({ name, shardMap }) };
  return {
    call: { env: { FLEET: fleet, LEDGER }, healths, shards } as unknown as Call,
    told,
    toldOfQueues,
    shards,
  };
}

describe("one ledger", () => {
  test("that answers shows that its region is well, and its queues only where the answer tells", async () => {
    const { call, told, toldOfQueues } = isolate();
    expect(await callLedger(call, "tnt_a/eu/0", () => "answer")).toBe("answer");
    await callLedger(call, "tnt_a/eu/0", () => 3, { queuesTake: () => null });
    expect(toldOfQueues).toEqual([]);
    await callLedger(call, "tnt_a/us/0", () => 3, { queuesTake: (answer) => answer > 3 });
    await callLedger(call, "tnt_a/us/0", () => 4, { queuesTake: (answer) => answer > 3 });
    expect(told.map(([region]) => region)).toEqual(["eu", "eu", "us", "us"]);
    expect(told.every(([, succeeded]) => succeeded)).toBe(true);
    expect(toldOfQueues).toEqual([
      ["us", false],
      ["us", true],
    ]);
  });

  test("that fails is unavailable to the client, and its region is told apart from its own load", async () => {
    const { call, told } = isolate();
    const failing = (flags: object) =>
      callLedger(call, "tnt_a/eu/0", () => Promise.reject(Object.assign(new Error("x"), flags)));
    const toldAfter: number[] = [];
    for (const flags of [{ overloaded: true }, {}]) {
      const cause = await failing(flags).catch((thrown: unknown) => thrown);
      expect(isUnavailable(cause)).toBe(true);
      expect(String(cause)).toContain("eu");
      toldAfter.push(told.length);
    }
    expect([toldAfter, told]).toEqual([[0, 1], [["eu", false]]]);
    expect(console.warn).toHaveBeenCalledTimes(2);
    const noted = { event: "ledger-not-reached", ledger: "tnt_a/eu/0", cause: "Error: x" };
    expect(console.warn).toHaveBeenLastCalledWith(noted);
  });

  test("may hold a call as long as it was asked to, and no longer", async () => {
    vi.useFakeTimers();
    const { call } = isolate();
    const held = callLedger(call, "tnt_a/eu/0", () => new Promise<never>(() => undefined), {
      heldMillis: 5000,
    }).catch(isUnavailable);
    let isOver = false;
    void held.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(limits.objectMillisMax + 4999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await held).toBe(true);
  });
});

describe("all ledgers of a tenant", () => {
  const names = (call: Call, shards: ShardMap = oneShard) =>
    callLedgers(call, { ...residence, shards }, (_, name) => name);

  test("are asked at once, each once", async () => {
    const { call } = isolate();
    expect(await names(call)).toEqual({
      answers: ["tnt_a/eu/0", "tnt_a/us/0"],
      harvest: { included: 2, known: 2, missing: [] },
    });
    const home = { ...residence, home: "us", stays: "home" as const, shards: oneShard };
    expect((await callLedgers(call, home, (_, name) => name)).answers).toEqual(["tnt_a/us/0"]);
  });

  test("also those of shards that only the first ledger knows, which is remembered", async () => {
    const two = [...oneShard, { shards: 2, since: 1 }];
    const { call, shards } = isolate(two);
    const { answers, harvest } = await names(call);
    expect(answers.toSorted()).toEqual(["tnt_a/eu/0", "tnt_a/eu/1", "tnt_a/us/0", "tnt_a/us/1"]);
    expect(harvest).toEqual({ included: 4, known: 4, missing: [] });
    expect(shards.newest("tnt_a", oneShard)).toEqual(two);
  });

  test("answer though one of an older version cannot tell its shards", async () => {
    const { call } = isolate(new Error("no such method"));
    expect((await names(call)).harvest.included).toBe(2);
  });

  test("are missed by region, each region once", async () => {
    const { call } = isolate();
    const two: ShardMap = [{ shards: 2, since: 0 }];
    const asked = callLedgers(call, { ...residence, shards: two }, (_, name) => {
      if (name.includes("/eu/")) throw new Error("away");
      return name;
    });
    expect(await asked).toEqual({
      answers: ["tnt_a/us/0", "tnt_a/us/1"],
      harvest: { included: 2, known: 4, missing: ["eu"] },
    });
  });

  test("without any answer there is none", async () => {
    const { call } = isolate();
    const asked = callLedgers(call, { ...residence, shards: oneShard }, () => {
      throw new Error("away");
    });
    expect(await asked.catch(isUnavailable)).toBe(true);
  });
});

describe("an object", () => {
  const moved = () => Object.assign(new Error("moved"), { retryable: true });

  test("that moved is called again, a few times, after a pause of random length", async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const call = vi.fn<() => Promise<string>>();
    call.mockRejectedValueOnce(moved()).mockRejectedValueOnce(moved()).mockResolvedValue("here");
    const answer = callObject(call);
    await vi.advanceTimersByTimeAsync(limits.objectRetryMillis - 1);
    expect(call).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(call).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2 * limits.objectRetryMillis);
    expect(await answer).toBe("here");
    call.mockReset().mockRejectedValue(moved());
    const never = callObject(call).catch(String);
    await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
    expect([await never, call.mock.calls.length]).toEqual(["Error: moved", limits.objectCallsMax]);
  });

  test("that is overloaded, or fails for another reason, is called once", async () => {
    for (const flags of [{ retryable: true, overloaded: true }, {}]) {
      const call = vi.fn<() => Promise<never>>();
      call.mockRejectedValue(Object.assign(new Error("no"), flags));
      await expect(callObject(call)).rejects.toThrow("no");
      expect(call).toHaveBeenCalledOnce();
    }
  });

  test("is not called again once its caller has given up", async () => {
    vi.useFakeTimers();
    const running = Promise.withResolvers<never>();
    const call = vi.fn<() => Promise<never>>(() => running.promise);
    const late = callObject(call).catch(String);
    await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
    expect(await late).toContain("no answer");
    running.reject(moved());
    await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
    expect(call).toHaveBeenCalledOnce();
  });
});

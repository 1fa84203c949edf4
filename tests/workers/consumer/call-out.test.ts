import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { callOut } from "../../../workers/consumer/call-out.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What ports say of retries, and how often each was asked. */
function ports({ budget = Infinity } = {}) {
  const told = { succeeded: 0, taken: 0 };
  const retries = {
    take: () => told.taken < budget && ++told.taken > 0,
    succeeded: () => void (told.succeeded += 1),
  };
  return { told, timers: globalThis, retries, random: () => 0.5 };
}

/** Time passes until the promise is settled. */
async function passing<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  await vi.runAllTimersAsync();
  return promise;
}

test("a call that succeeds is made once and earns a share of a retry", async () => {
  const here = ports();
  const call = vi.fn<() => Promise<string>>(async () => "answer");
  expect(await callOut(here, 1000, call)).toBe("answer");
  expect(call).toHaveBeenCalledTimes(1);
  expect(here.told).toEqual({ succeeded: 1, taken: 0 });
});

test("one that fails is made again after pauses that double, up to its bound", async () => {
  const here = ports();
  const at: number[] = [];
  const started = Date.now();
  const call = async () => {
    at.push(Date.now() - started);
    throw new Error("away");
  };
  await expect(passing(callOut(here, 1000, call))).rejects.toThrow("away");
  const first = 0.5 * limits.objectRetryMillis * 2;
  expect(at).toEqual([0, first, 3 * first]);
  expect(at).toHaveLength(limits.objectCallsMax);
  expect(here.told).toEqual({ succeeded: 0, taken: limits.objectCallsMax - 1 });
});

test("one that fails once still gives its answer", async () => {
  const here = ports();
  const call = vi
    .fn<() => Promise<string>>(async () => "answer")
    .mockRejectedValueOnce(new Error("away"));
  expect(await passing(callOut(here, 1000, call))).toBe("answer");
  expect(here.told).toEqual({ succeeded: 1, taken: 1 });
});

test("with the budget spent it is made once", async () => {
  const call = vi.fn<() => Promise<string>>(async () => Promise.reject(new Error("away")));
  await expect(callOut(ports({ budget: 0 }), 1000, call)).rejects.toThrow("away");
  expect(call).toHaveBeenCalledTimes(1);
});

test("one that does not answer in time is given up and not made again", async () => {
  const here = ports();
  const call = vi.fn<() => Promise<string>>(() => new Promise(() => undefined));
  await expect(passing(callOut(here, 1000, call))).rejects.toThrow("no answer within 1000 ms");
  expect(call).toHaveBeenCalledTimes(1);
  expect(here.told.taken).toBe(0);
});

test("an overloaded one is not asked again", async () => {
  const overloaded = Object.assign(new Error("too much"), { overloaded: true });
  const call = vi.fn<() => Promise<string>>(async () => Promise.reject(overloaded));
  await expect(callOut(ports(), 1000, call)).rejects.toThrow("too much");
  expect(call).toHaveBeenCalledTimes(1);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JobMessage } from "../../../../core/job/message.ts";
import { limits } from "../../../../core/limits.ts";
import { HOUR } from "../../../../core/magnitudes.ts";
import type { JobQueue } from "../../../../durable-objects/ports.ts";
import { Dispatcher } from "../../../../durable-objects/ledger/delivery/dispatcher.ts";

let returned: string[] = [];
const unsent = (some: readonly JobMessage[]) => void returned.push(...some.map(({ job }) => job));

beforeEach(() => {
  returned = [];
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const host = { now: Date.now, timers: globalThis, log: console };

const messages = (count: number): JobMessage[] =>
  Array.from({ length: count }, (_, index) => ({
    version: 1,
    ledger: "tnt_x/local/0",
    job: String(index),
  }));

/** A queue whose sends end when the test says so; it remembers how many messages each had. */
function heldQueue() {
  const batches: number[] = [];
  const opened: (() => void)[] = [];
  const queue = {
    sendBatch(batch: readonly unknown[]) {
      batches.push(batch.length);
      const { promise, resolve } = Promise.withResolvers<object>();
      opened.push(() => resolve({ metadata: { metrics: { backlogCount: 0 } } }));
      return promise;
    },
  } as unknown as JobQueue;
  return { queue, batches, opened };
}

test("while one send is under way, what arrives is held up to a bound and leaves in full batches", async () => {
  const { queue, batches, opened } = heldQueue();
  const dispatcher = new Dispatcher(queue, host, unsent);
  dispatcher.send(messages(1));
  for (let times = 0; times < 3; times++) dispatcher.send(messages(limits.dispatchHeldMax / 2));

  for (let done = 0; done < opened.length; done++) {
    opened[done]?.();
    await vi.advanceTimersByTimeAsync(0);
  }
  const [first, ...rest] = batches;
  expect(first).toBe(1);
  expect(new Set(rest)).toEqual(new Set([limits.dispatchBatchMax]));
  expect(rest).toHaveLength(limits.dispatchHeldMax / limits.dispatchBatchMax);
  expect(returned).toHaveLength(limits.dispatchHeldMax / 2);
});

test("a send that never ends holds up nobody for longer than its time", async () => {
  const { queue, batches } = heldQueue();
  const dispatcher = new Dispatcher(queue, host, unsent);
  dispatcher.send(messages(1));
  await vi.advanceTimersByTimeAsync(limits.dispatchMillisMax);
  dispatcher.send(messages(2));
  expect(batches).toEqual([1, 2]);
  expect(returned).toEqual(["0"]);
});

test("of messages for some of which there is room, the others are returned", () => {
  const { queue } = heldQueue();
  const dispatcher = new Dispatcher(queue, host, unsent);
  dispatcher.send(messages(1));
  dispatcher.send(messages(limits.dispatchHeldMax - 1));
  expect(returned).toEqual([]);
  dispatcher.send(messages(3));
  expect(returned).toEqual(["1", "2"]);
});

test("a queue that does not say how full it is is passed over for a while", async () => {
  const queue = { metrics: () => Promise.reject(new Error("away")) } as unknown as JobQueue;
  let now = 0;
  const dispatcher = new Dispatcher(queue, { ...host, now: () => now }, unsent);
  expect(await dispatcher.read()).toBeNull();
  expect(dispatcher.isTaking()).toBe(false);
  now += limits.queuePauseMillis;
  expect(dispatcher.isTaking()).toBe(true);
  await dispatcher.read();
  expect(dispatcher.isTaking()).toBe(false);
  // The clock steps back.
  now -= HOUR;
  expect(dispatcher.isTaking()).toBe(true);
});

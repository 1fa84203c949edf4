import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { Waiters } from "../../../durable-objects/ledger/waiters.ts";

let waiters: Waiters;
beforeEach(() => {
  vi.useFakeTimers();
  waiters = new Waiters(globalThis);
});
afterEach(() => void vi.useRealTimers());

/** Waits, and says whether the wait is over. */
function wait(job: string, millis: number): { isOver: boolean } {
  const waiting = { isOver: false };
  void waiters.wait(job, millis).then(() => (waiting.isOver = true));
  return waiting;
}

test("everybody who waits for a job is woken when it is settled, and no one else", async () => {
  const waiting = [wait("a", 1000), wait("a", 2000), wait("b", 1000)];
  waiters.wake("a");
  await vi.advanceTimersByTimeAsync(0);
  expect(waiting.map(({ isOver }) => isOver)).toEqual([true, true, false]);
  expect([waiters.has("a"), waiters.has("b")]).toEqual([false, true]);
});

test("a wait ends when its time is up, and not before", async () => {
  const waiting = wait("a", 1000);
  await vi.advanceTimersByTimeAsync(999);
  expect(waiting.isOver).toBe(false);
  expect(waiters.has("a")).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  expect(waiting.isOver).toBe(true);
  expect(waiters.has("a")).toBe(false);
});

test("one of two who wait may give up: the other still waits", async () => {
  wait("a", 1000);
  const longer = wait("a", 2000);
  await vi.advanceTimersByTimeAsync(1000);
  expect(longer.isOver).toBe(false);
  expect(waiters.has("a")).toBe(true);
  waiters.wake("a");
  await vi.advanceTimersByTimeAsync(0);
  expect(longer.isOver).toBe(true);
});

test("a wait that is over leaves no timer", () => {
  wait("a", 1000);
  waiters.wake("a");
  expect(vi.getTimerCount()).toBe(0);
});

test.each([0, -1])("no one waits for %i ms", async (millis) => {
  const waiting = wait("a", millis);
  expect(waiters.has("a")).toBe(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(waiting.isOver).toBe(true);
});

test("when too many wait the next does not, until some of them are woken", async () => {
  for (let count = 0; count < limits.waitersMax; count++) wait(count === 0 ? "a" : "b", 1000);
  const tooMany = wait("c", 1000);
  await vi.advanceTimersByTimeAsync(0);
  expect(tooMany.isOver).toBe(true);
  waiters.wake("a");
  waiters.wake("a");
  const next = wait("c", 1000);
  const another = wait("d", 1000);
  await vi.advanceTimersByTimeAsync(0);
  expect([next.isOver, another.isOver]).toEqual([false, true]);
});

test("waking a job that no one waits for does nothing", () => {
  waiters.wake("a");
  expect(waiters.has("a")).toBe(false);
});

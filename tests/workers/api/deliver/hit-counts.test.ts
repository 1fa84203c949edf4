import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { HitCounts } from "../../../../workers/api/deliver/hit-counts.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world() {
  const told: [ledger: string, requests: number, bytes: number][] = [];
  const counts = new HitCounts();
  const ctx = { waitUntil: vi.fn<(work: Promise<unknown>) => void>() };
  const count = (ledger: string, bytes: number, tell?: () => Promise<void>) =>
    counts.count(ctx, ledger, bytes, async ({ requests, bytes: all }) => {
      await tell?.();
      told.push([ledger, requests, all]);
    });
  return { told, ctx, count };
}

test("hits go to their ledgers in batches, each counted once", async () => {
  const { told, ctx, count } = world();
  for (let number = 0; number < 1000; number++) count("a", 10);
  count("b", 7);
  expect(ctx.waitUntil).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(told).toEqual([
    ["a", 1000, 10_000],
    ["b", 1, 7],
  ]);
  count("a", 0);
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(told.slice(2)).toEqual([["a", 1, 0]]);
});

test("a batch whose ledger does not answer is not told again", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const { told, count } = world();
  count("a", 10, () => Promise.reject(new Error("away")));
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(warn).toHaveBeenCalledExactlyOnceWith({
    ...{ event: "hits-not-told", ledger: "a", cause: "Error: away" },
  });
  count("a", 1);
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(told).toEqual([["a", 1, 1]]);
});

test("a batch whose request died goes with the next hit's", async () => {
  const { told, ctx, count } = world();
  count("a", 10);
  vi.clearAllTimers();
  vi.setSystemTime(Date.now() + limits.hitsHeldMillis - 1);
  count("a", 1);
  expect(ctx.waitUntil).toHaveBeenCalledTimes(1);
  vi.setSystemTime(Date.now() + 1);
  count("a", 1);
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(told).toEqual([["a", 3, 12]]);
});

test("a batch that two requests were to send is told by the first of them alone", async () => {
  const warn = vi.spyOn(console, "warn").mockReset().mockReturnValue();
  const { told, ctx, count } = world();
  count("a", 10);
  // The clock goes on, and the first one's timer is late.
  vi.setSystemTime(Date.now() + limits.hitsHeldMillis);
  count("a", 1);
  expect(ctx.waitUntil).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(limits.hitsHeldMillis);
  expect(told).toEqual([["a", 2, 11]]);
  expect(warn).not.toHaveBeenCalled();
});

test("an isolate counts for so many ledgers at a time, and no more", () => {
  const { ctx, count } = world();
  for (let number = 0; number < limits.hitLedgersMax + 5; number++) count(`${number}`, 1);
  expect(ctx.waitUntil).toHaveBeenCalledTimes(limits.hitLedgersMax);
});

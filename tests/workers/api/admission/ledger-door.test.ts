import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { LedgerDoor } from "../../../../workers/api/admission/ledger-door.ts";
import { Refusals } from "../../../../workers/api/admission/refusals.ts";
import type { Call } from "../../../../workers/api/route.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ledger = "tnt_x/local/0";
const rateLimited = problem("rate-limited", "No.", { retryAfterMillis: 1000 });

/** One isolate of a location whose count has room, or has none, or is not told. */
function isolate(count: () => Promise<{ success: boolean }>) {
  const refusals = new Refusals();
  const limit = vi.fn<(options: { key: string }) => Promise<{ success: boolean }>>(count);
  const call = { refusals, env: { FLOODS: { limit } } } as unknown as Call;
  const ask = () => new LedgerDoor(call, ledger).refusal();
  const refuse = () => {
    refusals.remember(ledger, { problem: rateLimited, rate: null }, Date.now());
    vi.advanceTimersByTime(1000);
  };
  return { ask, refuse, limit, refusals };
}

test("a ledger that refused nothing lately is not counted", async () => {
  const { ask, refuse, limit } = isolate(async () => ({ success: false }));
  expect(await ask()).toBeNull();
  refuse();
  vi.advanceTimersByTime(limits.refusedLatelyMillis);
  expect(await ask()).toBeNull();
  expect(limit).not.toHaveBeenCalled();
});

test("to one that did, more than the location lets through is refused, and repeated without counting", async () => {
  const { ask, refuse, limit, refusals } = isolate(async () => ({ success: false }));
  refuse();
  expect(await ask()).toMatchObject({ problem: { code: "rate-limited", retryAfterMillis: 1000 } });
  expect(await ask()).toMatchObject({ problem: { code: "rate-limited" } });
  expect(limit.mock.calls).toEqual([[{ key: ledger }]]);
  expect(refusals.takeCounts(ledger)).toEqual({ "rate-limited": 2 });
});

test.each<[string, () => Promise<{ success: boolean }>]>([
  ["has room", async () => ({ success: true })],
  ["fails", () => Promise.reject(new Error("no count"))],
  ["is never told", () => new Promise(() => undefined)],
])("where the count %s the ledger is asked", async (_, count) => {
  const { ask, refuse } = isolate(count);
  refuse();
  const asked = ask();
  await vi.advanceTimersByTimeAsync(limits.floodMillisMax);
  expect(await asked).toBeNull();
});

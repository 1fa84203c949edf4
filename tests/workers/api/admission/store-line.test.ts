import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { StoreLine } from "../../../../workers/api/admission/store-line.ts";

const { storesAtOnceMax, storesAtOnceMin, takeInMillis } = limits;

let line: StoreLine;
let begun: string[];
let end: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  line = new StoreLine();
  begun = [];
  end = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Stands in line; once it is this one's turn it is being stored until `end` is called for it. */
function stand(tenant: string): void {
  const store = () => {
    begun.push(tenant);
    return new Promise<void>((resolve) => end.push(resolve));
  };
  void line.inTurn(tenant, store);
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const endAll = () => {
  for (const finish of end.splice(0)) finish();
  return settle();
};

test("as many are stored at once as may be, and one more for each that ends", async () => {
  for (let count = 0; count < storesAtOnceMax + 2; count++) stand("greedy");
  await settle();
  expect(begun).toHaveLength(storesAtOnceMax);
  end.shift()?.();
  await settle();
  expect(begun).toHaveLength(storesAtOnceMax + 1);
});

test("tenants take turns: one that comes after another's burst is next but one", async () => {
  for (let count = 0; count < storesAtOnceMax + 10; count++) stand("greedy");
  stand("quiet");
  await settle();
  for (let count = 0; count < 2; count++) {
    end.shift()?.();
    await settle();
  }
  expect(begun.slice(storesAtOnceMax)).toEqual(["greedy", "quiet"]);
});

test("fewer are stored at once while storing is slow, and more when it is not", async () => {
  for (let round = 0; round < 8; round++) {
    for (let count = 0; count < storesAtOnceMax; count++) stand("greedy");
    await settle();
    await vi.advanceTimersByTimeAsync(takeInMillis + 1);
    while (end.length > 0) await endAll();
  }
  begun = [];
  for (let count = 0; count < storesAtOnceMax; count++) stand("greedy");
  await settle();
  expect(begun.length).toBeGreaterThanOrEqual(storesAtOnceMin);
  expect(begun.length).toBeLessThan(storesAtOnceMax);
  while (end.length > 0) await endAll();
  for (let count = 0; count < storesAtOnceMax * 2; count++) {
    stand("greedy");
    await settle();
    await endAll();
  }
  begun = [];
  for (let count = 0; count < storesAtOnceMax; count++) stand("greedy");
  await settle();
  expect(begun).toHaveLength(storesAtOnceMax);
});

test("a tenant whose pictures wait too long is told from one whose do not", async () => {
  for (let count = 0; count < storesAtOnceMax + 1; count++) stand("greedy");
  await vi.advanceTimersByTimeAsync(takeInMillis + 1);
  expect(line.isLong("greedy", Date.now())).toBe(true);
  expect(line.isLong("quiet", Date.now())).toBe(false);
  await endAll();
  expect(line.isLong("greedy", Date.now())).toBe(false);
});

test("nobody waits for ever for requests that died while they stored", async () => {
  for (let count = 0; count < storesAtOnceMax; count++) stand("dead");
  stand("alive");
  await vi.advanceTimersByTimeAsync(limits.lineMillisMax);
  expect(begun).toContain("alive");
  await vi.advanceTimersByTimeAsync(limits.uploadGraceMillis);
  stand("later");
  await settle();
  expect(begun).toContain("later");
});

test("a tenant is not refused for pictures whose requests died in the line", async () => {
  // Of a request that died no timer rings and no store ends.
  vi.useFakeTimers({ toFake: ["Date"] });
  const timer = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
  for (let count = 0; count < storesAtOnceMax + 8; count++) stand("dead");
  timer.mockRestore();
  const later = Date.now() + takeInMillis + 1;
  expect(line.isLong("dead", later)).toBe(true);
  expect(line.isLong("dead", later + limits.lineMillisMax)).toBe(false);
  vi.setSystemTime(later + limits.uploadGraceMillis);
  begun = [];
  for (let count = 0; count < storesAtOnceMax; count++) stand("alive");
  await Promise.resolve();
  expect(begun).toEqual(Array.from({ length: storesAtOnceMax }, () => "alive"));
});

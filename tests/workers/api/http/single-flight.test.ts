import { afterEach, expect, test, vi } from "vitest";
import { SingleFlight } from "../../../../workers/api/http/single-flight.ts";

afterEach(() => void vi.useRealTimers());

/** Work that ends when the test says so. */
function work() {
  const started: PromiseWithResolvers<string>[] = [];
  const kept: Promise<unknown>[] = [];
  const flight = new SingleFlight<string>();
  const ctx = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const join = (name: string) =>
    flight.join(name, ctx, 1000, () => {
      const running = Promise.withResolvers<string>();
      started.push(running);
      return running.promise;
    });
  return { flight, started, kept, join };
}

test("those who want the same at the same time share it, and only one leads", async () => {
  const { started, kept, join } = work();
  const joined = [join("a"), join("a"), join("b")];
  expect([started.length, kept.length]).toEqual([2, 2]);
  started[0]?.resolve("of a");
  started[1]?.resolve("of b");
  const result = (value: string) => ({ ok: true, value });
  expect(await Promise.all(joined)).toEqual([
    { isLeader: true, result: result("of a") },
    { isLeader: false, result: result("of a") },
    { isLeader: true, result: result("of b") },
  ]);
  void join("a");
  expect(started).toHaveLength(3);
});

test("work that failed is nobody's unhandled error, and the next one starts over", async () => {
  const { started, kept, join } = work();
  const joined = join("a");
  started[0]?.reject(new Error("away"));
  expect(await joined).toEqual({ isLeader: true, result: { ok: false, error: "unreachable" } });
  await expect(Promise.all(kept)).resolves.toEqual([undefined]);
  void join("a");
  expect(started).toHaveLength(2);
});

test("work that never ends holds nobody up for long", async () => {
  vi.useFakeTimers();
  const { started, join } = work();
  const joined = join("a");
  await vi.advanceTimersByTimeAsync(1000);
  expect((await joined).result.ok).toBe(false);
  const again = join("a");
  started[1]?.resolve("at last");
  expect(await again).toMatchObject({ isLeader: true, result: { value: "at last" } });
});

test("what is forgotten starts over, and who waits for the work before has its answer", async () => {
  const { flight, started, join } = work();
  const [before, other] = [join("tnt_a/1"), join("tnt_b/1")];
  flight.forget("tnt_a/");
  const after = join("tnt_a/1");
  void join("tnt_b/1");
  expect(started).toHaveLength(3);
  for (const [index, running] of started.entries()) running.resolve(String(index));
  const answers = await Promise.all([before, other, after]);
  expect(answers.map(({ result }) => result.ok && result.value)).toEqual(["0", "1", "2"]);
  expect(answers.map(({ isLeader }) => isLeader)).toEqual([true, true, true]);
});

test("the end of forgotten work does not end the work after it", async () => {
  const { flight, started, join } = work();
  const before = join("a");
  flight.forget("a");
  void join("a");
  started[0]?.resolve("old");
  await before;
  void join("a");
  expect(started).toHaveLength(2);
});

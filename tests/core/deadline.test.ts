import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inTime, pause, within } from "../../core/deadline.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => undefined);

test("a promise in time gives its own value or failure, and leaves no timer", async () => {
  expect(await inTime(globalThis, 10, Promise.resolve("here"))).toBe("here");
  await expect(inTime(globalThis, 10, Promise.reject(new Error("broken")))).rejects.toThrow(
    "broken",
  );
  expect(await within(globalThis, 10, Promise.resolve("here"))).toEqual({
    ok: true,
    value: "here",
  });
  expect(vi.getTimerCount()).toBe(0);
});

test("a promise that is late fails at its deadline and not before, marked as overload", async () => {
  const settled = vi.fn<(cause: unknown) => void>();
  inTime(globalThis, 10, never()).catch(settled);
  await vi.advanceTimersByTimeAsync(9);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ message: "no answer within 10 ms", overloaded: true }),
  );
});

test("for a caller with another source, failing and being late are one", async () => {
  const unreachable = { ok: false, error: "unreachable" };
  expect(await within(globalThis, 10, Promise.reject(new Error("broken")))).toEqual(unreachable);
  const late = within(globalThis, 10, never());
  await vi.advanceTimersByTimeAsync(10);
  expect(await late).toEqual(unreachable);
});

test("a pause lasts as long as it is told", async () => {
  const over = vi.fn<() => void>();
  void pause(globalThis, 5).then(over);
  await vi.advanceTimersByTimeAsync(4);
  expect(over).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(over).toHaveBeenCalledOnce();
});

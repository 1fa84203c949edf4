import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { drain, drainUnread } from "../../../../workers/api/http/drain.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client that sends so; says how often it was read from and whether it was cut off. */
function sending(read: (times: number) => Promise<Uint8Array<ArrayBuffer> | null>) {
  const told = { reads: 0, cancelled: 0 };
  const rest = {
    read: async () => {
      const value = await read(++told.reads);
      return value ? ({ done: false, value } as const) : ({ done: true } as const);
    },
    cancel: async () => void told.cancelled++,
  };
  return { rest, told };
}
const chunk = new Uint8Array(10);

test("a client that goes on sending is read to its end", async () => {
  const { rest, told } = sending(async (times) => (times <= 5 ? chunk : null));
  await drain(rest);
  expect(told).toEqual({ reads: 6, cancelled: 0 });
});

test("a client that waits for the answer gets it at once", async () => {
  const { rest, told } = sending((times) =>
    times === 1 ? Promise.resolve(chunk) : new Promise(() => undefined),
  );
  const drained = drain(rest);
  await vi.advanceTimersByTimeAsync(limits.drainIdleMillisMax);
  await drained;
  expect(told).toEqual({ reads: 2, cancelled: 1 });
});

test("a client that sends on and on, little by little, is cut off at the deadline", async () => {
  const everyMillis = limits.drainIdleMillisMax - 50;
  const { rest, told } = sending(
    () => new Promise((resolve) => void setTimeout(() => resolve(chunk), everyMillis)),
  );
  const drained = drain(rest);
  await vi.advanceTimersByTimeAsync(limits.drainMillisMax + everyMillis);
  await drained;
  expect(told).toEqual({ reads: limits.drainMillisMax / everyMillis, cancelled: 1 });
});

test("nobody is read for more bytes than a picture may have", async () => {
  const large = { length: limits.sourceBytesMax / 4 } as unknown as Uint8Array<ArrayBuffer>;
  const { rest, told } = sending(async () => large);
  await drain(rest);
  expect(told).toEqual({ reads: 4, cancelled: 1 });
});

test("a client that is gone is no error", async () => {
  const rest = {
    read: () => Promise.reject(new Error("gone")),
    cancel: () => Promise.reject(new Error("gone")),
  };
  await expect(drain(rest)).resolves.toBeUndefined();
});

/** A request whose body tells what became of it. */
function requestOf(headers: Record<string, string>, bodyUsed = false) {
  const told = { pulled: 0, cancelled: 0 };
  const body = new ReadableStream(
    {
      pull(controller) {
        if (++told.pulled > 2) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => void told.cancelled++,
    },
    { highWaterMark: 0 },
  );
  return { request: { body, bodyUsed, headers: new Headers(headers) } as Request, told };
}

test("a body that nobody read is read, if it may be a picture; others are cancelled", async () => {
  const small = requestOf({ "Content-Length": "20" });
  await drainUnread(small.request);
  expect(small.told).toEqual({ pulled: 3, cancelled: 0 });
  const largest = requestOf({ "Content-Length": String(limits.sourceBytesMax) });
  await drainUnread(largest.request);
  expect(largest.told.cancelled).toBe(0);
  for (const headers of [{}, { "Content-Length": String(limits.sourceBytesMax + 1) }]) {
    const long = requestOf(headers as Record<string, string>);
    await drainUnread(long.request);
    expect(long.told).toEqual({ pulled: 0, cancelled: 1 });
  }
});

test("a body that was read, or is none, is left alone", async () => {
  const used = requestOf({ "Content-Length": "20" }, true);
  await drainUnread(used.request);
  expect(used.told).toEqual({ pulled: 0, cancelled: 0 });
  await expect(drainUnread(new Request("https://x.example/"))).resolves.toBeUndefined();
});

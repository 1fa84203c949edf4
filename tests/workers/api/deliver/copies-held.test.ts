import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { locationCache } from "../../../../workers/api/deliver/location-cache.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("an isolate holds no more than it may while copies are put", async () => {
  let put = Promise.withResolvers<void>();
  vi.stubGlobal("caches", { open: async () => ({ put: () => put.promise }) });
  const background: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  const place = (number: number) => ({ tenant: "tnt_x", name: `${number}`, key: `held ${number}` });
  const bytes = limits.copyBytesMax;
  const copy = {
    format: "webp",
    hash: "h",
    etag: "e",
    bytes: new Uint8Array(1),
    askedAt: 0,
  } as const;
  const keep = (number: number, read: () => Promise<typeof copy>) =>
    locationCache.keep(ctx, place(number), { bytes, freshUntil: Infinity, read, now: 0 });
  let kept = 0;
  for (; locationCache.takes(place(kept), bytes, 0); kept++) await keep(kept, async () => copy);
  expect(kept).toBe(limits.copiesHeldBytesMax / bytes);
  put.resolve();
  await Promise.all(background);
  put = Promise.withResolvers<void>();
  await expect(keep(100, () => Promise.reject(new Error("R2")))).rejects.toThrow("R2");
  for (let number = 200; number < 200 + kept; number++) {
    expect(locationCache.takes(place(number), bytes, 0)).toBe(true);
    await keep(number, async () => copy);
  }
});

test("a copy in memory is not sent where the clock has stepped back, since nothing says when it ends", async () => {
  const start = Date.UTC(2030, 0, 1);
  let copy: Response | undefined;
  const match = async () => copy?.clone();
  const put = async (_: string, response: Response) => void (copy = response);
  vi.stubGlobal("caches", { open: async () => ({ put, match }) });
  const background: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void background.push(work) };
  const place = { tenant: "tnt_x", name: "stepped", key: "stepped" };
  const bytes = new Uint8Array(1);
  const read = async () =>
    ({ format: "webp", hash: "h", etag: "e", bytes, askedAt: start }) as const;
  await locationCache.keep(ctx, place, { bytes: 1, freshUntil: Infinity, read, now: start });
  await Promise.all(background);
  expect(await locationCache.find(place, start)).toMatchObject({ etag: "e" });
  // The location has dropped it, by a clock of its own.
  copy = undefined;
  expect(await locationCache.find(place, start + 1)).toMatchObject({ etag: "e" });
  expect(await locationCache.find(place, start - 3_600_000)).toBeNull();
});

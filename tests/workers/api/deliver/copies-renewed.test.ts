import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { locationCache } from "../../../../workers/api/deliver/location-cache.ts";
import { DeliveringWorld } from "./delivering-world.ts";

test("of many requests for a copy one looks at it again, and a while later another one", () => {
  const look = vi.fn<() => Promise<void>>(async () => undefined);
  const ctx = { waitUntil: () => undefined };
  const renew = (key: string, now: number) =>
    locationCache.renew(ctx, { tenant: "tnt_a", name: key, key }, look, now);
  const start = Date.UTC(2030, 0, 1);
  for (let request = 0; request < 3; request++) renew("a", start + request);
  expect(look).toHaveBeenCalledTimes(1);
  renew("b", start);
  expect(look).toHaveBeenCalledTimes(2);
  renew("a", start + limits.copyAgainMillis - 1);
  expect(look).toHaveBeenCalledTimes(2);
  renew("a", start + limits.copyAgainMillis);
  expect(look).toHaveBeenCalledTimes(3);
});

test("a copy that was looked at again is as fresh as a new one", async () => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant();
  const url = `/t/${tenant.tenant}/image/width=9,format=png/${world.store(tenant, "1")}`;
  const operationsAfter = async (millis: number) => {
    vi.setSystemTime(Date.now() + millis);
    world.operations.length = 0;
    expect((await world.get(url)).headers.get("Cache-Status")).toBe("minilab; hit");
    return world.operations.length;
  };
  await world.get(url);
  expect(await operationsAfter(limits.copyFreshMillis)).toBe(1);
  expect(await operationsAfter(limits.copyAgainMillis)).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

import { expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { locationCache } from "../../../../workers/api/deliver/location-cache.ts";

test("of many requests for a copy one looks at it again, and a while later another one", () => {
  const look = vi.fn<() => Promise<void>>(async () => undefined);
  const ctx = { waitUntil: () => undefined };
  const renew = (key: string, now: number) =>
    locationCache.renew(ctx, { tenant: "tnt_a", key }, look, now);
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

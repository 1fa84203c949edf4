import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { DeliveringWorld } from "./delivering-world.ts";

let world: DeliveringWorld;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  world = new DeliveringWorld().enter();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a tenant that is suspended stays so where KV still has an entry from before", async () => {
  const before = world.tenant();
  const url = `/t/${before.tenant}/image/width=9,format=png/${world.store(before, "1")}`;
  world.set({ ...before, version: 2, status: "suspended" });
  expect((await world.get(url)).status).toBe(403);
  world.set(before);
  vi.setSystemTime(Date.now() + limits.identityFreshMillis);
  expect((await world.get(url)).status).toBe(403);
  world.set({ ...before, version: 3 });
  vi.setSystemTime(Date.now() + limits.identityFreshMillis);
  expect((await world.get(url)).status).toBe(200);
});

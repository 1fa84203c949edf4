import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../../core/limits.ts";
import { ok, type Result } from "../../../../core/result.ts";
import { Uploads } from "../../../../workers/api/admission/uploads.ts";

const start = Date.UTC(2026, 10, 20, 12);
const longest = limits.uploadMillisMax + limits.uploadGraceMillis;
let uploads: Uploads;
beforeEach(() => {
  vi.useFakeTimers({ now: start });
  uploads = new Uploads();
});
afterEach(() => void vi.useRealTimers());

const isTaken = async (tenant: string) =>
  (await uploads.holding(tenant, 1000, async () => ok(true))).ok;

/** So many requests that have died: their work never ends. */
function leaveDead(count: number): void {
  for (let dead = 0; dead < count; dead++) {
    void uploads.holding("tnt_dead", 1000, () => new Promise<Result<true, never>>(() => undefined));
  }
}

test.each([
  ["in time", longest],
  ["also when the clock steps back", -10 * 60_000],
  ["also when the clock steps ahead", 60 * 60_000],
])("requests that died give their places up %s", async (_, millis) => {
  leaveDead(limits.uploadsMax / 2);
  expect(await isTaken("tnt_dead")).toBe(false);
  vi.setSystemTime(start + longest - 1);
  expect(await isTaken("tnt_dead")).toBe(false);
  vi.setSystemTime(start + millis);
  expect(await isTaken("tnt_dead")).toBe(true);
});

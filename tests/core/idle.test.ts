import { expect, test } from "vitest";
import { untilIdle } from "../../core/idle.ts";
import { limits } from "../../core/limits.ts";

/** Timers that ring so much too late, one after another; and the clock as they show it. */
function lateBy(...millis: number[]) {
  let now = 1_800_000_000_000;
  let rung = 0;
  const setTimeout = (run: () => void) => {
    queueMicrotask(() => {
      now += millis[rung++] ?? 0;
      run();
    });
  };
  return {
    timers: { setTimeout, clearTimeout: () => undefined },
    clock: { now: () => now },
    rung: () => rung,
  };
}

test.each([
  ["at once", [0], true, 1],
  ["after a look that was a little late", [limits.idleLookMillis], true, 1],
  ["when other work is done", [20, 20, 1], true, 3],
  ["never, and not waited for any longer", [30, 30, 30], false, 2],
  [
    "nor from the moment on at which it is waited for no longer",
    [limits.busyMillisMax, 0],
    false,
    1,
  ],
  ["or the clock stepped back, which tells nothing", [10, -100_000, 0], true, 2],
] as const)("a thread is idle: %s", async (_, late, isIdle, looks) => {
  const { timers, clock, rung } = lateBy(...late);
  expect(await untilIdle(timers, clock)).toBe(isIdle);
  expect(rung()).toBe(looks);
});

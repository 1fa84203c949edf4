import { expect, test } from "vitest";
import { StopWatch } from "../../../workers/consumer/stop-watch.ts";

test("a job's time is divided at its begin, its last pixel and its last put", async () => {
  let now = 1000;
  // The clock stands still while pixels are made, and is set by the timer.
  const setTimeout = (work: () => void) => {
    now += 70;
    work();
    return 0;
  };
  const timers = { setTimeout, clearTimeout: () => undefined } as never;
  const watch = new StopWatch({ now: () => now, timers }, 980);
  await watch.rendered();
  now += 9;
  expect(watch.stored()).toEqual({ waited: 20, render: 70, store: 9 });
});

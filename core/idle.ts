import { pause, type Timers } from "./deadline.ts";
import { limits } from "./limits.ts";

/** Epoch milliseconds. In production it stands still while an isolate computes, and is set when a timer rings. */
export interface Clock {
  now(): number;
}

/** Whether a timer of no length, set at `since`, rang so soon that the thread had nothing else to do. */
export const isIdle = (since: number, rangAt: number): boolean =>
  rangAt - since <= limits.idleLookMillis;

/**
 * Resolves when the thread has nothing else to do, or `busyMillisMax` are over; says which. What takes the thread for
 * long, and can wait, begins after that. A request comes in many pieces, and each piece waits for whatever work was
 * begun before it arrived.
 */
export async function untilIdle(timers: Timers, clock: Clock): Promise<boolean> {
  const begunAt = clock.now();
  for (;;) {
    const since = clock.now();
    await pause(timers, 0);
    const now = clock.now();
    if (isIdle(since, now)) return true;
    if (Math.abs(now - begunAt) >= limits.busyMillisMax) return false;
  }
}

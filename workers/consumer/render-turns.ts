import { pause, type Timers } from "../../core/deadline.ts";
import type { Engine } from "../../engine/engine.ts";

/**
 * An isolate's engine, between two renders of which the isolate looks at what has come in meanwhile. Without that, all
 * jobs whose sources are there are rendered in one go, and every step of whoever else is served by the thread waits for
 * that. Nobody waits for a promise of another job: one whose caller is gone would hold up all that follow.
 */
export function inTurns(engine: Engine, timers: Timers): Engine {
  let begun = 0;
  /** Of those, how many were begun when a timer was set that has rung since. */
  let looked = 0;
  return {
    async render(...given) {
      while (looked < begun) {
        const before = begun;
        await pause(timers, 0);
        looked = Math.max(looked, before);
      }
      begun += 1;
      return engine.render(...given);
    },
  };
}

import type { Timeline } from "../time/timeline.ts";
import type { Dependency, Weather } from "./weather.ts";

/** What the platform throws when a call fails that may be repeated. */
export class CallFailed extends Error {
  readonly retryable = true;
}

/** Calls from the running process to what lies outside of it. */
export class Wire {
  readonly timeline: Timeline;
  readonly weather: Weather;

  constructor(timeline: Timeline, weather: Weather) {
    this.timeline = timeline;
    this.weather = weather;
  }

  /** A call of a store: its effect is one moment. */
  call<Value>(dependency: Dependency, effect: () => Value): Promise<Value> {
    const { timeline, weather } = this;
    const caller = timeline.process;
    if (!caller) throw new Error(`${dependency} was called outside any process`);
    const fate = weather.fate(dependency);
    const [there, back] = [weather.latencyMillis(dependency), weather.latencyMillis(dependency)];
    const failed = () => new CallFailed(`${dependency}: ${fate}`);
    return new Promise((resolve, reject) => {
      const fail = () => timeline.after(there + back, caller, () => reject(failed()));
      const perform = (millis: number, answered: boolean) =>
        timeline.after(millis, null, () => {
          let settle: () => void;
          try {
            const value = effect();
            settle = () => (answered ? resolve(value) : reject(failed()));
          } catch (cause) {
            settle = () => reject(cause instanceof Error ? cause : new Error(String(cause)));
          }
          // For a caller that was told of the failure this changes nothing.
          timeline.after(back, caller, settle);
        });
      caller.emit(() => {
        if (fate === "lost-request") fail();
        else if (fate === "answered") perform(there, true);
        else if (fate === "lost-answer") perform(there, false);
        else {
          if (fate === "failed-then-late") fail();
          if (fate !== "silence") perform(weather.lateMillis(), false);
        }
      });
    });
  }
}

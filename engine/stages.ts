import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, type Result } from "../core/result.ts";

/** What a render goes through; errors name them. Between two stages it can be stopped; within one it cannot. */
export type Stage = "decode" | "analysis" | "resize" | "effects" | "encode";

/** A generator that yields each stage before it begins, and returns a value or a refusal. */
export type Stages<Value> = Generator<Stage, Result<Value, Refusal>>;

export interface StageWatch {
  /** Monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called with each stage as it begins. */
  readonly onStage: (stage: Stage) => void;
}

/** Runs such a generator to its end, its deadline or a trap, whichever comes first. */
export function runStages<Value>(
  stages: Stages<Value>,
  { now, onStage }: StageWatch,
): Result<Value, Refusal> {
  const millisMax = limits.renderMillisMax;
  const deadline = now() + millisMax;
  let stage: Stage = "decode";
  try {
    for (;;) {
      const step = stages.next();
      if (step.done) return step.value;
      stage = step.value;
      if (now() > deadline) return err({ reason: "render_timeout", millisMax });
      onStage(stage);
    }
  } catch (cause) {
    // A codec's trap, or memory that would not grow; anything else is a mistake of ours.
    if (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError) {
      return err({ reason: "render_crashed", stage });
    }
    throw cause;
  }
}

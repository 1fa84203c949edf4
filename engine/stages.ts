import type { Refusal } from "../core/image/refusal.ts";
import { limits } from "../core/limits.ts";
import { err, type Result } from "../core/result.ts";
import { CodecTrap } from "./codecs/photon.ts";

/** What a render goes through. Between two stages it can be stopped; within one it cannot. */
export type Stage = "decode" | "resize" | "finish" | "encode";

/** A story that names each stage before it begins, and ends in a value or a refusal. */
export type Stages<Value> = Generator<Stage, Result<Value, Refusal>>;

export interface StageWatch {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Told of each stage as it begins. */
  readonly onStage: (stage: Stage) => void;
}

/** Runs a story to its end, its deadline or a codec's trap, whichever is first. */
export function runStages<Value>(
  stages: Stages<Value>,
  { now, onStage }: StageWatch,
): Result<Value, Refusal> {
  const millisMax = limits.renderMillisMax;
  const deadline = now() + millisMax;
  let stage: Stage | undefined;
  try {
    for (;;) {
      const step = stages.next();
      if (step.done) return step.value;
      stage = step.value;
      if (now() > deadline) return err({ reason: "render_timeout", millisMax });
      onStage(stage);
    }
  } catch (error) {
    if (error instanceof CodecTrap && stage) return err(trapRefusal(stage));
    throw error;
  }
}

/** A decoder gives up on bytes that contradict their format; after that the bytes are not to blame. */
const trapRefusal = (stage: Stage): Refusal =>
  stage === "decode"
    ? { reason: "corrupt_image", detail: "The picture's data cannot be decoded" }
    : { reason: "render_crashed", stage };

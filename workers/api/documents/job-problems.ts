import type { ProblemCode } from "../../../core/problem.ts";

/** Why a job that was accepted can end as `failed`. What is wrong with a picture mostly shows at the door. */
export const jobProblems: readonly ProblemCode[] = [
  "unsupported-format",
  "corrupt-image",
  "truncated-image",
  "image-too-large",
  "over-memory-plan",
  "output-too-large",
  "trimmed-away",
  "over-max-bytes",
  "render-timeout",
  "render-crashed",
  "attempts-exhausted",
  "deadline-exceeded",
  "cancelled",
];

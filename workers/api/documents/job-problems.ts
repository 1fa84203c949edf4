import type { ProblemCode } from "../../../core/problem.ts";

/** Why an accepted job can end as `failed`. Most problems with a picture are found before that, on upload. */
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
  "interrupted",
];

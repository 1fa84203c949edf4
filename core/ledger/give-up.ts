import { MINUTE } from "../magnitudes.ts";
import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";

/** The part of a job's progress that decides whether to go on with it. */
interface Given {
  readonly strikes: number;
  readonly deadline: number;
}

/** Why a job is given up that is not settled; null: it is not. */
export function whyGiveUp({ strikes, deadline }: Given, now: number): Problem | null {
  if (strikes >= limits.attemptsMax) {
    return problem(
      "attempts-exhausted",
      `Rendering was begun ${strikes} times and never finished. Nothing is billed.`,
    );
  }
  if (now >= deadline) {
    return problem(
      "deadline-exceeded",
      `The job was not finished within ${limits.jobDeadlineMillis / MINUTE} minutes. Nothing is billed; send it again.`,
    );
  }
  return null;
}

/** How a job ends whose caller ended with its picture. */
export const interrupted = problem(
  "interrupted",
  "The request that sent this picture ended before it was rendered. Nothing is billed; send it again.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);

import type { Outcome } from "../job/job.ts";
import { limits } from "../limits.ts";
import type { ProblemCode } from "../problem.ts";
import type { Lane, Progress } from "./progress.ts";

/**
 * How much trouble a tenant's pictures made lately: renders that trapped, hung or ended their consumer. Each counts
 * one, and half of that is forgotten in `limits.troubleHalfLifeMillis`. A tenant that makes too much is set apart:
 * its new jobs are rendered alone, one by one, where they cannot end other tenants' jobs or delay clients that wait.
 * When the count has decayed to almost nothing, the tenant is treated as usual again.
 */
export interface Trouble {
  /** As it was at `at`. */
  readonly score: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly apart: boolean;
}

export const noTrouble: Trouble = { score: 0, at: 0, apart: false };

/** A clock that stepped back forgets nothing. */
export function troubleAt({ score: before, at, apart }: Trouble, now: number): Trouble {
  const millis = Math.max(0, now - at);
  const score = before * 2 ** (-millis / limits.troubleHalfLifeMillis);
  return { score, at: now, apart: apart && score >= limits.troubleOver };
}

/** A picture has made trouble. The score has a bound, and so has the time until it is forgotten. */
export function moreTrouble(trouble: Trouble, now: number): Trouble {
  const before = troubleAt(trouble, now);
  const score = Math.min(limits.troubleMax, before.score + 1);
  return { score, at: now, apart: before.apart || score >= limits.troubleApart };
}

/** When new jobs stop being rendered alone, if nothing else happens; null: they are not rendered alone. */
export function apartUntil({ score, at, apart }: Trouble, now: number): number | null {
  const until = at + limits.troubleHalfLifeMillis * Math.log2(score / limits.troubleOver);
  return apart && until > now ? Math.ceil(until) : null;
}

/** How new jobs go through the queue. */
export const laneOf = (trouble: Trouble, now: number): Lane =>
  troubleAt(trouble, now).apart ? "solo" : "batch";

/** Whether a render that ended this way is trouble: the first of a job that threw, or one that was stopped. */
export function isTrouble({ claims }: Pick<Progress, "claims">, outcome: Outcome): boolean {
  if (outcome.kind === "failed") return stopped.has(outcome.problem.code);
  return outcome.kind === "deferred" && outcome.blame === "job" && claims === 1;
}

const stopped: ReadonlySet<ProblemCode> = new Set(["render-crashed", "render-timeout"]);

/**
 * Whether beginning a render is trouble: it is begun alone for the third time, and both earlier consumers never
 * answered.
 */
export const isTroubleToBegin = ({ strikes }: Pick<Progress, "strikes">, alone: boolean): boolean =>
  alone && strikes === 2;

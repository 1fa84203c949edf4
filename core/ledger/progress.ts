import { isTerminal, type JobStatus, type Outcome } from "../job/job.ts";
import { limits } from "../limits.ts";
import { problem, type Problem } from "../problem.ts";

/**
 * How far a job has come, and the only ways it can move on. A job that is not settled always has a
 * `due` time at which somebody looks at it again; a settled one never does.
 *
 *     accepted ──claim──▶ running ──settle──▶ done | failed
 *      ▲     │               │
 *      └─────┴───────────────┘ overdue or deferred: sent again
 *
 * Whatever ended a render without a result may end the next one too. So a job that was begun before
 * is rendered alone, where it can take no neighbour with it.
 */
export interface Progress {
  readonly status: JobStatus;
  /** When to send it again; null once settled. */
  readonly due: number | null;
  /** When to give up. */
  readonly deadline: number;
  /** Renders begun. */
  readonly attempts: number;
  /** Times sent again by the alarm. */
  readonly resends: number;
}

export function accepted(now: number): Progress {
  return {
    status: "accepted",
    due: now + limits.redispatchMillis,
    deadline: now + limits.jobDeadlineMillis,
    attempts: 0,
    resends: 0,
  };
}

export type Claim =
  /** Yours until `due`. */
  | { readonly verdict: "render"; readonly next: Progress }
  /** It was begun before and not finished: render it where it can take nobody with it. */
  | { readonly verdict: "isolate"; readonly next: Progress }
  /** Somebody has it, or it is settled, or it is not known: there is nothing to do. */
  | { readonly verdict: "drop" }
  | { readonly verdict: "give-up"; readonly problem: Problem };

/**
 * Whether a message's job still wants work. `redelivered`: the queue has seen this message before, so
 * whoever held the job then is gone. `alone`: the asker takes one job at a time.
 */
export function claim(
  progress: Progress,
  now: number,
  asker: { readonly redelivered: boolean; readonly alone: boolean },
): Claim {
  if (progress.due === null) return { verdict: "drop" };
  const leased = progress.status === "running" && progress.due > now;
  if (leased && !asker.redelivered) return { verdict: "drop" };
  const hopeless = whyHopeless(progress, now);
  if (hopeless) return { verdict: "give-up", problem: hopeless };
  const due = now + limits.leaseMillis;
  if (progress.attempts > 0 && !asker.alone) {
    // A later time stays, or a backlog there would be sent to it again at every lease.
    const later = Math.max(due, progress.due);
    return { verdict: "isolate", next: { ...progress, status: "accepted", due: later } };
  }
  return {
    verdict: "render",
    next: { ...progress, status: "running", due, attempts: progress.attempts + 1 },
  };
}

export type Settlement =
  | { readonly verdict: "settled"; readonly next: Progress; readonly outcome: FinalOutcome }
  | { readonly verdict: "deferred"; readonly next: Progress }
  /** It was settled before: this outcome changes nothing. */
  | { readonly verdict: "already" };
export type FinalOutcome = Exclude<Outcome, { kind: "deferred" }>;

/** The first final outcome wins; everything after it changes nothing. `random` is in [0, 1). */
export function settle(
  progress: Progress,
  outcome: Outcome,
  now: number,
  random: number,
): Settlement {
  if (isTerminal(progress.status)) return { verdict: "already" };
  if (outcome.kind !== "deferred") {
    return {
      verdict: "settled",
      next: { ...progress, status: outcome.kind, due: null },
      outcome,
    };
  }
  const hopeless = whyHopeless(progress, now);
  if (hopeless) return settle(progress, { kind: "failed", problem: hopeless }, now, random);
  const due = dueAgain(progress, progress.attempts, now, random);
  return { verdict: "deferred", next: { ...progress, status: "accepted", due } };
}

export type Overdue =
  | { readonly verdict: "resend"; readonly next: Progress }
  | { readonly verdict: "give-up"; readonly problem: Problem };

/** What the alarm does with a job whose `due` has passed: nobody holds it any more. */
export function overdue(progress: Progress, now: number, random: number): Overdue {
  const hopeless = whyHopeless(progress, now);
  if (hopeless) return { verdict: "give-up", problem: hopeless };
  const resends = progress.resends + 1;
  const due = dueAgain(progress, resends, now, random);
  return { verdict: "resend", next: { ...progress, status: "accepted", due, resends } };
}

function whyHopeless(progress: Progress, now: number): Problem | null {
  if (progress.attempts >= limits.attemptsMax) {
    return problem(
      "attempts-exhausted",
      `Rendering was begun ${progress.attempts} times and never finished. Nothing is billed.`,
    );
  }
  if (now >= progress.deadline) {
    return problem(
      "deadline-exceeded",
      `The job was not finished within ${limits.jobDeadlineMillis / 60_000} minutes. Nothing is billed; send it again.`,
    );
  }
  return null;
}

/**
 * The wait doubles from the first re-dispatch to the longest; half of it is jitter, so that a crowd
 * spreads. Never past the deadline, at which the job must end.
 */
function dueAgain({ deadline }: Progress, tries: number, now: number, random: number): number {
  const full = Math.min(
    limits.redispatchMillisMax,
    limits.redispatchMillis * 2 ** Math.max(0, tries - 1),
  );
  return Math.min(deadline, Math.round(now + full / 2 + (full / 2) * random));
}

import { resent, sent, type Progress } from "./progress.ts";

/** A job whose caller has it rendered at once is claimed with its acceptance: the consumer need not ask for it. */
export const claimedAtOnce = (before: Progress, now: number, leaseMillis: number): Progress => ({
  ...before,
  status: "running",
  due: now + leaseMillis,
  claims: 1,
});

/** What its caller knows of a job that it wanted to have rendered at once. */
export interface CallOutcome {
  /** A consumer may have begun it; that consumer has ended. */
  readonly lost: boolean;
  /** No consumer has begun it, and none will. */
  readonly unbegun: boolean;
}

/**
 * The caller that wanted to render it at once does not, so it goes to the queue. Null: it is on its way already, or its
 * consumer may be at it.
 */
export function handedOver(
  progress: Progress,
  now: number,
  random: number,
  { lost, unbegun }: CallOutcome,
): Progress | null {
  const { status, claims, sentAt, lane } = progress;
  if (status === "running") {
    const isFirst = claims === 1 && sentAt === null;
    if (unbegun && isFirst) return sent({ ...progress, claims: 0 }, lane, now);
    return lost ? resent(progress, "solo", now, random) : null;
  }
  if (status !== "accepted" || claims > 0 || sentAt !== null) return null;
  return sent(progress, lane, now);
}

/**
 * The caller of a job that was claimed at once got no answer from the consumer and stops waiting. The consumer has
 * `graceMillis` left; then another one gets the job. Null: its lease ends before that, or it was claimed otherwise.
 */
export function hurried(progress: Progress, now: number, graceMillis: number): Progress | null {
  const { status, claims, sentAt, due } = progress;
  if (status !== "running" || claims !== 1 || sentAt !== null || due === null) return null;
  return due > now + graceMillis ? { ...progress, due: now + graceMillis } : null;
}

/** The picture of a held job is stored, so it will be done without its caller. `apart`: alone from now on. */
export const stored = (progress: Progress, apart: boolean): Progress => ({
  ...progress,
  held: false,
  lane: apart ? "solo" : progress.lane,
});

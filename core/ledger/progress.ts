import { isTerminal, type JobStatus, type Outcome } from "../job/job.ts";
import { limits } from "../limits.ts";
import type { Problem } from "../problem.ts";
import { interrupted, whyGiveUp } from "./give-up.ts";

/**
 * How far a job has come, and the only ways it can move on. A job that is not settled always has a
 * `due` time at which the ledger looks at it again; a settled one never does.
 *
 *     accepted ──claim──▶ running ──settle──▶ done | failed
 *      ▲     │               │
 *      └─────┴───────────────┘ lost, or handed back: sent again
 *
 * A job whose consumer never came back may have ended it, so from then on it is rendered alone, where it
 * can take no neighbour with it. Only what happens there counts against the job: trouble around it
 * (storage, network, a ledger that cannot be reached) defers it until its deadline and never fails it.
 */
export interface Progress {
  readonly status: JobStatus;
  /** When to look at it again; null once settled. */
  readonly due: number | null;
  /** When to give up. */
  readonly deadline: number;
  /** How often a consumer took it. The number is part of the keys of the renditions that this consumer makes. */
  readonly claims: number;
  /**
   * Renders that ended without a result and without an outside cause: thrown, or begun alone with no answer after
   * that.
   */
  readonly strikes: number;
  /** How often a consumer handed it back. */
  readonly deferrals: number;
  /** How often it was sent again because its message or its consumer was lost. */
  readonly resends: number;
  /** The queue it goes through. */
  readonly lane: Lane;
  /** When its message was sent; null: it has to be sent when it is due. */
  readonly sentAt: number | null;
  /**
   * Its picture is not stored: the caller holds it and has it rendered. It is not promised yet, and fails when
   * the caller does not end it or store the picture in time.
   */
  readonly held: boolean;
}

/** `solo`: rendered alone. */
export type Lane = "batch" | "solo";

/** `holdMillis`: how long its caller has it rendered; the queue gets it only if that does not end it. */
export function accepted(
  now: number,
  holdMillis: number | null = null,
  held: boolean = false,
  lane: Lane = "batch",
): Progress {
  return {
    status: "accepted",
    due: now + (holdMillis ?? limits.redispatchMillis),
    deadline: deadlineFrom(now),
    claims: 0,
    strikes: 0,
    deferrals: 0,
    resends: 0,
    lane,
    sentAt: holdMillis === null ? now : null,
    held,
  };
}

/**
 * Whether it was claimed with its acceptance, and nothing since. A consumer that does not know of that asks for it,
 * and gets it.
 */
export function isClaimedAtOnce(
  { status, claims, sentAt, due, deadline }: Progress,
  leaseMillis: number,
): boolean {
  const isFirst = status === "running" && claims === 1 && sentAt === null;
  const acceptedAt = deadline - limits.jobDeadlineMillis;
  return isFirst && due === acceptedAt + leaseMillis;
}

/** Whether its message went out, and it was neither handed back nor sent again. */
const isSentOnce = ({ status, sentAt, deferrals, resends }: Progress): boolean =>
  status === "accepted" && sentAt !== null && deferrals + resends === 0;

/** Whether its claim need not be written: an object that wakes knows that there may have been one. */
export const isBeforeFirstClaim = (progress: Progress): boolean =>
  isSentOnce(progress) && progress.claims === 0;

/**
 * What is made of a job that was sent, when the object wakes: its first claim is only in memory, so there may have been
 * one, and its consumer may be at it or gone.
 */
export const withForgottenClaim = (progress: Progress): Progress =>
  isBeforeFirstClaim(progress) ? { ...progress, claims: 1 } : progress;

/** Its claim is one that was forgotten, or there was none. */
const mayBeForgotten = (progress: Progress): boolean => isSentOnce(progress) && progress.claims > 0;

/** When to give up on a job that begins now. */
export const deadlineFrom = (now: number): number => now + limits.jobDeadlineMillis;

/** How long a claimed job belongs to its consumer, who begins it within `leaseFreshMillis` or says so again. */
export function leaseMillis(computeUnits: number): number {
  return limits.leaseMillis + limits.leaseMillisPerUnit * computeUnits;
}

/** When the consumer that has the job took it or began it; null: none has it. */
export function claimedAt({ status, due }: Progress, computeUnits: number): number | null {
  return status === "running" && due !== null ? due - leaseMillis(computeUnits) : null;
}

export type Claim =
  /** Yours until `due`. */
  | { readonly verdict: "render"; readonly next: Progress }
  /** A consumer took it before and did not answer: send it to the queue of jobs that are rendered alone. */
  | { readonly verdict: "isolate"; readonly next: Progress }
  /** A consumer has it, or it is settled: there is nothing to do. */
  | { readonly verdict: "drop" }
  | { readonly verdict: "give-up"; readonly problem: Problem };

/**
 * Whether a message's job still wants work. `redelivered`: the queue has delivered this message before, so
 * the consumer that got it then is gone. `alone`: the caller takes one job at a time.
 */
export function claim(
  progress: Progress,
  now: number,
  asker: { readonly redelivered: boolean; readonly alone: boolean; readonly leaseMillis: number },
): Claim {
  const { status, due } = progress;
  if (due === null) return { verdict: "drop" };
  const abandoned =
    (status === "running" && (asker.redelivered || due <= now)) ||
    (mayBeForgotten(progress) && asker.redelivered);
  const isFree = abandoned || isClaimedAtOnce(progress, asker.leaseMillis);
  if (status === "running" && !isFree) return { verdict: "drop" };
  const givenUp = whyGiveUp(progress, now);
  if (givenUp) return { verdict: "give-up", problem: givenUp };
  if (!asker.alone && (abandoned || progress.lane === "solo")) {
    // It waits in the other queue already, unless the message that was to bring it there got lost.
    const waits = !abandoned && progress.sentAt !== null && !asker.redelivered;
    return waits ? { verdict: "drop" } : { verdict: "isolate", next: sent(progress, "solo", now) };
  }
  return {
    verdict: "render",
    next: {
      ...progress,
      status: "running",
      due: now + asker.leaseMillis,
      claims: progress.claims + 1,
    },
  };
}

/**
 * The consumer with claim number `attempt` is about to render. Null: the job is not its any more, or is past
 * its deadline. One whose claim was forgotten has it again, unless the job waits to be rendered alone. Alone, this
 * counts as a strike until the consumer answers.
 */
export function begin(
  progress: Progress,
  attempt: number,
  now: number,
  asker: { readonly alone: boolean; readonly leaseMillis: number },
): Progress | null {
  const isForgotten = mayBeForgotten(progress) && progress.lane === "batch";
  if (progress.claims !== attempt || now >= progress.deadline) return null;
  if (progress.status !== "running" && !isForgotten) return null;
  const strikes = progress.strikes + (asker.alone ? 1 : 0);
  return { ...progress, status: "running", due: now + asker.leaseMillis, strikes };
}

export type Settlement =
  | { readonly verdict: "settled"; readonly next: Progress; readonly outcome: FinalOutcome }
  | { readonly verdict: "deferred"; readonly next: Progress }
  /** It was settled before: this outcome changes nothing. */
  | { readonly verdict: "already" };
export type FinalOutcome = Exclude<Outcome, { kind: "deferred" }>;

/**
 * The first final outcome wins; everything after it changes nothing. `attempt` is the claim that the
 * outcome comes from, null when it comes from none. `random` is in [0, 1).
 */
export function settle(
  progress: Progress,
  outcome: Outcome,
  attempt: number | null,
  now: number,
  random: number,
): Settlement {
  if (isTerminal(progress.status)) return { verdict: "already" };
  if (outcome.kind !== "deferred") {
    const next = { ...progress, status: outcome.kind, due: null };
    return { verdict: "settled", next, outcome };
  }
  // Only its consumer may hand a job back while its lease lasts.
  const leased = progress.status === "running" && progress.due !== null && progress.due > now;
  const stale = attempt === null ? leased : attempt !== progress.claims;
  if (stale) return { verdict: "deferred", next: progress };
  const blamed = outcome.blame === "job";
  // In its own lane `begin` has counted the strike already.
  const blame = progress.lane === "batch" ? 1 : 0;
  const strikes = Math.max(0, progress.strikes + (blamed ? blame : -1));
  const deferrals = progress.deferrals + 1;
  const back: Progress = {
    ...progress,
    status: "accepted",
    strikes,
    deferrals,
    lane: blamed ? "solo" : progress.lane,
    sentAt: null,
  };
  const givenUp = whyGiveUp(back, now);
  if (givenUp) {
    return settle(progress, { kind: "failed", problem: givenUp }, attempt, now, random);
  }
  return { verdict: "deferred", next: { ...back, due: dueAfter(back, deferrals, now, random) } };
}

export type Overdue =
  | { readonly verdict: "send"; readonly next: Progress }
  /** Its message may still wait in the queue. */
  | { readonly verdict: "wait"; readonly next: Progress }
  | { readonly verdict: "give-up"; readonly problem: Problem };

/**
 * What the alarm does with a job whose `due` has passed. `lost`: its message is known not to wait in the
 * queue any more. Time alone is no reason to send again: under a backlog that multiplies the messages.
 */
export function overdue(
  progress: Progress,
  now: number,
  random: number,
  lost: (sentAt: number) => boolean,
): Overdue {
  const givenUp = progress.held ? interrupted : whyGiveUp(progress, now);
  if (givenUp) return { verdict: "give-up", problem: givenUp };
  const { lane, sentAt, status } = progress;
  if (status === "running") {
    return { verdict: "send", next: resent(progress, "solo", now, random) };
  }
  if (sentAt === null) return { verdict: "send", next: sent(progress, lane, now) };
  if (lost(sentAt)) {
    const next = resent(progress, mayBeForgotten(progress) ? "solo" : lane, now, random);
    return { verdict: "send", next };
  }
  // Looked at about as often as its age doubles.
  const waitMillis = Math.min(
    limits.redispatchMillisMax,
    Math.max(limits.redispatchMillis, now - sentAt),
  );
  const due = Math.min(progress.deadline, Math.round(now + waitMillis * (0.5 + random / 2)));
  return { verdict: "wait", next: { ...progress, due } };
}

/** It is too early to give it up: the alarm looks at it again soon. */
export function postponed(progress: Progress, now: number): Progress {
  return { ...progress, due: now + limits.redispatchMillis };
}

/** Its message could not be handed to the queue. */
export function unsent(progress: Progress): Progress {
  return progress.status === "accepted" ? { ...progress, sentAt: null } : progress;
}

/** A message of it goes to its lane now. */
export function sent(progress: Progress, lane: Lane, now: number): Progress {
  const due = Math.min(progress.deadline, now + limits.redispatchMillis);
  return { ...progress, status: "accepted", lane, sentAt: now, due };
}

/** … and not for the first time, because what went before is lost. */
export function resent(progress: Progress, lane: Lane, now: number, random: number): Progress {
  const resends = progress.resends + 1;
  const due = dueAfter(progress, resends, now, random);
  return { ...sent(progress, lane, now), resends, due };
}

/**
 * The wait doubles from the first time to the longest; half of it is jitter, so that a crowd spreads.
 * Never past the deadline, at which the job must end.
 */
function dueAfter({ deadline }: Progress, times: number, now: number, random: number): number {
  const full = Math.min(
    limits.redispatchMillisMax,
    limits.redispatchMillis * 2 ** Math.max(0, times - 1),
  );
  return Math.min(deadline, Math.round(now + full / 2 + (full / 2) * random));
}

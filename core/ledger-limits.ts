import { DAY, HOUR, MiB, MINUTE, SECOND } from "./magnitudes.ts";

/** The part of `limits` by which ledgers deliver work and keep what became of it. */
export const ledgerLimits = {
  // ── Delivery of work ────────────────────────────────────────────────────────────────────────
  /** First look at an unsettled job. Above a healthy queue's delay, below a person's patience. */
  redispatchMillis: 20 * SECOND,
  /** Waits between looks, and before a job is sent again, double up to this. */
  redispatchMillisMax: 5 * MINUTE,
  /**
   * How long a claimed job belongs to its consumer, besides its render: loading and storing take up to 26 s, and
   * it may begin `leaseFreshMillis` after the claim.
   */
  leaseMillis: 40 * SECOND,
  /** And for each unit of the render, which is 1 ms on the reference machine: others are slower. */
  leaseMillisPerUnit: 3,
  /** A consumer that begins a job later than this after claiming it says so first. */
  leaseFreshMillis: 10 * SECOND,
  /** Renders begun alone and never finished. A job that ended four consumers will end the fifth. */
  attemptsMax: 5,
  /** A tenant is set apart at this much trouble, one for each render that trapped, hung or ended its consumer … */
  troubleApart: 5,
  /** … and back when less than this is left: with this half-life at most 17 minutes after the last. */
  troubleOver: 1,
  troubleMax: 10,
  troubleHalfLifeMillis: 5 * MINUTE,
  /** A message is lost when the oldest in its queue is younger by this: queues keep order only roughly. */
  lossSlackMillis: 30 * SECOND,
  /** A clock that goes back by more than this was set; by less, it was corrected. */
  clockJitterMillis: 1 * SECOND,
  /** No `due` lies further ahead than this; one that does was written before the clock stepped back. */
  dueAheadMillisMax: 10 * MINUTE,
  /**
   * After a job is settled a consumer may still write for it: an invocation lasts 15 minutes at most. Then
   * whatever it left is removed.
   */
  lateWriteMillisMax: 20 * MINUTE,
  /** After this an unsettled job is `failed`, so that no 202 stays open forever. */
  jobDeadlineMillis: 1 * HOUR,
  /**
   * Claims of a job that a ledger may have forgotten when it was restored from a backup: their numbers are in the
   * keys of renditions and must not be given out again.
   */
  claimsForgottenMax: 16,
  /** Messages handed to the queue in one call: the platform takes no more. */
  dispatchBatchMax: 100,
  /** Jobs that one alarm looks at: each costs a read and a write of one row. */
  overdueBatchMax: 500,
  /** A queue that did not answer is passed over this long, where the tenant has others. */
  queuePauseMillis: 10 * SECOND,
  /** Messages held for a queue that is slow; what exceeds them is in its row and goes out when it is due. */
  dispatchHeldMax: 10_000,
  /** Longest wait for the queue to take a batch; a send that hangs must not hold up all that follow. */
  dispatchMillisMax: 10 * SECOND,
  /** Longest wait of a consumer for a whole source: 64 MiB at 4 MB a second. */
  loadMillisMax: 16 * SECOND,
  /** Jobs a consumer claims or settles in one call. */
  claimBatchMax: 100,

  // ── Keeping ─────────────────────────────────────────────────────────────────────────────────
  /** Pictures, jobs and idempotency keys stay this long after acceptance, unless the plan's `retentionDays` differ. */
  jobRetentionMillis: 7 * DAY,
  /** … idempotency keys at least this long, once a ledger holds more than `replaysBytesMax`: 20 million keys. */
  replayRetentionMillisMin: 1 * DAY,
  replaysBytesMax: 1024 * MiB,
  /** Settled jobs that stay in the ledger, where they are read fastest: some 10 MB. */
  settledRowsMax: 20_000,
  /** Settled jobs that leave for R2 in one object: some 300 KB, read whole to find one of them. */
  archiveJobsMax: 500,
  /** Ids of one such object are no further apart: then few objects can hold a given job. */
  archiveSpanMillis: 10 * MINUTE,
  /** Such objects that are looked through for one page or one alarm. */
  archivesPerLookMax: 100,
  /** Pause before looking again for jobs that may leave. */
  archivePauseMillis: 1 * MINUTE,
  /** Idempotency records that are looked through for each job that leaves: one round takes a tenth of their life. */
  replaysTurned: 10,
  /** Pictures without a job are removed when they are older: no upload takes as long. */
  orphanMillis: 45 * MINUTE,
  /** And looked for this often where nothing happens. */
  orphanSweepMillis: 1 * DAY,
  /** Keys that R2 lists in one call. */
  listKeysMax: 1000,
  /** Rows and pictures purged by one alarm, so that an alarm stays short. */
  purgeBatchMax: 200,
  /** Keys that R2 deletes in one call. Job by job, a busy tenant's purge would fall behind forever. */
  deleteKeysMax: 1000,
  /** Longest wait of a ledger for R2: while its alarm waits, nothing that is overdue is sent again. */
  storageMillisMax: 10 * SECOND,
  /** Usage hours kept in the ledger for `GET /v1/usage`; the segments in R2 stay. */
  usageRetentionMillis: 100 * DAY,
  /** Longer times of a job count as this: it ends within one hour, and clocks that step add minutes. */
  measuredMillisMax: 4 * HOUR,
  /** How long the times of jobs stay in memory before they are written: what a ledger that ends suddenly loses. */
  measuresHeldMillis: 5 * SECOND,
  /**
   * Objects that share a region's figures: with a hundred thousand busy ledgers each gets a hundred reports a second.
   */
  figuresParts: 16,
  /** How often a ledger tells its region's figures what is new. */
  reportMillis: 1 * MINUTE,
  /** Longest wait for that; nothing depends on it. */
  reportMillisMax: 5 * SECOND,
  /**
   * How long an isolate of the tail Worker holds what it counted, so that one call tells of thousands of invocations.
   */
  tailHeldMillis: 10 * SECOND,
  /** Hours that a ledger which just woke tells again: it is woken every hour while it has anything. */
  reportHoursMax: 24,
  /** Names of counts in a region's figures: problem codes twice, and a few of each Worker. */
  figureNamesMax: 500,
  /** Pictures below this many bytes are what a p99 of 500 ms is promised for. */
  smallSourceBytes: 1_000_000,
  /** Hours with the times of jobs, for `GET /v1/metrics`: a week to compare with, some kilobytes an hour. */
  measuresRetentionMillis: 8 * DAY,
} as const;

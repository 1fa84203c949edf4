import { limits } from "../limits.ts";

/** A queue's own figures. */
export interface QueueReading {
  readonly backlogCount: number;
  /** When the oldest message that waits was sent, by the queue's clock; null: unknown. */
  readonly oldestSentAt: number | null;
}

/**
 * Whether the message sent at `sentAt` (the ledger's clock) is gone from the queue: then it was lost, or
 * its consumer was, because consumers claim a message as soon as they get it. `clockLeadMillis` is how far
 * the queue's clock is ahead of the ledger's. Null: unknown, because the queue does not answer.
 */
export function isLost(
  sentAt: number,
  now: number,
  reading: QueueReading | null,
  clockLeadMillis: number,
): boolean {
  // Sent further ahead than that: the clock stepped back since.
  const isRecent = Math.abs(now - sentAt) < limits.redispatchMillis;
  if (reading === null || isRecent) return false;
  if (reading.backlogCount === 0) return true;
  if (reading.oldestSentAt === null) return false;
  return reading.oldestSentAt > sentAt + clockLeadMillis + limits.lossSlackMillis;
}

import { inTime } from "../../../core/deadline.ts";
import type { JobMessage } from "../../../core/job/message.ts";
import type { QueueReading } from "../../../core/ledger/loss.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, JobQueue } from "../../ports.ts";

/**
 * Hands jobs to one queue after their rows are committed, in batches that coalesce by themselves: while
 * one send is under way, what arrives waits for the next. Nobody waits for it; what could not be sent is
 * told to `unsent`, and the alarm sends it again.
 */
export class Dispatcher {
  readonly #queue: JobQueue;
  readonly #host: Pick<Host, "now" | "timers" | "log">;
  readonly #unsent: (messages: readonly JobMessage[]) => void;
  #outgoing: JobMessage[] = [];
  #sending = false;
  #backlog = { count: 0, seenAt: 0 };

  constructor(
    queue: JobQueue,
    host: Pick<Host, "now" | "timers" | "log">,
    unsent: (messages: readonly JobMessage[]) => void,
  ) {
    this.#queue = queue;
    this.#host = host;
    this.#unsent = unsent;
  }

  send(messages: readonly JobMessage[]): void {
    const room = Math.max(0, limits.dispatchHeldMax - this.#outgoing.length);
    this.#outgoing.push(...messages.slice(0, room));
    if (messages.length > room) this.#unsent(messages.slice(room));
    if (!this.#sending) void this.#drain();
  }

  /** Messages waiting when the queue last said so. A stale reading counts as zero, or we would refuse forever. */
  backlog(now: number): number {
    return now - this.#backlog.seenAt < limits.busyRetryMillis ? this.#backlog.count : 0;
  }

  /** What the queue says of itself now; null when it does not answer. */
  async read(): Promise<QueueReading | null> {
    try {
      const { backlogCount, oldestMessageTimestamp } = await inTime(
        this.#host.timers,
        limits.dispatchMillisMax,
        this.#queue.metrics(),
      );
      return { backlogCount, oldestSentAt: oldestMessageTimestamp?.getTime() ?? null };
    } catch (cause) {
      this.#host.log.warn({ event: "queue-not-read", cause: String(cause) });
      return null;
    }
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    while (this.#outgoing.length > 0) {
      const batch = this.#outgoing.splice(0, limits.dispatchBatchMax);
      try {
        await this.#sendBatch(batch);
      } catch (cause) {
        this.#host.log.warn({ event: "dispatch-failed", cause: String(cause) });
        // The queue has trouble: the rest is not tried now.
        const rest = [...batch, ...this.#outgoing];
        this.#outgoing = [];
        this.#unsent(rest);
      }
    }
    this.#sending = false;
  }

  async #sendBatch(batch: readonly JobMessage[]): Promise<void> {
    const { metadata } = await inTime(
      this.#host.timers,
      limits.dispatchMillisMax,
      this.#queue.sendBatch(batch.map((body) => ({ body, contentType: "json" }))),
    );
    this.#backlog = { count: metadata.metrics.backlogCount, seenAt: this.#host.now() };
  }
}

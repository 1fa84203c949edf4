import { inTime } from "../../../core/deadline.ts";
import type { JobMessage } from "../../../core/job/message.ts";
import type { QueueReading } from "../../../core/ledger/loss.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, JobQueue, QueueMetrics } from "../../ports.ts";

/**
 * Hands jobs to one queue after their rows are committed, in batches that coalesce by themselves: while
 * one send is under way, what arrives waits for the next. Callers do not wait for it; what could not be sent
 * is reported to `unsent`, and the alarm sends it again.
 */
export class Dispatcher {
  readonly #queue: JobQueue;
  readonly #host: Pick<Host, "now" | "timers" | "log">;
  readonly #unsent: (messages: readonly JobMessage[]) => void;
  #outgoing: JobMessage[] = [];
  #sending = false;
  #pausedAt = -Infinity;
  #lastReading: { readonly reading: QueueReading; readonly at: number } | null = null;

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

  /** False for a while after the queue did not answer. */
  isTaking(): boolean {
    return Math.abs(this.#host.now() - this.#pausedAt) >= limits.queuePauseMillis;
  }

  /** The queue's last figures, and when they were read. */
  lastReading(): { readonly reading: QueueReading; readonly at: number } | null {
    return this.#lastReading;
  }

  /** The queue's figures now; null when it does not answer. */
  async read(): Promise<QueueReading | null> {
    try {
      const asked = this.#queue.metrics();
      return this.#keepReading(await inTime(this.#host.timers, limits.dispatchMillisMax, asked));
    } catch (cause) {
      this.#host.log.warn({ event: "queue-not-read", cause: String(cause) });
      this.#pause();
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
        this.#pause();
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
    this.#keepReading(metadata.metrics);
  }

  #pause(): void {
    this.#pausedAt = this.#host.now();
  }

  #keepReading({ backlogCount, oldestMessageTimestamp }: QueueMetrics): QueueReading {
    const reading = { backlogCount, oldestSentAt: oldestMessageTimestamp?.getTime() ?? null };
    this.#lastReading = { reading, at: this.#host.now() };
    return reading;
  }
}

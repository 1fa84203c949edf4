import type { JobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import { inTime } from "../deadline.ts";

/**
 * Hands jobs to the queue after their rows are committed, in batches that coalesce by themselves: while
 * one send is under way, what arrives waits for the next. Nobody waits for it and nothing depends on it:
 * a job whose message was never sent is still due in its row, and the alarm sends it.
 */
export class Dispatcher {
  readonly #queue: Queue<JobMessage>;
  readonly #outgoing: JobMessage[] = [];
  #sending = false;
  #backlog = { count: 0, seenAt: 0 };

  constructor(queue: Queue<JobMessage>) {
    this.#queue = queue;
  }

  send(messages: readonly JobMessage[]): void {
    const room = limits.dispatchHeldMax - this.#outgoing.length;
    this.#outgoing.push(...messages.slice(0, Math.max(0, room)));
    if (!this.#sending) void this.#drain();
  }

  /** Messages waiting when the queue last said so; an old word counts as none, or a refusal would last for ever. */
  backlog(now: number): number {
    return now - this.#backlog.seenAt < limits.busyRetryMillis ? this.#backlog.count : 0;
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#outgoing.length > 0) {
        const batch = this.#outgoing.splice(0, limits.dispatchBatchMax);
        const { metadata } = await inTime(
          limits.dispatchMillisMax,
          this.#queue.sendBatch(batch.map((body) => ({ body, contentType: "json" }))),
        );
        this.#backlog = { count: metadata.metrics.backlogCount, seenAt: Date.now() };
      }
    } catch (cause) {
      this.#outgoing.length = 0;
      console.warn({ event: "dispatch-failed", cause: String(cause) });
    } finally {
      this.#sending = false;
    }
  }
}

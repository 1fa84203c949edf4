import { inTime } from "../../core/deadline.ts";
import type { JobMessage } from "../../core/job/message.ts";
import { limits } from "../../core/limits.ts";
import type { Host, JobQueue } from "../ports.ts";

/**
 * Hands jobs to the queue after their rows are committed, in batches that coalesce by themselves: while
 * one send is under way, what arrives waits for the next. Nobody waits for it and nothing depends on it:
 * a job whose message was never sent is still due in its row, and the alarm sends it.
 */
export class Dispatcher {
  readonly #queue: JobQueue;
  readonly #host: Pick<Host, "now" | "timers" | "log">;
  readonly #outgoing: JobMessage[] = [];
  #sending = false;
  #backlog = { count: 0, seenAt: 0 };

  constructor(queue: JobQueue, host: Pick<Host, "now" | "timers" | "log">) {
    this.#queue = queue;
    this.#host = host;
  }

  send(messages: readonly JobMessage[]): void {
    const room = limits.dispatchHeldMax - this.#outgoing.length;
    this.#outgoing.push(...messages.slice(0, Math.max(0, room)));
    if (!this.#sending) void this.#drain();
  }

  /** Messages waiting when the queue last said so. A stale reading counts as zero, or we would refuse forever. */
  backlog(now: number): number {
    return now - this.#backlog.seenAt < limits.busyRetryMillis ? this.#backlog.count : 0;
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#outgoing.length > 0) {
        const batch = this.#outgoing.splice(0, limits.dispatchBatchMax);
        const { metadata } = await inTime(
          this.#host.timers,
          limits.dispatchMillisMax,
          this.#queue.sendBatch(batch.map((body) => ({ body, contentType: "json" }))),
        );
        this.#backlog = { count: metadata.metrics.backlogCount, seenAt: this.#host.now() };
      }
    } catch (cause) {
      this.#outgoing.length = 0;
      this.#host.log.warn({ event: "dispatch-failed", cause: String(cause) });
    } finally {
      this.#sending = false;
    }
  }
}

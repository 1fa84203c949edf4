import type { JobMessage } from "../../../core/job/message.ts";
import type { JobQueue, QueueMetrics } from "../../../durable-objects/ports.ts";

/** A queue that delivers nothing; it remembers what was sent and says of itself what the test tells it to. */
export class HeldQueue implements JobQueue {
  /** Jobs, in the order of their messages. */
  readonly sent: string[] = [];
  readings: QueueMetrics = { backlogCount: 0 };
  down = false;

  async sendBatch(messages: Iterable<{ readonly body: JobMessage }>) {
    if (this.down) throw new Error("the queue is down");
    this.sent.push(...[...messages].map(({ body }) => body.job));
    return { metadata: { metrics: this.readings } };
  }

  async metrics(): Promise<QueueMetrics> {
    if (this.down) throw new Error("the queue is down");
    return this.readings;
  }
}

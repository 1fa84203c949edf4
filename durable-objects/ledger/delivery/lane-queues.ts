import { spreadHash } from "../../../core/fleet/hash.ts";
import type { JobMessage } from "../../../core/job/message.ts";
import type { Host, JobQueue } from "../../ports.ts";
import { Dispatcher } from "./dispatcher.ts";

/**
 * The queues of one lane. Jobs are spread over them by their ids, and one that is sent again goes to the next
 * queue; a queue that takes no messages is passed over for a while.
 */
export class LaneQueues {
  readonly all: readonly Dispatcher[];

  constructor(
    queues: readonly JobQueue[],
    host: Pick<Host, "now" | "timers" | "log">,
    unsent: (messages: readonly JobMessage[]) => void,
  ) {
    this.all = queues.map((queue) => new Dispatcher(queue, host, unsent));
  }

  /** Where a job that was sent again `resends` times goes, and where a message of it waits. */
  queueOf(job: string, resends: number): Dispatcher {
    const start = (spreadHash(job) + resends) % this.all.length;
    const turned = [...this.all.slice(start), ...this.all.slice(0, start)];
    const queue = turned.find((each) => each.isTaking()) ?? turned[0];
    if (!queue) throw new Error("a lane has at least one queue");
    return queue;
  }
}

import { spreadHash } from "../../../core/fleet/hash.ts";
import type { JobMessage } from "../../../core/job/message.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, JobQueue } from "../../ports.ts";
import { Dispatcher } from "./dispatcher.ts";

/**
 * The queues of one lane. Jobs are spread over them by their ids, and one that is sent again goes to the next
 * queue; a queue that takes no messages is passed over for a while.
 */
export class LaneQueues {
  readonly all: readonly Dispatcher[];
  /**
   * Where the messages of jobs wait whose own queues were passed over, the oldest first. In memory only: a job whose
   * message is looked for in its own queue instead is sent once more.
   */
  readonly #elsewhere = new Map<string, Dispatcher>();

  constructor(
    queues: readonly JobQueue[],
    host: Pick<Host, "now" | "timers" | "log">,
    unsent: (messages: readonly JobMessage[]) => void,
  ) {
    this.all = queues.map((queue) => new Dispatcher(queue, host, unsent));
  }

  /** For a job that was sent again `resends` times. */
  send(message: JobMessage, resends: number): void {
    const { job } = message;
    const [own, ...others] = this.#turned(job, resends);
    const queue = [own, ...others].find((each) => each.isTaking()) ?? own;
    this.#elsewhere.delete(job);
    if (queue !== own) this.#remember(job, queue);
    queue.send([message]);
  }

  /** Where to look for a message of the job. One that takes no messages has none: the next queue gets it again. */
  queueOf(job: string, resends: number): Dispatcher {
    const [own, ...others] = this.#turned(job, resends);
    const sentTo = this.#elsewhere.get(job) ?? own;
    return [sentTo, own, ...others].find((each) => each.isTaking()) ?? own;
  }

  #turned(job: string, resends: number): [Dispatcher, ...Dispatcher[]] {
    const start = (spreadHash(job) + resends) % this.all.length;
    const [own, ...others] = [...this.all.slice(start), ...this.all.slice(0, start)];
    if (!own) throw new Error("a lane has at least one queue");
    return [own, ...others];
  }

  #remember(job: string, queue: Dispatcher): void {
    this.#elsewhere.set(job, queue);
    const [oldest] = this.#elsewhere.keys();
    if (this.#elsewhere.size > limits.dispatchHeldMax && oldest !== undefined) {
      this.#elsewhere.delete(oldest);
    }
  }
}

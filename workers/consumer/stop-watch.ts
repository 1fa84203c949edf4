import { pause } from "../../core/deadline.ts";
import type { Spent } from "../../core/metrics/stage-times.ts";
import type { ConsumerPorts } from "./ports.ts";

/** Times one job, from the moment when its render may begin. */
export class StopWatch {
  readonly #ports: Pick<ConsumerPorts, "now" | "timers">;
  readonly #since: number;
  readonly #begunAt: number;
  #renderedAt: number;

  /** `since`: from when on the job is this consumer's, as its ledger counts. */
  constructor(ports: Pick<ConsumerPorts, "now" | "timers">, since: number) {
    this.#ports = ports;
    this.#since = since;
    this.#begunAt = ports.now();
    this.#renderedAt = this.#begunAt;
  }

  /** While an isolate computes its clock stands still, and is set when something from outside arrives: here a timer. */
  async rendered(): Promise<void> {
    await pause(this.#ports.timers, 0);
    this.#renderedAt = this.#ports.now();
  }

  stored(): Spent {
    return {
      waited: this.#begunAt - this.#since,
      render: this.#renderedAt - this.#begunAt,
      store: this.#ports.now() - this.#renderedAt,
    };
  }
}

import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";

type Duty = () => void | Promise<void>;

/**
 * An object's one alarm, which serves all of its duties. It rings no later than any of them needs it and
 * pauses in between, so that a backlog or an outage leaves room for requests. It is always set again: an
 * error delays a duty and never drops it.
 */
export class Alarm {
  readonly #host: Host;
  readonly #nextWake: (now: number) => number;
  /** When it is known to ring, `Infinity` when it is not set; null when unknown, because the object just woke. */
  #at: number | null = null;
  #restUntil = 0;

  /** `nextWake` returns when stored work is next due; `Infinity`: never. */
  constructor(host: Host, nextWake: (now: number) => number) {
    this.#host = host;
    this.#nextWake = nextWake;
  }

  /** Makes sure that it rings at `at` or before, yet not before its pause is over. */
  setBy(at: number): void {
    const asked = this.#at === null ? Math.min(at, this.#nextWake(at)) : at;
    const wanted = Math.max(asked, this.#restedAt());
    if (wanted === Infinity || (this.#at !== null && this.#at <= wanted)) return;
    this.#at = wanted;
    this.#host.background(this.#host.storage.setAlarm(wanted));
  }

  /** When its pause is over; no pause is longer than `alarmRetryMillis`, unless the clock stepped back in it. */
  #restedAt(): number {
    return Math.min(this.#restUntil, this.#host.now() + limits.alarmRetryMillis);
  }

  /** For the object's `alarm` handler: does every duty in turn and sets itself again. */
  async ring(duties: readonly Duty[]): Promise<void> {
    this.#at = Infinity;
    let pauseMillis: number = limits.alarmPauseMillis;
    for (const duty of duties) {
      try {
        await duty();
      } catch (cause) {
        const { name: object, log } = this.#host;
        log.error({ event: "alarm-duty-failed", object, cause: String(cause) });
        pauseMillis = limits.alarmRetryMillis;
      }
    }
    this.#restUntil = this.#host.now() + pauseMillis;
    this.setBy(this.#nextWake(this.#host.now()));
  }
}

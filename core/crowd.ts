import type { Clock } from "./idle.ts";
import { limits } from "./limits.ts";

/**
 * Who takes so much of an isolate that its other tenants have to be spared: one that has a quarter of the jobs that an
 * isolate takes waiting, or two thirds of the last renders, while others come too.
 */
export class Crowd {
  readonly #clock: Clock;
  /** Whose the last renders were. */
  readonly #rendered: string[] = [];
  /** Who came last. */
  #newest = { tenant: "", at: -Infinity };
  /** When somebody came after another tenant, within `sharedMillis`, or while one waited. */
  #sharedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `othersWait`: for long, perhaps, since nobody comes while one long render follows another. */
  came(tenant: string, othersWait: boolean): void {
    const at = this.#clock.now();
    const isAnother = tenant !== this.#newest.tenant;
    const isSoon = Math.abs(at - this.#newest.at) < limits.sharedMillis;
    if (othersWait || (isAnother && isSoon)) this.#sharedAt = at;
    this.#newest = { tenant, at };
  }

  began(tenant: string): void {
    this.#rendered.push(tenant);
    if (this.#rendered.length > limits.expressJobsMax) this.#rendered.shift();
  }

  isMadeBy(tenant: string, waiting: number): boolean {
    if (Math.abs(this.#clock.now() - this.#sharedAt) >= limits.sharedMillis) return false;
    const rendered = this.#rendered.filter((each) => each === tenant).length;
    return waiting * 4 > limits.expressJobsMax || rendered * 3 > limits.expressJobsMax * 2;
  }
}

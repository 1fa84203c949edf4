import type { Clock } from "./idle.ts";
import { limits } from "./limits.ts";

/**
 * Tells which tenant delays the others of an isolate: one that has more than a quarter of the jobs that an isolate takes
 * waiting, or more than two thirds of the last renders, while other tenants send pictures too.
 */
export class NoisyNeighbour {
  readonly #clock: Clock;
  /** The tenants of the last renders. */
  readonly #rendered: string[] = [];
  /** The last picture's tenant. */
  #newest = { tenant: "", at: -Infinity };
  /** When a picture last came within `sharedMillis` of another tenant's, or while another tenant's waited. */
  #sharedAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `othersWait`: pictures of other tenants wait. They may have come long ago, since long renders hold up all arrivals. */
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

  is(tenant: string, waiting: number): boolean {
    if (Math.abs(this.#clock.now() - this.#sharedAt) >= limits.sharedMillis) return false;
    const rendered = this.#rendered.filter((each) => each === tenant).length;
    return waiting * 4 > limits.expressJobsMax || rendered * 3 > limits.expressJobsMax * 2;
  }
}

import { limits } from "./limits.ts";

/**
 * Whose work comes next where tenants share one processor: start-time fair queueing. Each tenant gets the same share
 * by cost and not by number, so that one with long work waits longer; one that seldom sends work does not wait for
 * what another has in line.
 *
 * P. Goyal, H. Vin, H. Cheng, "Start-time fair queueing: a scheduling algorithm for integrated services packet
 * switching networks", 1996.
 */
export class FairOrder {
  /** The place of what was begun last. What a tenant did before gives it no credit. */
  #reached = 0;
  /** For tenants whose work ends after that: the place of the next work they bring. */
  readonly #ends = new Map<string, number>();

  /**
   * The place in line of one more piece of a tenant's work: the lowest comes first, of equals the one that came
   * first.
   */
  arrive(tenant: string, cost: number): number {
    const place = Math.max(this.#reached, this.#ends.get(tenant) ?? 0);
    this.#ends.set(tenant, place + Math.max(1, cost));
    return place;
  }

  /** The work with this place begins. */
  begin(place: number): void {
    this.#reached = Math.max(this.#reached, place);
    for (const [tenant, end] of this.#ends) {
      if (end <= this.#reached) this.#ends.delete(tenant);
    }
    // So many are in line only where none has much there: all begin as equals.
    if (this.#ends.size > limits.turnTenantsMax) this.#reached = Math.max(...this.#ends.values());
  }
}

import {
  afterCall,
  healthy,
  isOut,
  trying,
  type RegionHealth,
} from "../../../core/fleet/region-health.ts";
import type { RegionName } from "../../../core/fleet/topology.ts";

type Healths = Map<RegionName, RegionHealth>;

/** What this isolate knows of each region, from its own calls. */
export class RegionHealths {
  readonly #objects: Healths = new Map();
  /** Apart: calls that need no queue succeed while all of a region's queues are out. */
  readonly #queues: Healths = new Map();

  isOut(region: RegionName, now: number): boolean {
    return this.#all().some((known) => isOut(known.get(region) ?? healthy, now));
  }

  /** New work goes there now: of a region that was out, it is the one that tries it. */
  chosen(region: RegionName, now: number): void {
    for (const known of this.#all()) known.set(region, trying(known.get(region) ?? healthy, now));
  }

  /** A call was answered or not. */
  after(region: RegionName, succeeded: boolean, now: number): void {
    this.#note(this.#objects, region, succeeded, now);
  }

  /** A job was accepted, and what it goes through takes messages or does not. */
  afterJob(region: RegionName, queuesTake: boolean, now: number): void {
    this.#note(this.#queues, region, queuesTake, now);
  }

  #note(known: Healths, region: RegionName, succeeded: boolean, now: number): void {
    known.set(region, afterCall(known.get(region) ?? healthy, succeeded, now));
  }

  #all(): readonly Healths[] {
    return [this.#objects, this.#queues];
  }
}

import {
  afterCall,
  healthy,
  isOut,
  trying,
  type RegionHealth,
} from "../../../core/fleet/region-health.ts";
import type { RegionName } from "../../../core/fleet/topology.ts";

/** What this isolate knows of each region, from its own calls. */
export class RegionHealths {
  readonly #byRegion = new Map<RegionName, RegionHealth>();

  isOut(region: RegionName, now: number): boolean {
    return isOut(this.#of(region), now);
  }

  /** New work goes there now: of a region that was out, it is the one that tries it. */
  chosen(region: RegionName, now: number): void {
    this.#byRegion.set(region, trying(this.#of(region), now));
  }

  after(region: RegionName, succeeded: boolean, now: number): void {
    this.#byRegion.set(region, afterCall(this.#of(region), succeeded, now));
  }

  #of(region: RegionName): RegionHealth {
    return this.#byRegion.get(region) ?? healthy;
  }
}

import type { Fleet } from "../../core/fleet/topology.ts";
import type { RegionFigures } from "../../durable-objects/figures/region-figures.ts";

/** What `workers/tail/wrangler.toml` binds. */
export interface TailEnv {
  readonly FLEET: Fleet;
  /** Prefix of every Worker's name. */
  readonly SERVICE: string;
  readonly FIGURES: DurableObjectNamespace<RegionFigures>;
}

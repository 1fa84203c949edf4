import type { Fleet } from "../../core/fleet/topology.ts";
import type { Directory } from "../../durable-objects/directory/directory.ts";
import type { RegionFigures } from "../../durable-objects/figures/region-figures.ts";
import type { TenantLedger } from "../../durable-objects/ledger/tenant-ledger.ts";
import type { AuditPart } from "./audit/scheduled-audit.ts";
import type { RollUpPart } from "./scheduled-roll-up.ts";

/** What `workers/billing/wrangler.toml` binds, and the one secret. */
export interface BillingEnv {
  /** The witness's keys as a JWK set (`core/books/key-ring.ts`). */
  readonly WITNESS_KEYS?: string;
  readonly FLEET: Fleet;
  readonly BOOKS: R2Bucket;
  /** The pictures of each region, read by the auditor: `picturesBinding`. */
  readonly [pictures: `PICTURES_${string}`]: R2Bucket;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly FIGURES: DurableObjectNamespace<RegionFigures>;
  readonly ROLL_UP: Workflow<RollUpPart>;
  readonly AUDIT: Workflow<AuditPart>;
}

import type { Fleet } from "../../core/fleet/topology.ts";
import type { JobMessage } from "../../core/job/message.ts";
import type { TenantLedger } from "../../durable-objects/ledger/tenant-ledger.ts";

/** What `workers/consumer/wrangler.toml` binds. */
export interface ConsumerEnv {
  readonly FLEET: Fleet;
  readonly [pictures: `PICTURES_${string}`]: R2Bucket;
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly [solo: `SOLO_${string}`]: Queue<JobMessage>;
}

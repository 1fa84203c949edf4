import type { JobMessage } from "../../core/job/message.ts";
import type { TenantLedger } from "../../durable-objects/ledger/tenant-ledger.ts";

/** What `workers/consumer/wrangler.toml` binds. */
export interface ConsumerEnv {
  readonly PICTURES: R2Bucket;
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly SOLO: Queue<JobMessage>;
}

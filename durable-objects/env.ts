import type { JobMessage } from "../core/job/message.ts";
import type { TenantLedger } from "./ledger/tenant-ledger.ts";

/** What `durable-objects/wrangler.toml` binds. */
export interface ObjectsEnv {
  readonly REGION: string;
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly IDENTITY: KVNamespace;
  readonly PICTURES: R2Bucket;
  readonly BOOKS: R2Bucket;
  readonly JOBS: Queue<JobMessage>;
  readonly SOLO: Queue<JobMessage>;
}

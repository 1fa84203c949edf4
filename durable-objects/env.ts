import type { LedgerEnv, TenantLedger } from "./ledger/tenant-ledger.ts";

/** What `durable-objects/wrangler.toml` binds. */
export interface ObjectsEnv extends LedgerEnv {
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly IDENTITY: KVNamespace;
}

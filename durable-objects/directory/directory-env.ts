import type { Fleet, Jurisdiction, LocationHint } from "../../core/fleet/topology.ts";
import type { TenantTerms } from "../../core/identity/tenant.ts";
import type { SegmentBucket } from "../ports.ts";

/** Where changes are published, and where the trail is copied to. */
export interface DirectoryEnv {
  readonly FLEET: Fleet;
  readonly IDENTITY: {
    get(key: string): Promise<string | null>;
    put(key: string, value: string): Promise<void>;
  };
  readonly LEDGER: {
    getByName(name: string, options?: { readonly locationHint?: LocationHint }): LedgerCalls;
    jurisdiction?(jurisdiction: Jurisdiction): { getByName(name: string): LedgerCalls };
  };
  readonly BOOKS: SegmentBucket;
}

interface LedgerCalls {
  revokeKey(keyId: string): Promise<void>;
  setTerms(terms: TenantTerms): Promise<void>;
}

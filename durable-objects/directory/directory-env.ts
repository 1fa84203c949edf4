import type { TenantTerms } from "../../core/identity/tenant.ts";
import type { SegmentBucket } from "../ports.ts";

/** Who is told of changes, and where the trail is copied to. */
export interface DirectoryEnv {
  readonly REGION: string;
  readonly IDENTITY: {
    get(key: string): Promise<string | null>;
    put(key: string, value: string): Promise<void>;
  };
  readonly LEDGER: {
    getByName(name: string): {
      revokeKey(keyId: string): Promise<void>;
      setTerms(terms: TenantTerms): Promise<void>;
    };
  };
  readonly BOOKS: SegmentBucket;
}

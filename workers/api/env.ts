import type { AuditReport, AuditRequest, Audits } from "../../core/billing/audit-report.ts";
import type {
  CreditedMonth,
  CreditedStatement,
  CreditNoteRefusal,
  CreditNoteRequest,
} from "../../core/billing/credit-note.ts";
import type { GroupedUsage, GroupedUsageAsked } from "../../core/billing/grouped-usage.ts";
import type { RollUpAsked, RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import type { RecordedJob } from "../../core/books/receipt.ts";
import type { PublicKeys } from "../../core/books/signature.ts";
import type {
  MonthLog,
  ProvenHead,
  ProvenHour,
  SignedHead,
} from "../../core/books/transparency.ts";
import type { Fleet } from "../../core/fleet/topology.ts";
import type { ExpressAsk, ExpressCalls, ExpressEnd } from "../../core/job/express-calls.ts";
import type { Month } from "../../core/ledger/usage.ts";
import type { Result } from "../../core/result.ts";
import type { Directory } from "../../durable-objects/directory/directory.ts";
import type { By } from "../../durable-objects/directory/trail.ts";
import type { TenantLedger } from "../../durable-objects/ledger/tenant-ledger.ts";

/** What `wrangler.toml` binds, the one secret, and where Cloudflare Access stands in front, its settings. */
export interface ApiEnv {
  readonly FLEET: Fleet;
  readonly ADMIN_TOKEN: string;
  /** `<team>.cloudflareaccess.com` */
  readonly ACCESS_TEAM?: string;
  readonly ACCESS_AUDIENCE?: string;
  /** The keys that receipts are signed with, as a JWK set (`core/books/key-ring.ts`). Absent: they are not signed. */
  readonly RECEIPT_KEYS?: string;
  /** Names of the API's own hosts, between commas. Where it is set, every other host is a tenant's. */
  readonly API_HOSTS?: string;
  /** Tenants' pictures are at `<slug>.<domain>`. */
  readonly TENANT_DOMAIN?: string;
  /** Formats that the operator has switched on, between commas: `heic`. */
  readonly OPTIONAL_FORMATS?: string;
  readonly IDENTITY: KVNamespace;
  /** The pictures of each region: `picturesBinding`. */
  readonly [pictures: `PICTURES_${string}`]: R2Bucket;
  readonly LEDGER: DurableObjectNamespace<TenantLedger>;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
  readonly BOOKS: Books;
  readonly EXPRESS: Express;
  /** Counts at this location. Absent where the platform is not: nothing is held back then. */
  readonly FLOODS?: Pick<RateLimit, "limit">;
  readonly VERSION: WorkerVersionMetadata;
}

/** The billing Worker's entrypoint. Workers never import one another, so its type is repeated here. */
interface Books {
  statement(tenant: string, month: Month): Promise<CreditedStatement | null>;
  issueCreditNote(
    asked: CreditedMonth & CreditNoteRequest,
    by: By,
  ): Promise<Result<CreditedStatement, CreditNoteRefusal> | null>;
  segment(ledger: string, number: number): Promise<Uint8Array<ArrayBuffer> | null>;
  rollUp(asked: RollUpAsked): Promise<RollUpSummary | null>;
  groupedUsage(tenant: string, asked: GroupedUsageAsked): Promise<GroupedUsage>;
  audit(request: AuditRequest): Promise<AuditReport | null>;
  audits(): Promise<Audits>;
  metrics(): Promise<string>;
  publicKeys(): Promise<PublicKeys | null>;
  monthLog(month: Month): Promise<MonthLog | null>;
  loggedHour(hour: string, since: string | null): Promise<ProvenHour | null>;
  loggedHeads(tenant: string, hour: string): Promise<ProvenHead[]>;
  heads(tenant: string, month: Month | null): Promise<SignedHead[]>;
  recorded(ledger: string, sequence: number): Promise<RecordedRow | "pending" | "missing">;
}

/** A record of the books. */
export interface RecordedRow extends RecordedJob {
  readonly segment: number;
  /** Whether the witness has signed a head that covers it. */
  readonly witnessed: boolean;
}

/**
 * The consumer Worker's entrypoint for jobs whose clients wait. It gives nothing back unless the caller offers to
 * take it.
 */
interface Express extends ExpressCalls {
  render(ask: Omit<ExpressAsk, "handBack">): Promise<ExpressEnd>;
}

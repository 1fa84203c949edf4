import { err, ok, type Result } from "../result.ts";
import { parseJobId } from "./job-id.ts";

/**
 * Where a tenant's jobs are remembered. Its name, `<tenant>/<region>/<shard>`, is the name of the
 * Durable Object, and every job id carries the last two parts, so that any door can find the ledger.
 */
export interface LedgerAddress {
  readonly tenant: string;
  readonly region: string;
  readonly shard: number;
}

/**
 * One ledger serves a few hundred jobs a second, which is more than a tenant's rate limit allows.
 * Above that the monthly quota must be leased to shards before this number may grow.
 */
const shardsPerTenant = 1;

export function ledgerName({ tenant, region, shard }: LedgerAddress): string {
  return `${tenant}/${region}/${shard}`;
}

export function parseLedgerName(name: string): LedgerAddress {
  const [tenant, region, shard] = name.split("/");
  if (!tenant || !region || !shard) throw new Error(`not a ledger's name: ${name}`);
  return { tenant, region, shard: Number(shard) };
}

/** All ledgers of a tenant in one region. */
export function ledgersOf(tenant: string, region: string): string[] {
  return Array.from({ length: shardsPerTenant }, (_, shard) =>
    ledgerName({ tenant, region, shard }),
  );
}

/** The ledger for a new job. Requests with one idempotency key always meet in one shard. */
export function ledgerForNewJob(
  tenant: string,
  region: string,
  idempotencyKey: string | null,
): LedgerAddress {
  return { tenant, region, shard: idempotencyKey ? hash(idempotencyKey) % shardsPerTenant : 0 };
}

/**
 * The ledger in which the tenant's job `id` would be. A foreign, unknown or misspelt id leads to the
 * asker's own ledger or to `unknown`, so that no answer tells whether somebody else's job exists.
 */
export function ledgerOfJob(
  tenant: string,
  region: string,
  id: string,
): Result<LedgerAddress, "unknown"> {
  const parsed = parseJobId(id);
  if (!parsed || parsed.region !== region || parsed.shard >= shardsPerTenant) return err("unknown");
  return ok({ tenant, region, shard: parsed.shard });
}

/** FNV-1a, 32 bits: spreads keys over shards; nothing secret depends on it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

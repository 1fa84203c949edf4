import { spreadHash } from "../fleet/hash.ts";
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

/** All ledgers of a tenant, region by region. */
export function ledgersOf(tenant: string, { regions }: Regions): string[] {
  return regions.flatMap(({ name: region }) =>
    Array.from({ length: shardsPerTenant }, (_, shard) => ledgerName({ tenant, region, shard })),
  );
}

/** The part of a fleet that addresses are checked against. */
interface Regions {
  readonly regions: readonly { readonly name: string }[];
}

/** The ledger for a new job. Requests with one idempotency key always meet in one shard. */
export function ledgerForNewJob(
  tenant: string,
  region: string,
  idempotencyKey: string | null,
): LedgerAddress {
  const shard = idempotencyKey ? spreadHash(idempotencyKey) % shardsPerTenant : 0;
  return { tenant, region, shard };
}

/**
 * The ledger in which the tenant's job `id` would be. A foreign, unknown or misspelt id leads to the
 * asker's own ledger or to `unknown`, so that no answer tells whether somebody else's job exists.
 */
export function ledgerOfJob(
  tenant: string,
  { regions }: Regions,
  id: string,
): Result<LedgerAddress, "unknown"> {
  const parsed = parseJobId(id);
  if (!parsed || parsed.shard >= shardsPerTenant) return err("unknown");
  const { region, shard } = parsed;
  return regions.some(({ name }) => name === region)
    ? ok({ tenant, region, shard })
    : err("unknown");
}

import { limits } from "../limits.ts";
import { err, ok, type Result } from "../result.ts";
import { parseJobId } from "./job-id.ts";

/**
 * Where a tenant's jobs are remembered. Its name, `<tenant>/<region>/<shard>`, is the name of the
 * Durable Object, and every job id carries the last two parts, so that any API isolate can find the ledger.
 */
export interface LedgerAddress {
  readonly tenant: string;
  readonly region: string;
  readonly shard: number;
}

export function ledgerName({ tenant, region, shard }: LedgerAddress): string {
  return `${tenant}/${region}/${shard}`;
}

export function parseLedgerName(name: string): LedgerAddress {
  const [tenant, region, shard] = name.split("/");
  if (!tenant || !region || !shard) throw new Error(`not a ledger's name: ${name}`);
  return { tenant, region, shard: Number(shard) };
}

/** All ledgers of a tenant that has this many shards, region by region. */
export function ledgersOf(tenant: string, { regions }: Regions, shards: number): string[] {
  return regions.flatMap(({ name: region }) =>
    Array.from({ length: shards }, (_, shard) => ledgerName({ tenant, region, shard })),
  );
}

/** The part of a fleet that addresses are checked against. */
interface Regions {
  readonly regions: readonly { readonly name: string }[];
}

/**
 * The ledger in which the tenant's job `id` would be. A foreign, unknown or misspelt id leads to the
 * asker's own ledger or to `unknown`, so that no answer tells whether another tenant's job exists. A shard that the
 * asker does not know yet is asked too.
 */
export function ledgerOfJob(
  tenant: string,
  { regions }: Regions,
  id: string,
): Result<LedgerAddress, "unknown"> {
  const parsed = parseJobId(id);
  if (!parsed || parsed.shard >= limits.shardsMax) return err("unknown");
  const { region, shard } = parsed;
  return regions.some(({ name }) => name === region)
    ? ok({ tenant, region, shard })
    : err("unknown");
}

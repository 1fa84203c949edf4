/**
 * `job_<region>_<shard>_<ulid>`: says in which ledger the job lives, and sorts by age within it, which
 * keeps the ledger's table flat to a million rows where random ids cost double.
 */
export function jobId(region: string, shard: number, ulid: string): string {
  return `job_${region}_${shard}_${ulid.toLowerCase()}`;
}

/** Every job id matches; the groups are region, shard and ULID. */
export const jobIdPattern = /^job_([a-z0-9]{1,12})_(0|[1-9]\d{0,3})_([0-9a-hjkmnp-tv-z]{26})$/;

export function parseJobId(text: string): { region: string; shard: number; ulid: string } | null {
  const match = jobIdPattern.exec(text);
  if (!match) return null;
  const [, region = "", shard = "", ulid = ""] = match;
  return { region, shard: Number(shard), ulid };
}

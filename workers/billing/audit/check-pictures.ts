import type { Tally } from "../../../core/billing/audit-report.ts";
import { parseJobId } from "../../../core/job/job-id.ts";
import type { Job } from "../../../core/job/job.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { outputKey } from "../../../core/job/picture-key.ts";
import { ulidTime } from "../../../core/job/ulid-bytes.ts";
import { limits } from "../../../core/limits.ts";
import type { AuditPorts } from "./ports.ts";

interface PicturesTask {
  readonly ledger: string;
  /** Neighbours in the order of their ids: no other job of the ledger lies between them. */
  readonly jobs: readonly Job[];
  /** The next newer job; null: there is none. */
  readonly before: string | null;
  /** There is no older job. */
  readonly isOldest: boolean;
  readonly now: number;
}

/** The stored pictures of some jobs: each rendition is there with its size, and each picture has its job. */
export async function checkPictures(
  ports: AuditPorts,
  { ledger, jobs, before, isOldest, now }: PicturesTask,
  tally: Tally,
): Promise<void> {
  const { tenant, region, shard } = parseLedgerName(ledger);
  const ids = jobs.map(({ id }) => id).toSorted();
  const prefix = `pictures/${tenant}/job_${region}_${shard}_`;
  const from = isOldest ? prefix : `pictures/${tenant}/${ids[0]}/`;
  // `~` comes after every id.
  const until = `pictures/${tenant}/${before ?? "~"}/`;
  const stored = await sizesFrom(ports, { region, prefix, from, until });
  if (stored === null) return;

  for (const job of jobs) {
    if (
      job.status !== "done" ||
      now - job.createdAt > limits.jobRetentionMillis - limits.auditSlackMillis
    )
      continue;
    for (const output of job.outputs) {
      const key = output.key ?? outputKey(tenant, job.id, null, output.index);
      // Renditions of originals that the tenant keeps are not the job's own.
      if (!key.startsWith(`pictures/${tenant}/${job.id}/`)) continue;
      const size = stored.get(key);
      const detail = `output ${output.index} has ${output.bytes} bytes; stored are ${size ?? "none"}`;
      const breach = {
        invariant: "done-pictures-are-there",
        ledger,
        subject: job.id,
        detail,
      } as const;
      tally.expect(size === output.bytes, breach);
    }
  }
  const known = new Set(ids);
  for (const [id, key] of jobsIn(stored.keys())) {
    const age = now - ulidTime(parseJobId(id)?.ulid ?? "");
    const isOrphan = !known.has(id) && age > limits.auditOrphanMillis;
    tally.expect(!isOrphan, {
      invariant: "pictures-have-a-job",
      ledger,
      subject: id,
      detail: `${key} belongs to no job`,
    });
  }
}

interface PictureSpan {
  readonly region: string;
  readonly prefix: string;
  readonly from: string;
  /** What follows is left out. */
  readonly until: string;
}

/** Key → size; null: there are more than can be listed in one audit. */
async function sizesFrom(
  ports: AuditPorts,
  { region, prefix, from, until }: PictureSpan,
): Promise<Map<string, number> | null> {
  const sizes = new Map<string, number>();
  let startAfter = from;
  for (let page = 0; page < limits.auditListsMax; page++) {
    const { objects, truncated } = await ports.listPictures({
      region,
      prefix,
      startAfter,
      limit: limits.listKeysMax,
    });
    for (const { key, size } of objects) {
      if (key > until) return sizes;
      sizes.set(key, size);
    }
    if (!truncated) return sizes;
    startAfter = objects.at(-1)?.key ?? startAfter;
  }
  return null;
}

/** Each job that a key names, with the first such key. */
function jobsIn(keys: Iterable<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const key of keys) {
    const id = key.split("/")[2] ?? "";
    if (parseJobId(id) && !found.has(id)) found.set(id, key);
  }
  return found;
}

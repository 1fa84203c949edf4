/**
 * Settled jobs that have left their ledger: JSON lines in the order of their ids, a header first. What a line
 * says is what the ledger's row said, so the same endpoints answer from it.
 */
import type { JobSource, KeptPictures } from "../job/job.ts";
import type { FinalOutcome } from "./progress.ts";

export interface ArchivedJob {
  readonly id: string;
  readonly createdAt: number;
  readonly settledAt: number;
  readonly attempts: number;
  readonly winner: number | null;
  /** How many renditions were asked for. */
  readonly outputs: number;
  readonly source: JobSource;
  readonly outcome: FinalOutcome;
  readonly kept?: KeptPictures;
  /** Units that were reserved; absent in archives from before this was recorded. */
  readonly reserved?: number;
  /** Number of its event; absent in archives from before this was recorded. */
  readonly seq?: number;
}

/** Ten digits keep the keys of one ledger in order when listed. */
export function archiveKey(ledger: string, number: number): string {
  return `${archivesPrefix(ledger)}${String(number).padStart(10, "0")}.jsonl`;
}

export function archivesPrefix(ledger: string): string {
  return `jobs/${ledger}/`;
}

/** The number in an `archiveKey`. */
export function archiveNumber(key: string): number {
  return Number(/(\d+)\.jsonl$/.exec(key)?.[1]);
}

export function serializeArchive(ledger: string, jobs: readonly ArchivedJob[]): Uint8Array {
  const header = { v: 1, ledger, count: jobs.length };
  const lines = [header, ...jobs].map((line) => `${JSON.stringify(line)}\n`);
  return new TextEncoder().encode(lines.join(""));
}

/** Lines that cannot be read are left out and counted. */
export function parseArchive(bytes: Uint8Array): {
  readonly jobs: readonly ArchivedJob[];
  readonly damaged: number;
} {
  const [, ...lines] = new TextDecoder().decode(bytes).trimEnd().split("\n");
  const parsed = lines.map(parseLine);
  const jobs = parsed.filter((job) => job !== null);
  return { jobs, damaged: parsed.length - jobs.length };
}

function parseLine(line: string): ArchivedJob | null {
  try {
    const job = JSON.parse(line) as Partial<ArchivedJob> | null;
    const whole = job?.id && job.source && job.outcome && job.createdAt && job.settledAt;
    return whole ? (job as ArchivedJob) : null;
  } catch {
    return null;
  }
}

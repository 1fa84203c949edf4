import { readSegment, type Row, type Segment } from "../../../core/books/verify/read-segment.ts";
import type { Tally } from "../../../core/billing/audit-report.ts";
import type { SignedHead } from "../../../core/books/transparency.ts";
import type { Watermark } from "../../../core/ledger/segment.ts";
import { limits } from "../../../core/limits.ts";
import type { AuditPorts } from "./ports.ts";

export interface RecordedRow extends Row {
  /** Incarnation of its segment: it rises with each restore of the ledger. */
  readonly incarnation: number;
}

/** The rows of some jobs. */
export interface Records {
  readonly rows: ReadonlyMap<string, readonly RecordedRow[]>;
  /** Rows until this moment (epoch milliseconds) are all there; -1: a record cannot be read. */
  readonly through: number;
  /** How often a record was read. */
  readonly reads: number;
}

/** For jobs that none are asked about. */
export const noRecords: Records = { rows: new Map(), through: -1, reads: 0 };

interface RecordsTask {
  readonly ledger: string;
  /** Only their rows are kept in memory: sixty records may have 300 000. */
  readonly jobs: ReadonlySet<string>;
  readonly watermark: Watermark;
  readonly head: SignedHead | null;
  /**
   * Jobs settled in this span are asked about, epoch milliseconds. After a clock stepped back, rows have later times.
   */
  readonly from: number;
  readonly to: number;
}

/** Reads the records of a span by the auditor's own reader, and holds them to being a chain. */
export async function readRecords(
  ports: AuditPorts,
  task: RecordsTask,
  tally: Tally,
): Promise<Records> {
  const { ledger, jobs, watermark, from, to } = task;
  await checkHead(ports, task, tally);
  const rows = new Map<string, RecordedRow[]>();
  let previous: Segment | null = null;
  const { first, ...search } = await firstSealedAfter(ports, ledger, from, watermark.segments);
  let { reads } = search;
  let number = first;
  let isBeyond = false;
  const last = Math.min(watermark.segments, first + limits.auditSegmentsMax - 1);
  for (; number <= last; number++) {
    reads += 1;
    const segment = await readChecked(ports, ledger, number, previous, tally);
    if (segment === null) return { rows, through: isBeyond ? to : -1, reads };
    if (number === first) await checkBefore(ports, ledger, segment, tally);
    const { incarnation } = segment;
    for (const row of segment.rows) {
      if (!jobs.has(row.job)) continue;
      const known = rows.get(row.job);
      if (known) known.push({ ...row, incarnation });
      else rows.set(row.job, [{ ...row, incarnation }]);
    }
    previous = segment;
    const wasBeyond = isBeyond;
    isBeyond = (segment.rows[0]?.at ?? 0) > to + limits.auditSlackMillis;
    // One that was given a later time is not what the next one has the hash of.
    if (wasBeyond && isBeyond) return { rows, through: to, reads };
  }
  const isWhole = number > watermark.segments;
  if (isWhole && previous) {
    tally.expect(previous.hash === watermark.hash, {
      invariant: "records-are-a-chain",
      ledger,
      subject: `record ${watermark.segments}`,
      detail: "its hash is not the one that the ledger says",
    });
  }
  const lastAt = previous?.rows.at(-1)?.at ?? 0;
  const through = isWhole ? to : lastAt - limits.auditSlackMillis;
  return { rows, through, reads };
}

/** Had the record before been given an earlier time, so that it was passed over, this one would not have its hash. */
async function checkBefore(
  { store }: AuditPorts,
  ledger: string,
  { number, previous }: Segment,
  tally: Tally,
): Promise<void> {
  const bytes = number > 1 ? await store.segment(ledger, number - 1) : null;
  const before = bytes && readSegment(bytes).segment;
  if (!before) return;
  tally.expect(before.hash === previous, {
    invariant: "records-are-a-chain",
    ledger,
    subject: `record ${number}`,
    detail: "it does not follow the one before",
  });
}

/** Checks that what the witness signed last is what is stored. */
async function checkHead(
  { store }: AuditPorts,
  { ledger, watermark, head }: RecordsTask,
  tally: Tally,
): Promise<void> {
  if (head === null) return;
  const bytes = await store.segment(ledger, head.number);
  const hash = bytes && readSegment(bytes).segment?.hash;
  tally.expect(hash === head.hash && watermark.segments >= head.number, {
    invariant: "records-are-witnessed",
    ledger,
    subject: `record ${head.number}`,
    detail:
      bytes === null
        ? "the witness signed it, and it is not stored"
        : `the witness signed ${head.hash}, stored is ${hash ?? "no record"}; the ledger has ${watermark.segments}`,
  });
}

async function readChecked(
  { store }: AuditPorts,
  ledger: string,
  number: number,
  previous: Segment | null,
  tally: Tally,
): Promise<Segment | null> {
  const bytes = await store.segment(ledger, number);
  const { segment, faults } = bytes ? readSegment(bytes) : { segment: null, faults: [] };
  const follows = previous === null || segment?.previous === previous.hash;
  const isNext = follows && segment?.number === number && segment.ledger === ledger;
  const [fault] = [
    ...(bytes === null ? ["it is not stored"] : []),
    ...(segment === null ? ["its first line is not that of a record"] : []),
    ...faults.map(({ detail }) => detail),
    ...(isNext ? [] : ["it does not follow the one before"]),
  ];
  tally.expect(fault === undefined, {
    invariant: "records-are-a-chain",
    ledger,
    subject: `record ${number}`,
    detail: fault ?? "",
  });
  return fault === undefined ? segment : null;
}

/** The first segment that may hold a row from `moment` on: rows are in the order of time. */
async function firstSealedAfter(
  { store }: AuditPorts,
  ledger: string,
  moment: number,
  segments: number,
): Promise<{ first: number; reads: number }> {
  let [low, high, reads] = [1, segments, 0];
  while (low < high) {
    reads += 1;
    const middle = Math.floor((low + high) / 2);
    const bytes = await store.segment(ledger, middle);
    const lastAt = bytes ? (readSegment(bytes).segment?.rows.at(-1)?.at ?? moment) : moment;
    if (lastAt < moment) low = middle + 1;
    else high = middle;
  }
  return { first: low, reads };
}

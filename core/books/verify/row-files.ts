/**
 * A segment's rows as data tools read them: NDJSON under `dt=…/hour=…/`, one flat row a job that ended. The same
 * segment always gives the same files, under keys that no other segment has, so writing them again changes nothing.
 */
import type { Row, Segment } from "./read-segment.ts";

export interface RowFile {
  /** From the folder of the tenant's rows: `dt=2026-11-28/hour=04/eu-0-0000000012.ndjson`. */
  readonly name: string;
  /** Start of the UTC hour in which the jobs ended, epoch milliseconds. */
  readonly hour: number;
  /** A JSON object a line. */
  readonly text: string;
}

const hourMillis = 3_600_000;

/** One file for each hour in which a job of the segment ended, the oldest first. */
export function rowFiles(segment: Segment): RowFile[] {
  const [, region = "", shard = ""] = segment.ledger.split("/");
  const part = `${region}-${shard}-${String(segment.number).padStart(10, "0")}`;
  const byHour = Map.groupBy(segment.rows, ({ at }) => Math.floor(at / hourMillis));
  return [...byHour]
    .toSorted(([left], [right]) => left - right)
    .map(([number, rows]) => {
      const hour = number * hourMillis;
      const [day, time = ""] = new Date(hour).toISOString().split("T");
      const text = rows.map((row) => `${JSON.stringify(flatRow(segment, row))}\n`).join("");
      return { name: `dt=${day}/hour=${time.slice(0, 2)}/${part}.ndjson`, hour, text };
    });
}

/** Every row has every field, so that tools need not guess: what is not known is null. */
function flatRow({ ledger, number, prices }: Segment, row: Row) {
  const [tenant, region, shard] = ledger.split("/");
  const { job, seq, at, outcome, work } = row;
  const { outputs, bytesIn, bytesOut, pixels, computeUnits } = row;
  const { unitsVersion = null, engineVersion = null } = row;
  return {
    job,
    ...{ tenant, region, shard: Number(shard), segment: number, sequence: seq },
    settledAt: new Date(at).toISOString(),
    outcome,
    key: work?.key ?? null,
    trace: work?.trace ?? null,
    ...{ outputs, bytesIn, bytesOut, pixels, computeUnits },
    sourcePixels: work?.sourcePixels ?? null,
    renderMillis: work?.renderMillis ?? null,
    ...{ unitsVersion, engineVersion, prices },
    files: work?.files ?? [],
  };
}

import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { Host, SegmentBucket } from "../ports.ts";
import { entryOf, type TrailRow } from "./directory-rows.ts";

/**
 * Copies the trail to R2 as JSON lines, each file once. A file's range is fixed before it is put, and the put
 * writes nothing where the file is there, so a crash between any two steps changes nothing.
 */
export class TrailExport {
  readonly #host: Host;
  readonly #bucket: SegmentBucket;

  constructor(host: Host, bucket: SegmentBucket) {
    this.#host = host;
    this.#bucket = bucket;
  }

  /** When there is next something to copy: 0 is at once, `Infinity` never. */
  nextDue(): number {
    return this.#fixed() === undefined && this.#lastEntry() === this.#lastFixed() ? Infinity : 0;
  }

  /** Puts one file, fixing its range first where none is open. Throws when R2 does not take it. */
  async run(): Promise<void> {
    const range = this.#fixed() ?? this.#fix();
    if (range === undefined) return;
    const rows = this.#host.storage.sql
      .exec<TrailRow>(
        `SELECT * FROM trail WHERE number BETWEEN ? AND ? ORDER BY number`,
        range.first,
        range.last,
      )
      .toArray();
    const lines = rows.map((row) => `${JSON.stringify(entryOf(row))}\n`).join("");
    const put = this.#bucket.put(trailKey(range.first), new TextEncoder().encode(lines), {
      onlyIf: { etagDoesNotMatch: "*" },
    });
    await inTime(this.#host.timers, limits.storageMillisMax, put);
    this.#host.storage.sql.exec(`UPDATE trail_files SET stored = 1 WHERE first = ?`, range.first);
    this.#removeOldest();
  }

  /** Where the object has become large. All are in R2; more go than came. */
  #removeOldest(): void {
    const { sql } = this.#host.storage;
    if (sql.databaseSize <= limits.directoryBytesMax) return;
    const oldest = this.#most(`SELECT MIN(number) AS most FROM trail`);
    const end = Math.min(
      oldest + 2 * limits.trailFileEntriesMax,
      this.#lastFixed() - limits.trailEntriesMin + 1,
    );
    sql.exec(`DELETE FROM trail WHERE number < ?`, end);
    sql.exec(`DELETE FROM trail_files WHERE last < ?`, end);
  }

  #fix(): { first: number; last: number } | undefined {
    const { sql } = this.#host.storage;
    const first = this.#lastFixed() + 1;
    const entries = sql
      .exec<{ number: number; chars: number }>(
        `SELECT number, LENGTH(before) + LENGTH(after) AS chars FROM trail WHERE number >= ? ORDER BY number LIMIT ?+0`,
        first,
        limits.trailFileEntriesMax,
      )
      .toArray();
    let [last, sum] = [0, 0];
    for (const { number, chars } of entries) {
      sum += chars;
      if (last > 0 && sum > limits.trailFileCharsMax) break;
      last = number;
    }
    if (last === 0) return undefined;
    sql.exec(`INSERT INTO trail_files (first, last) VALUES (?, ?)`, first, last);
    return { first, last };
  }

  #fixed(): { first: number; last: number } | undefined {
    return this.#host.storage.sql
      .exec<{ first: number; last: number }>(
        `SELECT first, last FROM trail_files WHERE stored = 0 ORDER BY first LIMIT 1`,
      )
      .toArray()[0];
  }

  #lastFixed(): number {
    return this.#most(`SELECT MAX(last) AS most FROM trail_files`);
  }

  #lastEntry(): number {
    return this.#most(`SELECT MAX(number) AS most FROM trail`);
  }

  #most(query: string): number {
    return this.#host.storage.sql.exec<{ most: number | null }>(query).one().most ?? 0;
  }
}

/** Sorted by name, the files are in the order of their entries. */
const trailKey = (first: number) => `audit/${String(first).padStart(12, "0")}.jsonl`;

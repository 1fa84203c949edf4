import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { fingerprintScheme } from "../../../core/job/fingerprint.ts";
import { packUlid, unpackUlid } from "../../../core/job/ulid-bytes.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, Sql } from "../../ports.ts";
import type { Terms } from "../admission/terms.ts";

/** Which job an Idempotency-Key belongs to, and of which request. */
export interface Replay {
  readonly ulid: string;
  /** Whether a request with this fingerprint is the one that the key was used for. */
  matches(fingerprint: string): boolean;
}

/**
 * The `replays` table: what stays of a job's idempotency when the job has left, some forty bytes. Records
 * are kept as long as the jobs; when they fill the ledger, a day. They lie in the order of the keys' hashes, so
 * a scan goes round and removes what is too old, some of it with every batch that comes in.
 */
export class Replays {
  readonly #sql: Sql;
  readonly #host: Pick<Host, "now" | "storage">;
  readonly #terms: Pick<Terms, "retentionMillis">;
  #hand: ArrayBuffer = new ArrayBuffer(0);

  constructor(host: Pick<Host, "now" | "storage">, terms: Pick<Terms, "retentionMillis">) {
    this.#host = host;
    this.#terms = terms;
    this.#sql = host.storage.sql;
  }

  find(key: string): Replay | null {
    const [row] = this.#sql
      .exec<{ job: ArrayBuffer; request: ArrayBuffer }>(
        `SELECT job, request FROM replays WHERE key = ?`,
        hashOf(key),
      )
      .toArray();
    if (!row) return null;
    const request = hexOf(row.request);
    return {
      ulid: unpackUlid(new Uint8Array(row.job)),
      matches: (fingerprint) => {
        const comparable = request !== "" && isScheme(fingerprint);
        return !comparable || hexOf(hashOf(fingerprint)) === request;
      },
    };
  }

  add(key: string, fingerprint: string, ulid: string): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO replays (key, job, request) VALUES (?, ?, ?)`,
      hashOf(key),
      packUlid(ulid).buffer,
      // Of another scheme it could only mislead.
      isScheme(fingerprint) ? hashOf(fingerprint) : new ArrayBuffer(0),
    );
  }

  /** Moves the scan on by `records` and removes those of them that are too old. */
  turn(records: number): void {
    const [end] = this.#sql
      .exec<{ key: ArrayBuffer }>(
        `SELECT key FROM replays WHERE key > ? ORDER BY key LIMIT 1 OFFSET ?`,
        this.#hand,
        records,
      )
      .toArray();
    const oldest = packTime(this.#host.now() - this.#keptMillis());
    this.#sql.exec(
      `DELETE FROM replays WHERE key > ? AND key <= ? AND job < ?`,
      this.#hand,
      end?.key ?? lastHash,
      oldest,
    );
    this.#hand = end?.key ?? new ArrayBuffer(0);
  }

  clear(): void {
    this.#sql.exec(`DELETE FROM replays`);
  }

  #keptMillis(): number {
    const keptMillis = this.#terms.retentionMillis();
    return this.#host.storage.sql.databaseSize > limits.replaysBytesMax
      ? Math.min(keptMillis, limits.replayRetentionMillisMin)
      : keptMillis;
  }
}

const hashBytes = 8;
const lastHash = new Uint8Array(hashBytes).fill(0xff).buffer;

const isScheme = (fingerprint: string) => fingerprint.startsWith(fingerprintScheme);

const hexOf = (buffer: ArrayBuffer) => bytesToHex(new Uint8Array(buffer));

function hashOf(text: string): ArrayBuffer {
  return sha256(utf8ToBytes(text)).slice(0, hashBytes).buffer;
}

/** The lowest packed ULID of this moment. */
function packTime(at: number): ArrayBuffer {
  const bytes = new Uint8Array(6);
  for (let index = 5, rest = Math.max(0, at); index >= 0; index--, rest = Math.floor(rest / 256)) {
    bytes[index] = rest % 256;
  }
  return bytes.buffer;
}

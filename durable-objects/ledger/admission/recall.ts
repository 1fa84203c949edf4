import { inTime } from "../../../core/deadline.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";
import type { Host, TenantRecords } from "../../ports.ts";
import type { Atomically } from "../atomically.ts";
import type { RevokedKeys } from "./revoked-keys.ts";
import type { Terms } from "./terms.ts";

interface Parts {
  readonly directory: TenantRecords;
  readonly terms: Terms;
  readonly revokedKeys: RevokedKeys;
  readonly atomically: Atomically;
  /** Sets the alarm, which does the asking. */
  readonly wake: () => void;
}

/**
 * A ledger that was restored from a backup has forgotten which keys were revoked since, whether its tenant was
 * suspended, and its newest limits; the Directory, which told it, will not tell it again. So it asks, and until it has
 * the answer no new work comes in.
 */
export class Recall {
  readonly #host: Host;
  readonly #parts: Parts;
  #isDue: boolean;
  /** From then on the alarm, which pauses after each ask, sets itself. */
  #hasAsked = false;

  constructor(host: Host, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
    this.#isDue = host.storage.sql.exec(`SELECT since FROM recall`).toArray().length > 0;
  }

  /** The ledger was restored. Part of the caller's transaction. */
  request(now: number): void {
    if (this.#isDue) return;
    this.#host.storage.sql.exec(`INSERT INTO recall (since) VALUES (?)`, now);
    this.#isDue = true;
  }

  /** Whether new work has to wait. Then the alarm is set, which a backup does not bring along. */
  refuses(): boolean {
    if (this.#isDue && !this.#hasAsked) this.#parts.wake();
    return this.#isDue;
  }

  dueAt(now: number): number {
    return this.#isDue ? now : Infinity;
  }

  /** For the alarm. Safe to repeat. */
  async work(): Promise<void> {
    if (!this.#isDue) return;
    this.#hasAsked = true;
    const { directory, terms, revokedKeys, atomically } = this.#parts;
    const { name: ledger, timers, log, storage } = this.#host;
    const asked = directory.tenantRecord(parseLedgerName(ledger).tenant);
    const record = await inTime(timers, limits.directoryMillisMax, asked);
    const now = this.#host.now();
    atomically(() => {
      if (record) terms.tell(record.terms);
      revokedKeys.add(record?.revokedKeys ?? [], now);
      storage.sql.exec(`DELETE FROM recall`);
    });
    this.#isDue = false;
    log.info({ event: "ledger-recalled", ledger, version: record?.terms.version ?? null });
  }
}

/** What new work is told meanwhile. */
export const recalling = problem(
  "unavailable",
  "The ledger of this account was restored and is being brought up to date. Send it again after Retry-After.",
  { retryAfterMillis: limits.unavailableRetryMillis },
);

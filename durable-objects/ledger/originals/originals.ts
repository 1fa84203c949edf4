import { originalId, originalKey } from "../../../core/delivery/original.ts";
import { keyRevoked, tenantSuspended } from "../../../core/identity/standing.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { doubtFrom, isOver, overStored, type Stored } from "../../../core/ledger/stored.ts";
import { err, ok } from "../../../core/result.ts";
import type { Host, PictureBucket } from "../../ports.ts";
import type { RevokedKeys } from "../admission/revoked-keys.ts";
import { recalling, type Recall } from "../admission/recall.ts";
import type { Terms } from "../admission/terms.ts";
import type { Atomically } from "../atomically.ts";
import type { StoreAnswer, StoreRequest } from "../ledger-calls.ts";
import { OriginalRows } from "./original-rows.ts";
import { Recounting } from "./recounting.ts";

interface Parts {
  readonly pictures: PictureBucket;
  readonly terms: Terms;
  readonly revokedKeys: RevokedKeys;
  readonly recall: Recall;
  readonly atomically: Atomically;
  /** Sets the alarm. */
  readonly wakeBy: (at: number) => void;
}

/**
 * Which pictures the tenant has stored to be delivered, and whether it may store more: asked of its home region's
 * first ledger. A picture is counted before it is put and goes through this ledger when it is deleted, so that the
 * count is never less than what is stored. A request that ends in between leaves it in doubt; once that is over,
 * storage is asked.
 */
export class Originals {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #tenant: string;
  readonly #isFirst: boolean;
  readonly #rows: OriginalRows;
  readonly #recounting: Recounting;
  #lastDoubt = 0;

  constructor(host: Host, parts: Parts) {
    const { tenant, shard } = parseLedgerName(host.name);
    this.#host = host;
    this.#parts = parts;
    this.#tenant = tenant;
    this.#isFirst = shard === 0;
    this.#rows = new OriginalRows(host.storage.sql);
    this.#recounting = new Recounting(host, { ...parts, rows: this.#rows });
  }

  /** Counts a picture that is about to be stored, unless the tenant may not. One that is counted takes no more room. */
  reserve(request: StoreRequest): StoreAnswer {
    const { terms, revokedKeys, recall, atomically, wakeBy } = this.#parts;
    const { hash, bytes, key } = request;
    if (revokedKeys.has(key)) return err(keyRevoked);
    if (recall.refuses()) return err(recalling);
    const { status, limits: granted } = terms.newest(request);
    if (status !== "active") return err(tenantSuspended);
    const now = this.#host.now();
    const known = this.#rows.find(hash);
    const refused = known ? null : overStored(granted, this.#rows.sum(), bytes);
    if (refused) return err(refused);
    const doubt = this.#newDoubt(now);
    atomically(() => {
      if (known) this.#rows.doubt(hash, doubt);
      else this.#rows.add({ hash, bytes, doubt });
      this.#recounting.begin(now);
    });
    wakeBy(this.dueAt(now));
    return ok({ doubt });
  }

  /** The picture that was counted with this doubt is stored. Of an older doubt it says nothing. Safe to repeat. */
  settle(hash: string, doubt: number): void {
    if (this.#rows.find(hash)?.doubt !== doubt) return;
    this.#rows.doubt(hash, null);
    this.#recounting.changed(hash);
  }

  /**
   * Deletes the picture itself. If it is being stored at the same time, its room is freed when that is known to be
   * over.
   */
  async remove(hash: string): Promise<void> {
    const { pictures, wakeBy } = this.#parts;
    const key = originalKey(this.#tenant, originalId(hash));
    const { result, changed } = await this.#recounting.during(pictures.delete([key]));
    const row = this.#rows.find(hash);
    const isCertain = result.ok && row?.doubt === null && !changed.has(hash);
    if (row && isCertain) {
      this.#rows.remove(row);
    } else if (row) {
      const doubt = this.#newDoubt(this.#host.now());
      this.#rows.doubt(hash, doubt);
      wakeBy(doubt);
    }
    this.#recounting.changed(hash);
    if (!result.ok) throw new Error("the picture could not be deleted now");
  }

  /** What is stored, and what is about to be. A ledger that has never counted begins to. */
  used(): Stored {
    const now = this.#host.now();
    if (this.#isFirst && this.#recounting.begin(now)) this.#parts.wakeBy(now);
    return this.#rows.sum();
  }

  /** The ledger was restored, so it may have forgotten some. Part of the caller's transaction. */
  countAgain(now: number): void {
    if (this.#isFirst) this.#recounting.again(now);
  }

  /** The tenant is deleted. */
  clear(): void {
    this.#rows.clear();
  }

  /** When the alarm has to ask storage. */
  dueAt(now: number): number {
    if (this.#parts.terms.known().status === "deleted") return Infinity;
    const { first, last } = this.#rows.doubts();
    const isLate = last !== null && isOver(last, now);
    return Math.min(this.#recounting.dueAt(), first ?? Infinity, isLate ? now : Infinity);
  }

  /** For the alarm. Safe to repeat. */
  async work(): Promise<void> {
    if (this.dueAt(this.#host.now()) <= this.#host.now()) await this.#recounting.page();
  }

  /** A new value each time, also within a millisecond, so that it identifies the request. */
  #newDoubt(now: number): number {
    const from = doubtFrom(now);
    const next = this.#lastDoubt + 1;
    this.#lastDoubt = isOver(next, now) ? from : Math.max(from, next);
    return this.#lastDoubt;
  }
}

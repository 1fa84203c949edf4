import { within } from "../../../core/deadline.ts";
import { originalsPrefix } from "../../../core/delivery/original.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { recount } from "../../../core/ledger/stored.ts";
import { limits } from "../../../core/limits.ts";
import type { Result } from "../../../core/result.ts";
import type { Host, PictureBucket } from "../../ports.ts";
import type { Atomically } from "../atomically.ts";
import type { OriginalRows } from "./original-rows.ts";

interface Parts {
  readonly pictures: PictureBucket;
  readonly rows: OriginalRows;
  readonly atomically: Atomically;
}

interface Walk {
  /** The last hash that was compared; empty: the walk has not begun. */
  readonly after: string;
  /** When it goes on; null: nothing is stored, so there is nothing to compare. */
  readonly due: number | null;
}

/**
 * Compares what is counted with what is stored: a walk through the tenant's pictures in R2, a page with each alarm,
 * once a day and when a doubt is over. Whatever the two differ by, the count follows what is stored.
 */
export class Recounting {
  readonly #host: Host;
  readonly #parts: Parts;
  readonly #prefix: string;
  /** Null: it has never counted. In memory too, because every job asks when the alarm is next due. */
  #walk: Walk | null;
  /** For each call of storage that is under way, the pictures that changed meanwhile. */
  readonly #watches = new Set<Set<string>>();

  constructor(host: Host, parts: Parts) {
    this.#host = host;
    this.#parts = parts;
    this.#prefix = originalsPrefix(parseLedgerName(host.name).tenant);
    const [row] = host.storage.sql
      .exec<{ after: string; due: number | null }>(`SELECT after, due FROM originals_walk`)
      .toArray();
    this.#walk = row ?? null;
  }

  /** There may be something to count. True: for the first time. */
  begin(now: number): boolean {
    if (this.#walk?.due != null) return false;
    const isFirst = this.#walk === null;
    if (isFirst || this.#parts.rows.sum().images > 0) {
      this.#save({ after: "", due: isFirst ? now : now + limits.orphanSweepMillis });
    }
    return isFirst;
  }

  /** From the beginning. */
  again(now: number): void {
    this.#save({ after: "", due: now });
  }

  dueAt(): number {
    return this.#walk?.due ?? Infinity;
  }

  /** The picture was stored or deleted. */
  changed(hash: string): void {
    for (const watch of this.#watches) watch.add(hash);
  }

  /** What storage answers in time, and which pictures changed until then. */
  async during<Value>(asked: Promise<Value>): Promise<{
    readonly result: Result<Value, "unreachable">;
    readonly changed: ReadonlySet<string>;
  }> {
    const changed = new Set<string>();
    this.#watches.add(changed);
    const result = await within(this.#host.timers, limits.storageMillisMax, asked);
    this.#watches.delete(changed);
    return { result, changed };
  }

  /** For the alarm: one page of keys. */
  async page(): Promise<void> {
    const { pictures, rows, atomically } = this.#parts;
    const { name: ledger, log } = this.#host;
    const { after } = this.#walk ?? { after: "" };
    const prefix = this.#prefix;
    const asked = { prefix, limit: limits.listKeysMax, startAfter: prefix + after };
    const { result, changed } = await this.during(pictures.list(asked));
    if (!result.ok) throw new Error("stored pictures could not be listed now");
    const now = this.#host.now();
    const { objects, truncated } = result.value;
    const listed = objects.map(({ key, size }) => ({
      hash: key.slice(this.#prefix.length),
      bytes: size,
    }));
    const end = truncated ? (listed.at(-1)?.hash ?? after) : null;
    const counted = rows.between(after, end);
    // Of what is counted and not stored no more is looked at either.
    const last = counted.length < limits.listKeysMax ? end : (counted.at(-1)?.hash ?? end);
    const stored = listed.filter(({ hash }) => last === null || hash <= last);
    const { added, removed, certain } = recount(counted, stored, changed, now);
    atomically(() => {
      for (const picture of added) rows.add({ ...picture, doubt: null });
      for (const picture of removed) rows.remove(picture);
      for (const hash of certain) rows.doubt(hash, null);
      const isEmpty = rows.sum().images === 0;
      if (last !== null) this.#save({ after: last, due: now });
      else this.#save({ after: "", due: isEmpty ? null : now + limits.orphanSweepMillis });
    });
    if (added.length + removed.length > 0) {
      const difference = { added: added.length, removed: removed.length };
      log.info({ event: "originals-recounted", ledger, ...difference });
    }
  }

  #save(walk: Walk): void {
    const { sql } = this.#host.storage;
    sql.exec(`DELETE FROM originals_walk`);
    sql.exec(`INSERT INTO originals_walk (after, due) VALUES (?, ?)`, walk.after, walk.due);
    this.#walk = walk;
  }
}

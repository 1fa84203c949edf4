import { inTime } from "../../core/deadline.ts";
import { limits } from "../../core/limits.ts";
import type { Host } from "../ports.ts";
import type { DirectoryEnv } from "./directory-env.ts";

/** What publications need of the world. */
export type PublicationHost = Pick<Host, "storage" | "timers" | "log" | "now">;

/**
 * Puts of one kind of entries into KV. One that fails or is late may land minutes afterwards and overwrite a newer
 * entry, such as a revocation. So a put is noted before it is sent and stays open until KV answers in time. Once
 * nothing sent before can land any more, the newest entry is put once more. The notes are rows, at most one for
 * each entry: an object that is evicted meanwhile still has them.
 */
export class OpenPuts {
  readonly #host: PublicationHost;
  readonly #env: Pick<DirectoryEnv, "IDENTITY">;
  readonly #kind: string;
  /** Leaves the entry to be published again. */
  readonly #reopen: (id: string) => void;
  /** Called when that was done between two runs. */
  readonly #tellAgain: () => void;

  constructor(
    host: PublicationHost,
    env: Pick<DirectoryEnv, "IDENTITY">,
    kind: string,
    reopen: (id: string) => void,
    tellAgain: () => void,
  ) {
    this.#host = host;
    this.#env = env;
    this.#kind = kind;
    this.#reopen = reopen;
    this.#tellAgain = tellAgain;
  }

  /** Throws when KV fails or does not answer in time. Puts of one entry follow each other. */
  async put(id: string, [key, value]: readonly [key: string, value: string]): Promise<void> {
    const isFirst = this.#note(id);
    let isOver = false;
    const put = this.#env.IDENTITY.put(key, value).finally(() => {
      isOver = true;
    });
    try {
      await inTime(this.#host.timers, limits.publishMillisMax, put);
    } catch (cause) {
      // It is often over soon: then no note has to be written first.
      if (!isOver) void put.catch(() => undefined).then(() => this.#putAgainNow(id));
      throw cause;
    }
    // An earlier one that is open may still overwrite this one.
    if (isFirst) this.#close(id);
  }

  /** When one is to be put once more; `Infinity`: never. */
  nextDue(): number {
    const [next] = this.#host.storage.sql
      .exec<{ due: number }>(
        `SELECT due FROM open_puts WHERE kind = ? ORDER BY due LIMIT 1`,
        this.#kind,
      )
      .toArray();
    return next?.due ?? Infinity;
  }

  /** Leaves those that are due, a bounded number at a time, to be published again. */
  reopenDue(): void {
    const { sql } = this.#host.storage;
    this.#host.storage.transactionSync(() => {
      const due = sql
        .exec<{ id: string }>(
          `SELECT id FROM open_puts WHERE kind = ? AND due <= ? ORDER BY due LIMIT ?+0`,
          this.#kind,
          this.#host.now(),
          limits.repairPageMax,
        )
        .toArray();
      for (const { id } of due) {
        this.#reopen(id);
        this.#close(id);
      }
    });
  }

  /** False: an earlier put of the entry is open. */
  #note(id: string): boolean {
    const { sql } = this.#host.storage;
    const earlier = sql
      .exec(`SELECT 1 AS one FROM open_puts WHERE kind = ? AND id = ?`, this.#kind, id)
      .toArray();
    sql.exec(
      `INSERT INTO open_puts (kind, id, due) VALUES (?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET due = excluded.due`,
      this.#kind,
      id,
      this.#host.now() + limits.latePutMillisMax,
    );
    return earlier.length === 0;
  }

  #close(id: string): void {
    this.#host.storage.sql.exec(`DELETE FROM open_puts WHERE kind = ? AND id = ?`, this.#kind, id);
  }

  #putAgainNow(id: string): void {
    this.#reopen(id);
    this.#tellAgain();
  }
}

import type { DirectoryEnv } from "../directory-env.ts";
import { eachOnce } from "../each-once.ts";
import { OpenPuts, type PublicationHost } from "../open-puts.ts";

/** The newest state of an entry that KV does not have yet. */
export interface Unpublished {
  readonly id: string;
  readonly version: number;
  readonly entry: readonly [key: string, value: string];
}

/** The newest state of an entry that was published. `at`: where the list goes on behind it. */
export interface Published extends Omit<Unpublished, "version"> {
  readonly at: string;
}

/** One kind of entries that KV repeats, and which of them are published. */
export interface Entries {
  /** What they are called in the log, in `open_puts` and in cursors. */
  readonly kind: string;
  nextUnpublished(after: string): Unpublished | undefined;
  /** In an order that does not change. `after`: an `at`; empty: from the beginning. */
  published(after: string, limit: number): Published[];
  markPublished(id: string, version: number): void;
  /** An entry as it reads after a way through KV, whatever the order of its fields; null: it cannot be read. */
  canonical(text: string): string | null;
}

/** Repeats the newest of each in KV, where every location reads it. Publishing twice does no harm. */
export class EntryPublication {
  readonly #host: PublicationHost;
  readonly #entries: Entries;
  readonly #puts: OpenPuts;

  /** `tellAgain` is called when an entry must be published again after a run. */
  constructor(host: PublicationHost, entries: Entries, env: DirectoryEnv, tellAgain: () => void) {
    this.#host = host;
    this.#entries = entries;
    const reopen = (id: string) => entries.markPublished(id, 0);
    this.#puts = new OpenPuts(host, env, entries.kind, reopen, tellAgain);
  }

  /** When there is next something to publish: 0 is at once, `Infinity` never. */
  nextDue(): number {
    return this.#entries.nextUnpublished("") ? 0 : this.#puts.nextDue();
  }

  /** Tries each once; true when all were published. Never throws for a failed call. */
  run(): Promise<boolean> {
    this.#puts.reopenDue();
    return eachOnce(
      (after) => this.#entries.nextUnpublished(after),
      (unpublished) => this.#publish(unpublished),
    );
  }

  async #publish({ id, version, entry }: Unpublished): Promise<boolean> {
    try {
      await this.#puts.put(id, entry);
    } catch (cause) {
      const { kind } = this.#entries;
      this.#host.log.warn({ event: `${kind}-not-published`, id, cause: String(cause) });
      return false;
    }
    this.#entries.markPublished(id, version);
    return true;
  }
}

import type { Host } from "../../ports.ts";
import type { DirectoryEnv } from "../directory-env.ts";
import { eachOnce } from "../each-once.ts";
import { putInTime } from "../put-in-time.ts";

/** The newest of a thing whose newest is not in KV. */
export interface Unpublished {
  readonly id: string;
  readonly version: number;
  readonly entry: readonly [key: string, value: string];
}

/** Things that KV repeats, and what is known of whether it does. */
interface Entries {
  /** What they are called in the log. */
  readonly kind: string;
  nextUnpublished(after: string): Unpublished | undefined;
  markPublished(id: string, version: number): void;
}

/** Repeats the newest of each in KV, where every location reads it. Publishing twice does no harm. */
export class EntryPublication {
  readonly #host: Pick<Host, "timers" | "log">;
  readonly #entries: Entries;
  readonly #env: DirectoryEnv;
  /** Called when an entry must be published again after this run. */
  readonly #tellAgain: () => void;

  constructor(
    host: Pick<Host, "timers" | "log">,
    entries: Entries,
    env: DirectoryEnv,
    tellAgain: () => void,
  ) {
    this.#host = host;
    this.#entries = entries;
    this.#env = env;
    this.#tellAgain = tellAgain;
  }

  isDone(): boolean {
    return this.#entries.nextUnpublished("") === undefined;
  }

  /** Tries each once; true when all were published. Never throws for a failed call. */
  run(): Promise<boolean> {
    return eachOnce(
      (after) => this.#entries.nextUnpublished(after),
      (unpublished) => this.#publish(unpublished),
    );
  }

  async #publish({ id, version, entry }: Unpublished): Promise<boolean> {
    const again = () => {
      this.#entries.markPublished(id, 0);
      this.#tellAgain();
    };
    try {
      await putInTime(this.#env, this.#host, entry, again);
    } catch (cause) {
      const { kind } = this.#entries;
      this.#host.log.warn({ event: `${kind}-not-published`, id, cause: String(cause) });
      return false;
    }
    this.#entries.markPublished(id, version);
    return true;
  }
}

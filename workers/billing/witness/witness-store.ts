import { hourName, type MonthLog, type SignedHead } from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";
import { JsonStore, type BooksBucket, type Versioned } from "../json-store.ts";

/** A head that waits to be logged, and the key that says so. */
export interface PendingHead {
  readonly key: string;
  readonly head: SignedHead;
}

/**
 * What the witness keeps in R2: the last head of each ledger; the heads that are not logged yet; and the log, one
 * object a month, with one object for the heads of each hour. Logged heads are written once.
 */
export class WitnessStore {
  readonly #bucket: BooksBucket;
  readonly #json: JsonStore;

  constructor(bucket: BooksBucket) {
    this.#bucket = bucket;
    this.#json = new JsonStore(bucket);
  }

  head(ledger: string): Promise<Versioned<SignedHead | null>> {
    return this.#json.read<SignedHead>(headKey(ledger));
  }

  /** False: somebody else wrote it since it was read. */
  replaceHead(head: SignedHead, version: string | null): Promise<boolean> {
    return this.#json.replace(headKey(head.ledger), head, version);
  }

  /** The head is in the key, so that a list of keys is a list of heads. */
  async putPending(head: SignedHead): Promise<void> {
    await this.#json.replace(pendingKey(head), {}, null);
  }

  /** Heads that were signed before the moment, oldest first, at most `limits.headsPerHourMax`. */
  async pendingBefore(moment: number): Promise<PendingHead[]> {
    const found: PendingHead[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.#json.keys(pendingPrefix, cursor);
      for (const key of page.keys) {
        const head = parsePendingKey(key);
        if (head === null || head.at >= moment) continue;
        found.push({ key, head });
        if (found.length === limits.headsPerHourMax) return found;
      }
      cursor = page.cursor;
    } while (cursor !== null);
    return found;
  }

  /** When the oldest head was signed that is not logged, as the first page shows, which is the oldest hour's; null: none. */
  async oldestPendingAt(): Promise<number | null> {
    const { keys } = await this.#json.keys(pendingPrefix, null);
    const times = keys.flatMap((key) => parsePendingKey(key)?.at ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  async forgetPending(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += limits.deleteKeysMax) {
      await this.#bucket.delete(keys.slice(from, from + limits.deleteKeysMax));
    }
  }

  /** The heads of a logged hour, in order; null where there are none. */
  async headsOf(hour: string): Promise<readonly SignedHead[] | null> {
    return (
      (await this.#json.read<{ heads: readonly SignedHead[] }>(hourKey(hour))).value?.heads ?? null
    );
  }

  /** The heads that are stored for the hour, which are others when there were some before. */
  async putHeads(hour: string, heads: readonly SignedHead[]): Promise<readonly SignedHead[]> {
    if (await this.#json.replace(hourKey(hour), { v: 1, hour, heads }, null)) return heads;
    const stored = await this.headsOf(hour);
    if (!stored) throw new Error(`the heads of ${hour} were there and are gone`);
    return stored;
  }

  log(month: string): Promise<Versioned<MonthLog | null>> {
    return this.#json.read<MonthLog>(logKey(month));
  }

  /** False: somebody else wrote it since it was read. */
  replaceLog(log: MonthLog, version: string | null): Promise<boolean> {
    return this.#json.replace(logKey(log.month), log, version);
  }

  /** The months that have a log, oldest first. */
  async loggedMonths(): Promise<string[]> {
    const { keys } = await this.#json.keys(logPrefix, null);
    return keys.map((key) => key.slice(logPrefix.length, -".json".length));
  }
}

const headKey = (ledger: string) => `witness/heads/${ledger}.json`;
const hourKey = (hour: string) => `witness/hours/${hour}.json`;
const logPrefix = "witness/log/";
const logKey = (month: string) => `${logPrefix}${month}.json`;
const pendingPrefix = "witness/pending/";

function pendingKey({ ledger, number, hash, events, at, key, signature }: SignedHead): string {
  return `${pendingPrefix}${hourName(at)}/${ledger}/${number}/${hash}/${events}/${at}/${key}/${signature}`;
}

function parsePendingKey(text: string): SignedHead | null {
  const parts =
    /^witness\/pending\/[^/]+\/([^/]+\/[^/]+\/\d+)\/(\d+)\/([0-9a-f]{64})\/(\d+)\/(\d+)\/([\w-]+)\/([\w-]+)$/.exec(
      text,
    );
  if (!parts) return null;
  const [, ledger = "", number, hash = "", events, at, key = "", signature = ""] = parts;
  return {
    ledger,
    number: Number(number),
    hash,
    events: Number(events),
    at: Number(at),
    key,
    signature,
  };
}

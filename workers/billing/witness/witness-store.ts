import { hourName, type MonthLog, type SignedHead } from "../../../core/books/transparency.ts";
import { limits } from "../../../core/limits.ts";
import { JsonStore, stored, type BooksBucket, type Versioned } from "../json-store.ts";
import { HourHeads, pageOf, type HeadsPage, type StoredHour } from "./hour-heads.ts";

/** A head that waits to be logged, and the key that says so. */
export interface PendingHead {
  readonly key: string;
  readonly head: SignedHead;
}

/**
 * What the witness keeps in R2: the last head of each ledger; the heads that are not logged yet; and the log: one
 * object a month, and for each hour one with its heads, or pages of them. Logged heads are written once.
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

  /** False: another run wrote it since it was read. */
  replaceHead(head: SignedHead, version: string | null): Promise<boolean> {
    return this.#json.replace(headKey(head.ledger), head, version);
  }

  /** The head is in the key, so that a list of keys is a list of heads. */
  async putPending(head: SignedHead): Promise<void> {
    await this.#json.replace(pendingKey(head), {}, null);
  }

  /** The oldest hours in which heads were signed that wait, before the hour of the moment. */
  async pendingHours(moment: number, hoursMax: number): Promise<string[]> {
    const hours: string[] = [];
    let after = pendingPrefix;
    for (let lists = 0; lists < 4 * hoursMax && hours.length < hoursMax; lists++) {
      const { keys } = await this.#json.keys(pendingPrefix, null, after);
      const [first] = keys;
      if (first === undefined) break;
      const hour = /^([\d-]{10}T\d\d)\//.exec(first.slice(pendingPrefix.length))?.[1];
      if (hour !== undefined && hour >= hourName(moment)) break;
      if (hour !== undefined) hours.push(hour);
      // Behind all of that hour, whose keys go on with a slash; or behind a key that is not ours.
      after = hour === undefined ? first : `${pendingPrefix}${hour}0`;
    }
    return hours;
  }

  /** Some of those of an hour, by ledger; `cursor` is null at the start and after the end. */
  async pendingPage(
    hour: string,
    cursor: string | null,
  ): Promise<{ readonly heads: readonly PendingHead[]; readonly cursor: string | null }> {
    const page = await this.#json.keys(`${pendingPrefix}${hour}/`, cursor);
    const heads = page.keys.flatMap((key) => {
      const head = parsePendingKey(key);
      return head === null ? [] : [{ key, head }];
    });
    return { heads, cursor: page.cursor };
  }

  /** Removes these objects. */
  async forgetPending(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += limits.deleteKeysMax) {
      await stored(this.#bucket.delete(keys.slice(from, from + limits.deleteKeysMax)));
    }
  }

  /**
   * When the oldest head was signed that is not logged, as the first page shows, which is the oldest hour's; null:
   * none.
   */
  async oldestPendingAt(): Promise<number | null> {
    const { keys } = await this.#json.keys(pendingPrefix, null);
    const times = keys.flatMap((key) => parsePendingKey(key)?.at ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** They wait no more. */
  async forgetLogged(hour: HourHeads): Promise<void> {
    for await (const heads of hour.eachPage()) await this.forgetPending(heads.map(pendingKey));
  }

  /** The heads of a logged hour; null where there are none. */
  async hourHeads(hour: string): Promise<HourHeads | null> {
    const { value } = await this.#json.read<StoredHour>(hourKey(hour));
    return value && this.#headsOf(value);
  }

  /** A page of an hour to be. Its name follows from what is in it, so that of two writers neither harms the other. */
  async putPage(hour: string, number: number, heads: readonly SignedHead[]): Promise<HeadsPage> {
    const page = pageOf(heads);
    await this.#json.put(pageKey(hour, number, page), { v: 2, hour, heads });
    return page;
  }

  /** The heads that are stored for the hour, which are others when there were some before. Unused pages are removed. */
  async putHour(stored: StoredHour): Promise<HourHeads> {
    const { hour } = stored;
    const isOurs = await this.#json.replace(hourKey(hour), stored, null);
    const heads = isOurs ? this.#headsOf(stored) : await this.hourHeads(hour);
    if (!heads) throw new Error(`the heads of ${hour} were there and are gone`);
    await this.#removeOtherPages(hour, heads);
    return heads;
  }

  /** Removes pages of runs that were cut off or came later. */
  async #removeOtherPages(hour: string, { pages }: HourHeads): Promise<void> {
    const own = new Set(pages.map((page, number) => pageKey(hour, number, page)));
    const { keys } = await this.#json.keys(`${hoursPrefix}${hour}/`, null);
    await this.forgetPending(keys.filter((key) => !own.has(key)));
  }

  #headsOf(stored: StoredHour): HourHeads {
    return new HourHeads(stored, async (page, number) => {
      const key = pageKey(stored.hour, number, page);
      const { value } = await this.#json.read<{ heads: readonly SignedHead[] }>(key);
      if (!value) throw new Error(`${key} is gone`);
      return value.heads;
    });
  }

  log(month: string): Promise<Versioned<MonthLog | null>> {
    return this.#json.read<MonthLog>(logKey(month));
  }

  /** False: another run wrote it since it was read. */
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
const hoursPrefix = "witness/hours/";
const hourKey = (hour: string) => `${hoursPrefix}${hour}.json`;
const pageKey = (hour: string, number: number, { root }: HeadsPage) =>
  `${hoursPrefix}${hour}/${String(number).padStart(4, "0")}-${root}.json`;
const logPrefix = "witness/log/";
const logKey = (month: string) => `${logPrefix}${month}.json`;
const pendingPrefix = "witness/pending/";

function pendingKey({ ledger, number, hash, events, at, key, signature }: SignedHead): string {
  return `${pendingPrefix}${hourName(at)}/${ledger}/${number}/${hash}/${events}/${at}/${key}/${signature}`;
}

/** Null where it is not as it is written above: under the hour in which it was signed. */
function parsePendingKey(text: string): SignedHead | null {
  const parts =
    /([^/]+\/[^/]+\/\d+)\/(\d+)\/([0-9a-f]{64})\/(\d+)\/(\d{1,15})\/([\w-]+)\/([\w-]+)/.exec(text);
  if (!parts) return null;
  const [, ledger = "", number, hash = "", events, at, key = "", signature = ""] = parts;
  const head = { ledger, number: Number(number), hash, events: Number(events), at: Number(at) };
  const signed = { ...head, key, signature };
  return pendingKey(signed) === text ? signed : null;
}

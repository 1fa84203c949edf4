import { parseLedgerName } from "../../core/job/ledger-address.ts";
import type {
  ExpressAnswer,
  ExpressAsk,
  ExpressRendition,
  SentFiles,
} from "../../core/job/express-calls.ts";
import type { Job } from "../../core/job/job.ts";
import type { JobMessage } from "../../core/job/message.ts";
import { overlayKey, sourceKeyOf, uselessKeys } from "../../core/job/picture-key.ts";
import { limits } from "../../core/limits.ts";
import type { SettleVerdict } from "../../durable-objects/ledger/ledger-calls.ts";
import type { ClaimedJob } from "./claim.ts";
import { consume, finish, renderLoaded, storeRendered, tell } from "./consume.ts";
import { loadSource } from "./load-source.ts";
import type { ConsumerPorts, Delivery, PictureStore } from "./ports.ts";
import { Settlements } from "./settle.ts";
import { filesOf, outcomeOf } from "./store-renditions.ts";

/** R2, as far as it is used; a put answers with the object's tag. */
export interface TaggingStore extends PictureStore {
  put(...given: Parameters<PictureStore["put"]>): Promise<{ readonly httpEtag: string } | null>;
}

/**
 * The express lane: a batch of one job, over a binding instead of the queue, for a client that waits. It is rendered
 * in the same way. Its caller stores and settles it, unless its tenant crowds the others: then the consumer does. An
 * isolate takes a few at once, since each holds its source and its renditions. A tenant may have as much of that as
 * it leaves free: a tenant that fills the lane gets half of it, and the next one finds room.
 */
export class ExpressLane {
  /** Since when. */
  readonly #underWay = new Map<ExpressAsk, number>();

  async render(
    ask: ExpressAsk,
    ports: ConsumerPorts & { readonly pictures: TaggingStore },
    sent: SentFiles | null = null,
  ): Promise<ExpressAnswer> {
    this.#forgetDead(ports.now());
    if (!this.#hasRoom(ask)) return { verdict: "busy" };
    this.#underWay.set(ask, ports.now());
    try {
      const pictures = new KeptCopies(ports.pictures, sent ? sentByKey(ask, sent) : new Map());
      const message = new OwnMessage(ask, ports.now());
      const kept = { ...ports, pictures };
      const claimed = claimedJob(ask, message, ports.now());
      if (claimed && ask.handBack) {
        const answer = await handBack(claimed, kept);
        if (answer) return answer;
      } else if (claimed) await finish([claimed], kept, inCompany);
      else await consume([message], kept, inCompany);
      const { acknowledged: isKnown, job } = message;
      // A put that came too late is stored, although its job was put off.
      const isGiven = message.isDone && bytesOf(pictures.stored) <= limits.heldBytesMax;
      const renditions = isGiven ? pictures.stored : [];
      return { verdict: "ended", isKnown, renditions, ...(job && { job }) };
    } finally {
      this.#underWay.delete(ask);
    }
  }

  #hasRoom(more: ExpressAsk): boolean {
    const { tenant } = parseLedgerName(more.ledger);
    let [all, allBytes, own, ownBytes] = [0, 0, 1, more.sourceBytes];
    for (const { ledger, sourceBytes } of this.#underWay.keys()) {
      all += 1;
      allBytes += sourceBytes;
      if (parseLedgerName(ledger).tenant !== tenant) continue;
      own += 1;
      ownBytes += sourceBytes;
    }
    return own <= limits.expressJobsMax - all && ownBytes <= limits.twoSourcesBytesMax - allBytes;
  }

  /** Removes entries of invocations that died: nothing else does. Also when the clock has stepped since, either way. */
  #forgetDead(now: number): void {
    for (const [ask, since] of this.#underWay) {
      if (Math.abs(now - since) >= limits.leaseMillis) this.#underWay.delete(ask);
    }
  }
}

/** Rendered for a caller that does the rest. Null: it was stored and settled here. */
async function handBack(
  claimed: ClaimedJob & { readonly attempt: number },
  ports: ConsumerPorts,
): Promise<ExpressAnswer | null> {
  const rendering = await renderLoaded(claimed, await loadSource(ports, claimed), ports, inCompany);
  if (!rendering) return { verdict: "ended", isKnown: true, renditions: [] };
  const { rendered, watch } = rendering;
  const files = filesOf(claimed, rendered);
  // Its callers' threads serve all tenants: what is done there for one that crowds the lane delays the others.
  if (bytesOf(files) > limits.heldBytesMax || ports.engine.crowds?.(claimed.tenant)) {
    const settlements = new Settlements(ports);
    await storeRendered(ports, claimed, rendering, settlements);
    settlements.send();
    await settlements.finished();
    return null;
  }
  const outcome = outcomeOf(claimed, rendered);
  const spent = watch.stored();
  tell(ports, claimed, outcome, spent);
  const { id: job, attempt } = claimed;
  const useless = (verdict: "discard" | "lost") => uselessKeys(claimed, rendered.ok, verdict);
  return {
    verdict: "rendered",
    files,
    ended: { job, attempt, outcome, spent, tell: true },
    useless: { discard: useless("discard"), lost: useless("lost") },
  };
}

const inCompany = { alone: false };

const bytesOf = (files: readonly { readonly bytes: Uint8Array }[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** What the ledger would have answered. */
function claimedJob(
  { ledger, job: id, claim }: ExpressAsk,
  message: Delivery,
  now: number,
): (ClaimedJob & { readonly attempt: number }) | null {
  if (!claim) return null;
  const { attempt, spec, sinceMillis } = claim;
  const { tenant } = parseLedgerName(ledger);
  const claimedAt = now - sinceMillis;
  return { id, ledger, tenant, spec, awaited: true, attempt, claimedAt, message };
}

const wholeBuffer = (bytes: Uint8Array<ArrayBuffer>): ArrayBuffer =>
  bytes.length === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;

/** What the queue would have delivered. Whether it is acknowledged says that the ledger has answered. */
class OwnMessage implements Delivery {
  readonly id: string;
  readonly body: JobMessage;
  readonly timestamp: Date;
  readonly attempts = 1;
  acknowledged = false;
  job: Job | null = null;
  #verdict: SettleVerdict | null = null;

  constructor({ ledger, job }: ExpressAsk, now: number) {
    this.id = job;
    this.body = { version: 1, ledger, job };
    this.timestamp = new Date(now);
  }

  answered(verdict: SettleVerdict, job: Job | null): void {
    this.#verdict = verdict;
    this.job = job;
  }

  /** Whether this attempt is the one that counts. An older ledger does not tell the job. */
  get isDone(): boolean {
    const isSettled = this.#verdict === "settled" || this.#verdict === "already";
    return this.acknowledged && isSettled && (this.job?.status ?? "done") === "done";
  }

  ack(): void {
    this.acknowledged = true;
  }

  retry(): void {
    // The ledger looks at the job again when its lease is over.
  }
}

/** Under the keys where they would be stored; a source that is stored already, under its own. */
function sentByKey({ ledger, job, claim }: ExpressAsk, { source, overlay }: SentFiles) {
  const { tenant } = parseLedgerName(ledger);
  const files = new Map([[sourceKeyOf(tenant, job, claim?.spec ?? {}), source]]);
  if (overlay) files.set(overlayKey(tenant, job), overlay);
  return files;
}

/** The bucket, in which what the caller sent seems to lie, and which keeps a copy of what is put for the answer. */
class KeptCopies implements PictureStore {
  readonly #bucket: TaggingStore;
  readonly #sent: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Also what is deleted again: such a job gives no renditions back. */
  readonly stored: ExpressRendition[] = [];

  constructor(bucket: TaggingStore, sent: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
    this.#bucket = bucket;
    this.#sent = sent;
  }

  async get(key: string) {
    const sent = this.#sent.get(key);
    return sent ? { arrayBuffer: async () => wholeBuffer(sent) } : this.#bucket.get(key);
  }

  head(key: string) {
    return this.#bucket.head(key);
  }

  async put(...given: Parameters<PictureStore["put"]>): Promise<void> {
    const [key, bytes] = given;
    const object = await this.#bucket.put(...given);
    if (object) this.stored.push({ key, bytes, etag: object.httpEtag });
  }

  delete(keys: string[]): Promise<void> {
    return this.#bucket.delete(keys);
  }
}

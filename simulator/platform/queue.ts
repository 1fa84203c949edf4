import type { JobMessage } from "../../core/job/message.ts";
import type { Random } from "../time/random.ts";
import type { Process } from "../time/process.ts";
import type { Wire } from "./wire.ts";

/** As `wrangler.toml` configures a consumer. */
export interface QueueSettings {
  readonly batchMax: number;
  readonly retriesMax: number;
  readonly retryMillis: number;
  readonly consumersMax: number;
  readonly deadLetters: Queue | null;
}

interface Waiting {
  readonly id: string;
  /** As JSON: what travels is text, and another version may read it. */
  readonly body: string;
  readonly sentAt: number;
  attempts: number;
}

/** Starts one consumer invocation; it ends when the promise does, or when its process dies. */
export type Consume = (batch: { queue: string; messages: DeliveredMessage[] }) => {
  readonly process: Process;
  readonly ended: Promise<void>;
};

export interface DeliveredMessage {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options?: { delaySeconds?: number }): void;
}

/** Longest that one invocation may run. */
const invocationMillisMax = 15 * 60_000;

/** Cloudflare Queues: at least once, in no order. */
export class Queue {
  readonly name: string;
  readonly #settings: QueueSettings;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #consume: Consume;
  readonly #ready: Waiting[] = [];
  #consumers = 0;
  #ids = 0;
  #delivery = false;
  /** Messages put in by senders; redeliveries are not counted. */
  sent = 0;
  /** Jobs of which a message has come, whether it stayed or not. */
  readonly jobs = new Set<string>();
  /** Consumers take nothing before this true time: what a backlog looks like. */
  heldUntil = 0;

  constructor(name: string, settings: QueueSettings, wire: Wire, random: Random, consume: Consume) {
    this.name = name;
    this.#settings = settings;
    this.#wire = wire;
    this.#random = random;
    this.#consume = consume;
  }

  send(body: unknown, options: { delaySeconds?: number } = {}) {
    return this.sendBatch([{ body }], options);
  }

  sendBatch(
    messages: readonly { body: unknown }[],
    { delaySeconds = 0 }: { delaySeconds?: number } = {},
  ) {
    if (messages.length > 100) throw new Error("a queue takes 100 messages a call");
    const bodies = messages.map(({ body }) => JSON.stringify(body));
    return this.#wire.call(`queue ${this.name}`, () => {
      for (const body of bodies) this.#arrive(body, delaySeconds * 1000);
      return { metadata: { metrics: this.#metrics() } };
    });
  }

  metrics() {
    return this.#wire.call(`queue ${this.name}`, () => this.#metrics());
  }

  #metrics() {
    const oldest = this.#ready.reduce((least, { sentAt }) => Math.min(least, sentAt), Infinity);
    return {
      backlogCount: this.#ready.length,
      backlogBytes: this.#ready.reduce((sum, { body }) => sum + body.length, 0),
      ...(oldest < Infinity && { oldestMessageTimestamp: new Date(oldest) }),
    };
  }

  /** Everything that waits is lost: a local queue lives in memory. */
  lose(): number {
    return this.#ready.splice(0).length;
  }

  get length(): number {
    return this.#ready.length;
  }

  deadLetter(message: Waiting): void {
    this.#enqueue({ ...message, attempts: 0 }, 0);
  }

  #arrive(body: string, delayMillis: number): void {
    const { weather } = this.#wire;
    this.sent += 1;
    this.jobs.add((JSON.parse(body) as JobMessage).job);
    if (weather.strikes("messageLost")) return;
    const copies = weather.strikes("messageTwice") ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = weather.strikes("messageLate") ? this.#random.exponential(20 * 60_000) : 0;
      const message = {
        id: `${this.name}-${++this.#ids}`,
        body,
        sentAt: this.#wire.timeline.now,
        attempts: 0,
      };
      this.#enqueue(message, delayMillis + late + this.#random.exponential(20));
    }
  }

  #enqueue(message: Waiting, delayMillis: number): void {
    this.#wire.timeline.after(delayMillis, null, () => {
      this.#ready.push(message);
      this.#deliverSoon();
    });
  }

  #deliverSoon(): void {
    if (this.#delivery || this.#ready.length === 0) return;
    if (this.#consumers >= this.#settings.consumersMax) return;
    this.#delivery = true;
    const { timeline, weather } = this.#wire;
    const outage = weather.outage(`queue ${this.name}`);
    const from = Math.max(
      timeline.now + this.#random.exponential(3),
      outage?.until ?? 0,
      this.heldUntil,
    );
    timeline.after(from - timeline.now, null, () => {
      this.#delivery = false;
      this.#deliver();
      // The invocation started a turn; the next begins in an event of its own.
      this.#deliverSoon();
    });
  }

  #deliver(): void {
    const { batchMax } = this.#settings;
    const batch: Waiting[] = [];
    while (batch.length < batchMax && this.#ready.length > 0) {
      // Mostly in order, as a queue is; never to be relied on.
      const index = this.#random.chance(0.9)
        ? 0
        : this.#random.between(0, Math.min(20, this.#ready.length) - 1);
      const [message] = this.#ready.splice(index, 1);
      if (message) batch.push(message);
    }
    if (batch.length === 0) return;
    this.#consumers += 1;
    const fates = new Map<Waiting, "ack" | number>();
    const { process, ended } = this.#consume({
      queue: this.name,
      messages: batch.map((message) => this.#delivered(message, fates)),
    });
    const limit = this.#wire.timeline.after(invocationMillisMax, process, () => process.die());
    let over = false;
    const finish = (unspoken: "ack" | number) => {
      if (over) return;
      over = true;
      limit.cancelled = true;
      this.#consumers -= 1;
      for (const message of batch) this.#settle(message, fates.get(message) ?? unspoken);
      this.#deliverSoon();
    };
    const { retryMillis } = this.#settings;
    process.whenDead(() =>
      this.#wire.timeline.after(1000 + this.#random.exponential(2000), null, () =>
        finish(retryMillis),
      ),
    );
    void ended.then(
      () => finish("ack"),
      () => finish(retryMillis),
    );
  }

  #delivered(message: Waiting, fates: Map<Waiting, "ack" | number>): DeliveredMessage {
    return {
      id: message.id,
      timestamp: new Date(message.sentAt),
      body: JSON.parse(message.body) as unknown,
      attempts: message.attempts + 1,
      ack: () => void (fates.has(message) || fates.set(message, "ack")),
      retry: ({ delaySeconds } = {}) => {
        const millis =
          delaySeconds === undefined ? this.#settings.retryMillis : delaySeconds * 1000;
        if (!fates.has(message)) fates.set(message, millis);
      },
    };
  }

  #settle(message: Waiting, fate: "ack" | number): void {
    if (fate === "ack") return;
    message.attempts += 1;
    if (message.attempts <= this.#settings.retriesMax) this.#enqueue(message, fate);
    else this.#settings.deadLetters?.deadLetter(message);
  }
}

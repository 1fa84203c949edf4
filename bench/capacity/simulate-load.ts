import { spreadHash } from "../../core/fleet/hash.ts";
import {
  afterCall,
  healthy,
  isOut,
  trying,
  type RegionHealth,
} from "../../core/fleet/region-health.ts";
import { tenantQueues } from "../../core/fleet/shuffle-shard.ts";
import {
  pressureAt,
  pressureWaitMillis,
  type PressureReading,
} from "../../core/ledger/pressure.ts";
import { limits } from "../../core/limits.ts";
import { assumptions, stepsOfConsumer, type Step } from "./assumptions.ts";
import { EventQueue } from "./event-queue.ts";
import { draw } from "./fleet-size.ts";

export type Loss = "queue" | "shard" | "region";

export interface Load {
  readonly jobsPerSecond: number;
  readonly queues: number;
  readonly queuesPerTenant: number;
  readonly seconds: number;
  readonly seed: number;
  /** What is lost, for the middle third of the time. */
  readonly lost: Loss | null;
}

export interface Outcome {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Jobs that were answered, of those that were asked for. */
  readonly yield: number;
}

interface Queue {
  readonly waiting: Job[];
  busy: number;
  /** The pressure that it reported to the last sender. */
  reading: PressureReading | null;
}

interface Job {
  readonly tenant: number;
  readonly id: string;
  readonly startedAt: number;
  sentAt: number;
  extraMillis: number;
}

const tenants = 500;
const units = assumptions.computeUnits.value;

/**
 * A region under load, event by event. Who is let in, which queue carries a job and which region takes it is
 * decided by the service's own code; how long each step takes is drawn from `assumptions`.
 */
export function simulateLoad(load: Load): Outcome {
  const region = new RegionUnderLoad(load);
  region.run();
  return outcomeOf(region.latencies, region.asked);
}

class RegionUnderLoad {
  readonly latencies: number[] = [];
  asked = 0;
  readonly #load: Load;
  readonly #random: () => number;
  readonly #events = new EventQueue();
  readonly #queues: readonly Queue[];
  /** Each tenant's queues, by their numbers. */
  readonly #queuesOf: readonly (readonly number[])[];
  /** Jobs that each tenant has in flight. */
  readonly #held: number[];
  /** The state of the region as each isolate of the API sees it. */
  readonly #healths: RegionHealth[];

  constructor(load: Load) {
    this.#load = load;
    this.#random = generator(load.seed);
    this.#queues = Array.from({ length: load.queues }, () => ({
      waiting: [],
      busy: 0,
      reading: null,
    }));
    this.#queuesOf = Array.from({ length: tenants }, (_, tenant) =>
      tenantQueues(`tenant ${tenant}`, load.queues, load.queuesPerTenant),
    );
    this.#held = Array.from({ length: tenants }, () => 0);
    this.#healths = Array.from({ length: assumptions.isolates.value }, () => healthy);
  }

  run(): void {
    this.#events.add(0, (now) => this.#arrive(now));
    this.#events.run();
  }

  #arrive(now: number): void {
    const gap = -Math.log(1 - this.#random()) / (this.#load.jobsPerSecond / 1000);
    if (now + gap < this.#load.seconds * 1000) {
      this.#events.add(now + gap, (at) => this.#arrive(at));
    }
    this.asked += 1;
    const tenant = Math.floor(this.#random() * tenants);
    if (this.#isLost("shard", now) && tenant === 0) return;
    const leaves = this.#load.lost === "region" && this.#leavesRegion(now);
    if (!leaves && this.#isLost("region", now)) return;
    const extraMillis = leaves ? assumptions.acrossRegionsMillis.value : 0;
    const job = { tenant, id: `job ${this.asked}`, startedAt: now, sentAt: now, extraMillis };
    const stored = now + this.#take("storePutMillis") + this.#take("objectMillis");
    this.#events.add(stored, (at) => this.#accept(job, at));
  }

  /** As one isolate decides; its own failed calls are all that it knows. */
  #leavesRegion(now: number): boolean {
    const isolate = Math.floor(this.#random() * this.#healths.length);
    const health = this.#healths[isolate] ?? healthy;
    const isBound = this.#random() < assumptions.boundShare.value;
    if (!isBound && isOut(health, now)) return true;
    this.#healths[isolate] = afterCall(trying(health, now), !this.#isLost("region", now), now);
    return false;
  }

  #accept(job: Job, now: number): void {
    const readings = this.#setOf(job).flatMap((number) => this.#queues[number]?.reading ?? []);
    const held = this.#held[job.tenant] ?? 0;
    const pressure = pressureAt(readings, now);
    if (pressureWaitMillis(pressure, { computeUnits: held * units }, { computeUnits: units }) > 0) {
      return;
    }
    this.#held[job.tenant] = held + 1;
    this.#send(job, now, 0);
  }

  /** To the queue that its id names, or the next that takes messages. */
  #send(job: Job, now: number, resends: number): void {
    const set = this.#setOf(job);
    const start = (spreadHash(job.id) + resends) % set.length;
    const turned = [...set.slice(start), ...set.slice(0, start)];
    const number = turned.find((each) => each !== 0 || !this.#isLost("queue", now)) ?? 0;
    job.sentAt = now;
    const wait = this.#take("queueSendMillis") + this.#take("queueDeliverMillis");
    this.#events.add(now + wait, (at) => this.#deliver(job, number, at, resends));
  }

  #deliver(job: Job, number: number, now: number, resends: number): void {
    const queue = this.#queues[number];
    if (!queue) throw new Error(`there is no queue ${number}`);
    // Its message was in the queue that is lost: the ledger's alarm sends it again.
    if (number === 0 && this.#isLost("queue", now)) {
      const again = now + limits.redispatchMillis;
      this.#events.add(again, (at) => this.#send(job, at, resends + 1));
      return;
    }
    queue.waiting.push(job);
    const oldestMillis = now - (queue.waiting[0]?.sentAt ?? now);
    queue.reading = { waiting: queue.waiting.length, oldestMillis, at: now };
    this.#begin(queue, now);
  }

  /** A consumer that is free takes the next job. */
  #begin(queue: Queue, now: number): void {
    if (queue.busy >= assumptions.consumersPerQueue.value) return;
    const job = queue.waiting.shift();
    if (!job) return;
    queue.busy += 1;
    const millis = stepsOfConsumer.reduce((sum, step) => sum + this.#take(step), 0);
    this.#events.add(now + millis, (at) => {
      queue.busy -= 1;
      this.#held[job.tenant] = (this.#held[job.tenant] ?? 1) - 1;
      const fetched = at + this.#take("storeGetMillis") + job.extraMillis;
      this.latencies.push(fetched - job.startedAt);
      this.#begin(queue, at);
    });
  }

  #setOf({ tenant }: Job): readonly number[] {
    return this.#queuesOf[tenant] ?? [];
  }

  /** For the middle third of the time. */
  #isLost(loss: Loss, now: number): boolean {
    const third = (this.#load.seconds * 1000) / 3;
    return this.#load.lost === loss && now >= third && now < 2 * third;
  }

  #take(step: Step): number {
    return draw(assumptions[step].value, 1 - this.#random(), this.#random());
  }
}

function outcomeOf(latencies: readonly number[], asked: number): Outcome {
  const sorted = Float64Array.from(latencies).toSorted();
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  const answered = Math.round((sorted.length / asked) * 1e5) / 1e5;
  return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), yield: answered };
}

/** Mulberry32: uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

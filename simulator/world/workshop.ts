import { consume } from "../../workers/consumer/consume.ts";
import { handBackDeadLetters } from "../../workers/consumer/dead-letters.ts";
import type { ConsumerPorts, Delivery } from "../../workers/consumer/ports.ts";
import { Queue, type Consume } from "../platform/queue.ts";
import type { Wire } from "../platform/wire.ts";
import type { Process } from "../time/process.ts";
import type { Random } from "../time/random.ts";

export interface WorkshopSettings {
  /** How many queues share the jobs. */
  readonly queues: number;
  readonly consumersMax: number;
  readonly makeProcess: () => Process;
  readonly ports: (process: Process) => Omit<ConsumerPorts, "solo">;
}

/** The consumer Worker behind its queues, as `workers/consumer/wrangler.toml` sets them up. */
export class Workshop {
  readonly jobs: readonly Queue[];
  readonly solo: Queue;
  readonly dead: Queue;

  constructor(wire: Wire, random: Random, settings: WorkshopSettings) {
    type Work = (messages: readonly Delivery[], ports: ConsumerPorts) => Promise<void>;
    const invoke =
      (work: Work): Consume =>
      ({ messages }) => {
        const process = settings.makeProcess();
        wire.timeline.enter(process);
        if (wire.weather.strikes("isolateDeath")) {
          wire.timeline.after(random.exponential(400), process, () => process.die());
        }
        const ports = { ...settings.ports(process), solo: this.solo as never };
        return { process, ended: work(messages, ports) };
      };
    const lane = (alone: boolean) =>
      invoke((messages, ports) => consume(messages, ports, { alone }));

    const { consumersMax } = settings;
    const usual = { retriesMax: 30, retryMillis: 5000, consumersMax };
    const last = {
      ...usual,
      batchMax: 10,
      retriesMax: 100,
      retryMillis: 60_000,
      deadLetters: null,
    };
    const deadLetters = new Queue("minilab-dead", last, wire, random, invoke(handBackDeadLetters));
    const queue = (name: string, batchMax: number, consume: Consume) =>
      new Queue(name, { ...usual, batchMax, deadLetters }, wire, random, consume);
    this.jobs = Array.from({ length: settings.queues }, (_, number) =>
      queue(`minilab-jobs-${number}`, 4, lane(false)),
    );
    this.solo = queue("minilab-solo", 1, lane(true));
    this.dead = deadLetters;
  }

  /** Those that carry work. */
  get queues(): readonly Queue[] {
    return [...this.jobs, this.solo];
  }

  /** Messages that were put in. */
  get sent(): number {
    return this.queues.reduce((sum, { sent }) => sum + sent, 0);
  }
}

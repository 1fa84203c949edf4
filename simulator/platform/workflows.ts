import type { Process } from "../time/process.ts";
import type { Wire } from "./wire.ts";

/** Runs one part and keeps what it gave: what goes on after a crash does not do it again. */
export type Step = <Value>(name: string, work: () => Promise<Value>) => Promise<Value>;

interface Settings<Params> {
  readonly makeProcess: () => Process;
  readonly run: (instance: { id: string; params: Params }, step: Step) => Promise<unknown>;
}

/** Cloudflare's own defaults for a step. */
const stepRetriesMax = 5;
const stepRetryMillis = 10_000;

/** Cloudflare Workflows: an instance runs to its end, on one process after the other if need be. */
export class Workflows<Params> {
  readonly #wire: Wire;
  readonly #settings: Settings<Params>;
  readonly #known = new Set<string>();
  /** Instances that have not ended. */
  running = 0;

  constructor(wire: Wire, settings: Settings<Params>) {
    this.#wire = wire;
    this.#settings = settings;
  }

  /** An instance whose id is known is not started again. */
  createBatch(instances: readonly { id: string; params: Params }[]): Promise<readonly unknown[]> {
    const texts = instances.map((instance) => JSON.stringify(instance));
    return this.#wire.call("workflows", () => {
      for (const text of texts) {
        const { id } = JSON.parse(text) as { id: string };
        if (this.#known.has(id)) continue;
        this.#known.add(id);
        this.running += 1;
        this.#start(text, new Map());
      }
      return [];
    });
  }

  #start(text: string, results: Map<string, string>): void {
    const { timeline, weather } = this.#wire;
    timeline.after(20, null, () => {
      const process = this.#settings.makeProcess();
      timeline.enter(process);
      process.whenDead(() => timeline.after(5000, null, () => this.#start(text, results)));
      if (weather.strikes("isolateDeath")) timeline.after(300, process, () => process.die());
      const instance = JSON.parse(text) as { id: string; params: Params };
      const end = () => {
        this.running -= 1;
      };
      this.#settings
        .run(instance, (name, work) => this.#step(process, results, name, work))
        .then(end, end);
    });
  }

  async #step<Value>(
    process: Process,
    results: Map<string, string>,
    name: string,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const known = results.get(name);
    if (known !== undefined) return JSON.parse(known) as Value;
    for (let tries = 1; ; tries++) {
      try {
        const value = await work();
        results.set(name, JSON.stringify(value ?? null));
        return value;
      } catch (cause) {
        if (tries > stepRetriesMax) throw cause;
        await new Promise<void>((resolve) => {
          this.#wire.timeline.after(stepRetryMillis * 2 ** tries, process, resolve);
        });
      }
    }
  }
}

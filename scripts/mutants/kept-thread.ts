import {
  ThreadsPoolWorker,
  type PoolOptions,
  type PoolWorker,
  type WorkerRequest,
} from "vitest/node";

/**
 * A test thread that is kept from one mutant to the next. Modules are evaluated once for a few hundred runs
 * instead of once a mutant and test file, which took most of the time: all planted faults are in them, and a
 * global says which one is active.
 *
 * What a fault leaves behind in a module's variables meets the next one. So a thread is replaced now and then.
 * Where a fault acts while modules are evaluated, they are evaluated once for it, and not for each test file.
 * With `--fresh` no thread is kept: what is found must be the same.
 */
export class KeptThread implements PoolWorker {
  readonly name = "kept-thread";
  readonly #options: PoolOptions;
  readonly #isKept: boolean;
  readonly #thread: ThreadsPoolWorker;
  readonly #listeners: Parameters<ThreadsPoolWorker["on"]>[] = [];

  constructor(options: PoolOptions) {
    const { mode, mutantActivation, activeMutant } =
      options.project.getProvidedContext() as Provided;
    this.#options = options;
    this.#isKept = mode === "mutant" && process.env["MUTANTS_FRESH"] === undefined;
    const fault = mutantActivation === "static" ? activeMutant : undefined;
    this.#thread = this.#isKept ? keptThread(options, fault) : new ThreadsPoolWorker(options);
  }

  async start(): Promise<void> {
    if (!this.#isReused) await this.#thread.start();
  }

  on(...listener: Parameters<ThreadsPoolWorker["on"]>): void {
    this.#listeners.push(listener);
    this.#thread.on(...listener);
  }

  off(...listener: Parameters<ThreadsPoolWorker["off"]>): void {
    this.#thread.off(...listener);
  }

  send(message: WorkerRequest): void {
    if (message.type === "start" && this.#isReused) this.#answer("started");
    else if (message.type === "start") this.#thread.send(sharingModules(message));
    else if (message.type === "run") this.#thread.send(this.#selecting(message));
    else if (message.type === "stop" && this.#isKept) this.#answer("stopped");
    else this.#thread.send(message);
  }

  deserialize(message: unknown): unknown {
    return message;
  }

  async stop(): Promise<void> {
    for (const listener of this.#listeners) this.#thread.off(...listener);
    if (!this.#isKept) await this.#thread.stop();
  }

  get #isReused(): boolean {
    return this.#isKept && runs > 1;
  }

  #answer(type: "started" | "stopped"): void {
    for (const [event, listener] of this.#listeners)
      if (event === "message") listener({ type, __vitest_worker_response__: true });
  }

  /** A thread reads the configuration as it starts; which tests a mutant needs is the one thing that changes. */
  #selecting<Run extends Extract<WorkerRequest, { type: "run" }>>(message: Run): Run {
    const { testNamePattern } = this.#options.project.config;
    const files = message.context.files.map((file) => ({ ...file, testNamePattern }));
    return { ...message, context: { ...message.context, files } };
  }
}

const runsMax = 300;
let runs = 0;
let kept: ThreadsPoolWorker | undefined;
let evaluatedWith: string | undefined;

/** `fault`: the one that is active while modules are evaluated, if any is. */
function keptThread(options: PoolOptions, fault: string | undefined): ThreadsPoolWorker {
  if (runs === runsMax || fault !== evaluatedWith) {
    void kept?.stop();
    kept = undefined;
  }
  evaluatedWith = fault;
  runs = kept === undefined ? 1 : runs + 1;
  kept ??= new ThreadsPoolWorker(options);
  return kept;
}

/** What StrykerJS's runner tells the tests. */
interface Provided {
  readonly mode?: string;
  readonly mutantActivation?: string;
  readonly activeMutant?: string;
}

/** Only isolated files are handed out one at a time, and no more of them after the first failure. */
function sharingModules<Start extends { context: { config: { isolate: boolean } } }>(
  message: Start,
): Start {
  const { context } = message;
  return { ...message, context: { ...context, config: { ...context.config, isolate: false } } };
}

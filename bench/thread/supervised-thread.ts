import { Worker } from "node:worker_threads";

/** What came of a question. Only `answered` leaves the thread as it was; after the others it is a new one. */
export type Reply<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer; readonly millis: number }
  /** No answer in time: the thread was ended in the middle of its work. */
  | { readonly kind: "hung"; readonly millis: number }
  /** The thread ended by itself: an uncaught error, memory exhausted, `process.exit`. */
  | { readonly kind: "died"; readonly cause: string };

/**
 * A worker thread that is asked one question at a time, and replaced when it hangs or dies, so that
 * the caller survives anything the work does. The thread's file calls `answerQuestions`.
 */
export class SupervisedThread<Question, Answer> {
  readonly #file: string;
  readonly #millisMax: number;
  readonly #workerData: unknown;
  #worker: Promise<Worker> | undefined;

  /** Each question may take `millisMax`; starting the thread is not counted. It finds `workerData` as its own. */
  constructor(
    file: string,
    { millisMax, workerData }: { readonly millisMax: number; readonly workerData?: unknown },
  ) {
    this.#file = file;
    this.#millisMax = millisMax;
    this.#workerData = workerData;
  }

  async ask(question: Question): Promise<Reply<Answer>> {
    this.#worker ??= startWorker(this.#file, this.#workerData);
    const worker = await this.#worker;
    if (worker.threadId === endedThread) {
      this.#worker = undefined;
      return { kind: "died", cause: "the thread ended after its last answer" };
    }
    const startedAt = performance.now();
    const answer = nextEvent<Answer>(worker, this.#millisMax);
    worker.postMessage(question);
    const event = await answer;
    const millis = performance.now() - startedAt;
    if (event.kind === "message") return { kind: "answered", answer: event.message, millis };
    await this.close();
    return event.kind === "timeout" ? { kind: "hung", millis } : event;
  }

  async close(): Promise<void> {
    const worker = await this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

async function startWorker(file: string, workerData: unknown): Promise<Worker> {
  const worker = new Worker(file, { workerData });
  // A worker may die between questions; the next question then fails.
  worker.on("error", () => undefined);
  const event = await nextEvent(worker, startMillisMax);
  if (event.kind === "message") return worker;
  throw new Error(`The thread did not start: ${event.kind === "died" ? event.cause : "too slow"}`);
}

/** What Node gives as the id of a thread that has ended. */
const endedThread = -1;

const startMillisMax = 60_000;

type ThreadEvent<Message> =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "died"; readonly cause: string }
  | { readonly kind: "timeout" };

function nextEvent<Message>(worker: Worker, millisMax: number): Promise<ThreadEvent<Message>> {
  return new Promise((resolve) => {
    const settle = (event: ThreadEvent<Message>) => {
      clearTimeout(timer);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      resolve(event);
    };
    const timer = setTimeout(() => settle({ kind: "timeout" }), millisMax);
    const onMessage = (message: Message) => settle({ kind: "message", message });
    const onError = (error: unknown) => settle({ kind: "died", cause: String(error) });
    const onExit = (code: number) => settle({ kind: "died", cause: `exit code ${code}` });
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}

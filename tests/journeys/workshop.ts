import { expect } from "vitest";
import type { JobMessage } from "../../core/job/message.ts";
import { loadEngineModules } from "../../engine/modules-node.ts";
import type { Engine } from "../../engine/engine.ts";
import { createEngine } from "../../engine/render.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { handBackDeadLetters } from "../../workers/consumer/dead-letters.ts";
import { consume } from "../../workers/consumer/consume.ts";
import type { ConsumerPorts, Delivery, LedgerCalls } from "../../workers/consumer/ports.ts";
import { answer, type Service, type Tenant } from "./service.ts";

type Call = "get" | "put" | "claim" | "settle" | "solo";

/**
 * The consumer, run by hand on the service's own ledgers and pictures: the test delivers the messages,
 * breaks a call when it likes, and counts the renders.
 */
export async function openWorkshop(service: Service) {
  const objects = await service.objects.getEnv();
  const real = createEngine(await loadEngineModules());
  const faults = new Map<Call, "unreached" | "answer lost">();
  const solo: JobMessage[] = [];

  const through = async <Answer>(name: Call, call: () => Promise<Answer>): Promise<Answer> => {
    const fault = faults.get(name);
    faults.delete(name);
    if (fault === "unreached") throw new Error(`${name} fails as told`);
    const given = await call();
    if (fault === "answer lost") throw new Error(`the answer of ${name} is lost as told`);
    return given;
  };
  const { PICTURES_LOCAL, LEDGER } = objects;
  const engine: Engine = {
    async render(source, ...asked) {
      workshop.renders += 1;
      await workshop.beforeRender(source);
      return real.render(source, ...asked);
    },
  };
  const ports: ConsumerPorts = {
    pictures: {
      get: (key) => through("get", () => PICTURES_LOCAL.get(key)),
      head: (key) => PICTURES_LOCAL.head(key),
      put: (...put) => through("put", () => PICTURES_LOCAL.put(...put)),
      delete: (keys) => PICTURES_LOCAL.delete(keys),
    },
    ledger: (name) => {
      const ledger: LedgerCalls = LEDGER.getByName(name);
      return {
        claim: (...asked) => through("claim", () => ledger.claim(...asked)),
        begin: (...asked) => ledger.begin(...asked),
        settle: (...outcomes) => through("settle", () => ledger.settle(...outcomes)),
      };
    },
    solo: { send: (body) => through("solo", async () => solo.push(body)) },
    engine,
    timers: globalThis,
    // Each call is made once, so that a test can make it fail.
    retries: { take: () => false, succeeded: () => undefined },
    now: Date.now,
    log: console,
    random: Math.random,
  };

  const workshop = {
    /** Renders begun since the workshop was opened or cleared. */
    renders: 0,
    /** Messages for the queue where a job is rendered alone. */
    solo,
    /** Runs before each render; what it throws, the engine throws. */
    beforeRender: async (_source: Uint8Array): Promise<void> => undefined,
    /** The next such call fails, before it is made or after. */
    fail: (name: Call, how: "unreached" | "answer lost" = "unreached") => faults.set(name, how),
    clear() {
      workshop.renders = 0;
      workshop.beforeRender = async () => undefined;
      solo.length = 0;
      faults.clear();
    },
    /** One batch; resolves when the consumer is through with it. */
    async deliver(bodies: readonly unknown[], { attempts = 1, alone = false } = {}) {
      const letters = bodies.map((body) => new Letter(body, attempts));
      await consume(letters, ports, { alone });
      return letters;
    },
    async deliverDead(bodies: readonly unknown[]) {
      const letters = bodies.map((body) => new Letter(body, 1));
      await handBackDeadLetters(letters, ports);
      return letters;
    },
  };
  return workshop;
}

export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

/** A message that remembers what became of it; as on the platform, the first word counts. */
class Letter implements Delivery {
  readonly id = crypto.randomUUID();
  readonly timestamp = new Date();
  readonly body: unknown;
  readonly attempts: number;
  fate: "acked" | "retried" | null = null;
  delaySeconds: number | undefined;

  constructor(body: unknown, attempts: number) {
    this.body = body;
    this.attempts = attempts;
  }

  ack(): void {
    this.fate ??= "acked";
  }

  retry(options: { readonly delaySeconds: number }): void {
    this.fate ??= "retried";
    this.delaySeconds = options.delaySeconds;
  }
}

export const fates = (letters: readonly Letter[]) => letters.map(({ fate }) => fate);

/** The message that the ledger sends for a new job. */
export async function acceptJob(
  tenant: Tenant,
  picture: Uint8Array,
  query = "?output=width=32,format=webp&output=width=16,format=jpeg",
): Promise<JobMessage> {
  const { id } = await answer<JobDocument>(tenant.send(query, picture), 202);
  return { version: 1, ledger: tenant.ledger, job: id };
}

/** The tenant's usage is the exact sum over its distinct finished jobs, and so many ended. */
export async function expectBilledOnce(
  tenant: Tenant,
  ended: { done: number; failed: number },
): Promise<void> {
  const { jobs } = await answer<{ jobs: JobDocument[] }>(tenant.fetch("/v1/jobs?limit=100"), 200);
  const { total } = await answer<{ total: object }>(tenant.fetch("/v1/usage"), 200);
  const done = jobs.filter(({ status }) => status === "done");
  const sum = (figure: (job: JobDocument) => number | undefined) =>
    done.reduce((all, job) => all + (figure(job) ?? Number.NaN), 0);
  expect(total).toMatchObject({
    jobsDone: ended.done,
    jobsFailed: ended.failed,
    outputs: sum(({ outputs }) => outputs.length),
    bytesOut: sum(({ usage }) => usage?.bytesOut),
    megapixels: sum(({ usage }) => Math.round((usage?.megapixels ?? Number.NaN) * 1e6)) / 1e6,
    computeUnits: sum(({ usage }) => usage?.computeUnits),
  });
  expect(done).toHaveLength(ended.done);
}

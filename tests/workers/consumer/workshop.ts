import type { KeptPictures, Outcome } from "../../../core/job/job.ts";
import { sourceKey } from "../../../core/job/picture-key.ts";
import type {
  BeginRequest,
  ClaimAnswer,
  ClaimRequest,
  SettleVerdict,
} from "../../../durable-objects/ledger/ledger-calls.ts";
import type { LogEvent } from "../../../durable-objects/ports.ts";
import type { Rendered } from "../../../engine/engine.ts";
import { consume } from "../../../workers/consumer/consume.ts";
import type { ConsumerPorts, Delivery } from "../../../workers/consumer/ports.ts";

export const ledger = "tnt_x/local/0";

/** What the ledger answers about a job that is to be rendered. */
export function toRender(
  job: string,
  {
    bytes = 1,
    outputs = 1,
    awaited = false,
    attempt = 1,
    kept,
  }: {
    bytes?: number;
    outputs?: number;
    awaited?: boolean;
    attempt?: number | null;
    kept?: KeptPictures;
  } = {},
): ClaimAnswer {
  return {
    verdict: "render",
    job,
    spec: {
      source: { bytes, width: 2, height: 3, format: "png" },
      transforms: Array.from({ length: outputs }, () => ({}) as never),
      computeUnits: 1,
      ...(kept && { kept }),
    },
    awaited,
    ...(attempt !== null && { attempt }),
  };
}

/** Takes each job as given, stores what was rendered; what it did is in `steps`. Replace a port to see it fail. */
export class Workshop {
  readonly steps: string[] = [];
  /** What is logged of each job, as it goes. */
  readonly lines: LogEvent[] = [];
  readonly outcomes = new Map<string, Outcome>();
  readonly sources = new Map<string, Uint8Array>();
  readonly stored = new Map<string, { bytes: Uint8Array; contentType: string }>();
  readonly claims: { readonly asked: readonly ClaimRequest[]; readonly alone: boolean }[] = [];
  answers: ClaimAnswer[];
  verdict: SettleVerdict = "settled";
  now = 1_000_000;

  constructor(...answers: ClaimAnswer[]) {
    this.answers = answers;
    for (const { job } of answers)
      this.sources.set(sourceKey("tnt_x", job), new TextEncoder().encode(job));
  }

  readonly ledger = {
    claim: async (asked: readonly ClaimRequest[], alone: boolean) => {
      this.claims.push({ asked, alone });
      return this.answers;
    },
    begin: async ({ job, attempt }: BeginRequest, alone: boolean) => {
      this.steps.push(`begin ${job}/${attempt}${alone ? " alone" : ""}`);
      return true;
    },
    settle: async (ended: readonly { job: string; outcome: Outcome }[]) => {
      this.steps.push(`settle ${ended.map(({ job }) => job).join(" ")}`);
      for (const { job, outcome } of ended) this.outcomes.set(job, outcome);
      return ended.map(() => this.verdict);
    },
  };

  readonly pictures = {
    get: async (key: string) => {
      this.steps.push(`load ${key.split("/")[2]}`);
      const bytes = this.sources.get(key);
      return bytes ? { arrayBuffer: async () => bytes.slice().buffer } : null;
    },
    head: async (key: string): Promise<object | null> => this.sources.get(key) ?? null,
    put: async (
      key: string,
      bytes: Uint8Array,
      { httpMetadata: { contentType } }: { httpMetadata: { contentType: string } },
    ): Promise<unknown> => this.stored.set(key, { bytes, contentType }),
    delete: async (keys: string[]) => void this.steps.push(`delete ${keys.join(" ")}`),
  };

  readonly ports: ConsumerPorts = {
    ledger: (name) => {
      if (name === ledger) return this.ledger;
      throw new Error(`nobody knows ${name}`);
    },
    pictures: this.pictures,
    solo: { send: async ({ job }) => void this.steps.push(`solo ${job}`) },
    engine: {
      render: async (source, transforms) => {
        this.steps.push(`render ${new TextDecoder().decode(source)}`);
        return { ok: true, value: rendered(source, transforms.length) };
      },
    },
    timers: globalThis,
    log: {
      info: (line) => void this.lines.push(line),
      warn: ({ event }) => void this.steps.push(event),
      error: ({ event }) => void this.steps.push(event),
    },
    retries: { take: () => false, succeeded: () => undefined },
    now: () => this.now,
    random: () => 0.5,
  };

  /** A message whose end is a step too. */
  message(
    job: string,
    {
      attempts = 1,
      body = { version: 1, ledger, job },
    }: { attempts?: number; body?: unknown } = {},
  ): Delivery {
    return {
      id: `message of ${job}`,
      timestamp: new Date(5000),
      attempts,
      body,
      ack: () => void this.steps.push(`ack ${job}`),
      retry: ({ delaySeconds }) => void this.steps.push(`retry ${job} in ${delaySeconds} s`),
    };
  }

  /** Consumes one message for each answer. */
  async run({ alone = false } = {}): Promise<string[]> {
    const messages = this.answers.map(({ job }) => this.message(job));
    await consume(messages, this.ports, { alone });
    return this.steps;
  }
}

/** Renditions that hold the source and their number. */
function rendered(source: Uint8Array, outputs: number): Rendered {
  return {
    source: { width: 20, height: 10 } as Rendered["source"],
    renditions: Array.from({ length: outputs }, (_, index) => ({
      bytes: new Uint8Array([...source, index]),
      width: 4,
      height: 2,
      format: "webp",
    })),
    computeUnits: 7,
    millis: 12.6,
    peakWasmBytes: 0,
  };
}

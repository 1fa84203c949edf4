import type { Timers } from "../../core/deadline.ts";
import type { Job } from "../../core/job/job.ts";
import type { JobMessage } from "../../core/job/message.ts";
import type { RetryBudget } from "../../core/retry-budget.ts";
import type {
  BeginRequest,
  ClaimAnswer,
  ClaimRequest,
  SettleRequest,
  SettleAnswer,
  SettleVerdict,
} from "../../durable-objects/ledger/ledger-calls.ts";
import type { Log } from "../../durable-objects/ports.ts";
import type { Engine } from "../../engine/engine.ts";

/** What the consumer needs of the world. The platform gives it in `index.ts`, tests and the simulator their own. */
export interface ConsumerPorts {
  ledger(name: string): LedgerCalls;
  readonly pictures: PictureStore;
  /** The queue of jobs that are rendered alone. */
  readonly solo: { send(body: JobMessage): Promise<unknown> };
  readonly engine: JobEngine;
  readonly timers: Timers;
  readonly log: Log;
  /** The isolate's own. */
  readonly retries: Pick<RetryBudget, "take" | "succeeded">;
  /** Epoch milliseconds. In production it stands still while the isolate computes. */
  now(): number;
  /** In [0, 1). */
  random(): number;
}

/** An engine that is given the tenant of each render. One that does one render at a time may ignore it. */
export interface JobEngine {
  readonly render: (
    source: Parameters<Engine["render"]>[0],
    transforms: Parameters<Engine["render"]>[1],
    overlay: Uint8Array | undefined,
    turn: Turn,
  ) => ReturnType<Engine["render"]>;
  /** Whether a tenant takes so much of it that others have to be spared. Absent: it does not know. */
  readonly crowds?: (tenant: string) => boolean;
}

/** A job as it waits for its turn. */
export interface Turn {
  readonly tenant: string;
  readonly computeUnits: number;
}

export interface LedgerCalls {
  claim(asked: readonly ClaimRequest[], alone: boolean): Promise<readonly ClaimAnswer[]>;
  begin(request: BeginRequest, alone: boolean): Promise<boolean>;
  settle(outcomes: readonly SettleRequest[]): Promise<readonly SettleAnswer[]>;
}

export interface PictureStore {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  /** Null: there is none. */
  head(key: string): Promise<object | null>;
  put(
    key: string,
    bytes: Uint8Array,
    options: { readonly httpMetadata: { readonly contentType: string } },
  ): Promise<unknown>;
  delete(keys: string[]): Promise<void>;
}

/** A message as the queue delivers it. The first of `ack` and `retry` counts. */
export interface Delivery {
  readonly id: string;
  readonly body: unknown;
  /** When it was sent, by the queue's clock. */
  readonly timestamp: Date;
  /** From 1. */
  readonly attempts: number;
  /** Called before `ack` with the ledger's verdict and, where the job has ended, its end; null: not known. */
  answered?(verdict: SettleVerdict, job: Job | null): void;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** Whether jobs are rendered one by one, so that none can take a neighbour with it. */
export interface Lane {
  readonly alone: boolean;
}

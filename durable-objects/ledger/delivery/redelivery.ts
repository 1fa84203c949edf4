import type { JobMessage } from "../../../core/job/message.ts";
import { isLost, type QueueReading } from "../../../core/ledger/loss.ts";
import {
  feltAt,
  pressureAt,
  type Pressure,
  type PressureReading,
} from "../../../core/ledger/pressure.ts";
import * as express from "../../../core/ledger/express.ts";
import * as progress from "../../../core/ledger/progress.ts";
import type { Lane, Progress } from "../../../core/ledger/progress.ts";
import { limits } from "../../../core/limits.ts";
import type { Host, LedgerPorts } from "../../ports.ts";
import type { Atomically } from "../atomically.ts";
import type { Apart } from "./apart.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { LaneQueues } from "./lane-queues.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Settling } from "../settling.ts";

/**
 * Sees that every open job has a message on its way or a consumer at work. A message is sent again when
 * there is evidence that it, or its consumer, was lost.
 */
export class Redelivery {
  readonly #host: Host;
  readonly #jobs: JobStore;
  readonly #settling: Settling;
  readonly #atomically: Atomically;
  readonly #lanes: Readonly<Record<Lane, LaneQueues>>;
  /** How far the queues' clock is ahead of this ledger's, as the last message that arrived showed. */
  #clockLeadMillis = 0;
  #felt: PressureReading = { waiting: 0, oldestMillis: 0, at: 0 };

  constructor(
    { host, jobs: batch, solo }: LedgerPorts,
    parts: {
      readonly jobs: JobStore;
      readonly settling: Settling;
      readonly atomically: Atomically;
    },
  ) {
    this.#host = host;
    this.#jobs = parts.jobs;
    this.#settling = parts.settling;
    this.#atomically = parts.atomically;
    const unsent = (messages: readonly JobMessage[]) => this.#unsent(messages);
    this.#lanes = {
      batch: new LaneQueues(batch, host, unsent),
      solo: new LaneQueues([solo], host, unsent),
    };
  }

  send(job: string, { lane, resends }: Pick<Progress, "lane" | "resends">): void {
    const message = { version: 1, ledger: this.#host.name, job } as const;
    this.#lanes[lane].send(message, resends);
  }

  /** A held job goes to the queue now, because its caller has no other way to have it rendered. */
  handOver(job: string, outcome: express.CallOutcome): void {
    const record = this.#jobs.find(job);
    if (!record) return;
    const [now, random] = [this.#host.now(), this.#host.random()];
    const next = express.handedOver(record.progress, now, random, outcome);
    const sooner = next ?? express.hurried(record.progress, now, limits.expressHoldMillis);
    if (sooner) this.#jobs.advance(job, sooner);
    if (next) this.send(job, next);
  }

  /** Whether the tenant's jobs are rendered alone, because its pictures make trouble. */
  get apart(): Apart {
    return this.#settling.apart;
  }

  /** Whether none of the tenant's render queues takes messages. */
  isOut(): boolean {
    return this.#lanes.batch.all.every((queue) => !queue.isTaking());
  }

  /** How full the queues are and were, by their own figures; ages by this ledger's clock. */
  pressure(now: number): Pressure {
    const queues = Object.values(this.#lanes).flatMap(({ all }) => all);
    const readings = queues.flatMap((queue): PressureReading[] => {
      const last = queue.lastReading();
      if (!last) return [];
      const { backlogCount: waiting, oldestSentAt } = last.reading;
      const age = oldestSentAt === null ? 0 : last.at + this.#clockLeadMillis - oldestSentAt;
      return [{ waiting, oldestMillis: Math.max(0, age), at: last.at }];
    });
    this.#felt = feltAt(this.#felt, pressureAt(readings, now), now);
    return this.#felt;
  }

  /** A message of the job has arrived at a consumer; it was sent at `at` by the queue's clock. */
  arrived({ progress: { sentAt, resends, lane } }: JobRecord, at: number | undefined): void {
    const onlyMessage = sentAt !== null && resends === 0 && lane === "batch";
    if (onlyMessage && at !== undefined) this.#clockLeadMillis = at - sentAt;
  }

  /** For the alarm: looks at every job whose time to be looked at has come, a bounded number at once. */
  async sendOverdue(): Promise<void> {
    const readings = await this.#readQueues(this.#waiting());
    const now = this.#host.now();
    const sent = this.#atomically(() =>
      this.#overdue(now).flatMap((record) => {
        const reading = readings.get(this.#queueOf(record)) ?? null;
        const lost = (sentAt: number) => isLost(sentAt, now, reading, this.#clockLeadMillis);
        const decision = this.#settling.isReadable(record)
          ? progress.overdue(record.progress, now, this.#host.random(), lost)
          : this.#settling.damaged;
        if (decision.verdict === "give-up") {
          this.#settling.fail(record, decision.problem, now);
          return [];
        }
        if (decision.verdict === "wait") {
          this.#jobs.hold(record.id, decision.next);
          return [];
        }
        this.#jobs.advance(record.id, decision.next);
        return [{ id: record.id, next: decision.next }];
      }),
    );
    for (const { id, next } of sent) this.send(id, next);
  }

  /** For the auditor: what `sendOverdue` should have seen to long ago. */
  async overdueMessages(): Promise<{ looked: number; lost: string[] }> {
    const before = this.#host.now() - limits.auditMessageMillis;
    const waiting = this.#jobs.waitingSince(before, limits.overdueBatchMax);
    const readings = await this.#readQueues(waiting);
    const now = this.#host.now();
    const lost = waiting.filter((record) => {
      const reading = readings.get(this.#queueOf(record)) ?? null;
      return isLost(record.progress.sentAt ?? now, now, reading, this.#clockLeadMillis);
    });
    return { looked: waiting.length, lost: lost.map(({ id }) => id) };
  }

  #waiting(): JobRecord[] {
    return this.#overdue(this.#host.now()).filter(
      ({ progress: { status, sentAt } }) => status === "accepted" && sentAt !== null,
    );
  }

  /** The queues in which a message may wait that has to be looked for. */
  async #readQueues(waiting: readonly JobRecord[]): Promise<Map<Dispatcher, QueueReading | null>> {
    const queues = new Set(waiting.map((record) => this.#queueOf(record)));
    const read = async (queue: Dispatcher) => [queue, await queue.read()] as const;
    return new Map(await Promise.all([...queues].map(read)));
  }

  #queueOf({ id, progress: { lane, resends } }: JobRecord): Dispatcher {
    return this.#lanes[lane].queueOf(id, resends);
  }

  #overdue(now: number): JobRecord[] {
    return this.#jobs.overdue(now, now + limits.dueAheadMillisMax, limits.overdueBatchMax);
  }

  #unsent(messages: readonly JobMessage[]): void {
    this.#atomically(() => {
      for (const { job } of messages) {
        const record = this.#jobs.find(job);
        if (record) this.#jobs.advance(job, progress.unsent(record.progress));
      }
    });
  }
}

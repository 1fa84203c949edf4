import type { Breach } from "../../../../core/billing/audit-report.ts";
import type { IssuedCreditNote } from "../../../../core/billing/credit-note.ts";
import type { Job } from "../../../../core/job/job.ts";
import { outputKey } from "../../../../core/job/picture-key.ts";
import { unpackUlid } from "../../../../core/job/ulid-bytes.ts";
import {
  addEvent,
  emptyTotals,
  hourOf,
  type UsageEvent,
  type UsageTotals,
} from "../../../../core/ledger/usage.ts";
import type { AuditPorts, StoredPicture } from "../../../../workers/billing/audit/ports.ts";
import type { LedgerBalance } from "../../../../durable-objects/ledger/ledger-calls.ts";
import { MemoryWorld } from "../memory-books.ts";

/** A world in which ledgers know their jobs and pictures are stored, all of it honest until a test spoils it. */
export class AuditedWorld extends MemoryWorld implements AuditPorts {
  /** By ledger, the oldest first. */
  readonly jobs = new Map<string, Job[]>();
  readonly pictures = new Map<string, number>();
  readonly counted = new Map<string, Map<number, UsageTotals>>();
  readonly entered: Breach[] = [];
  /** The Directory's credit notes. */
  issued: (tenant: string) => readonly IssuedCreditNote[] = () => [];
  lostMessages: string[] = [];
  #keys: readonly string[] = [];
  #ids = 0;

  /** A job that ended now: two renditions, or a failure. */
  finish(tenant: string, status: "done" | "failed" = "done"): Job {
    const ledger = `${tenant}/local/0`;
    const job = this.#jobOf(tenant, status);
    this.#listOf(ledger).push(job);
    this.settle(ledger, job);
    for (const { key = "", bytes } of job.outputs) this.pictures.set(key, bytes);
    this.pictures.set(`pictures/${tenant}/${job.id}/source`, job.source.bytes);
    return job;
  }

  /** A job that is still open. */
  accept(tenant: string): Job {
    const { usage: _, ...rest } = this.#jobOf(tenant, "failed");
    const job: Job = { ...rest, status: "running", settledAt: null, usage: null, error: null };
    this.#listOf(`${tenant}/local/0`).push(job);
    return job;
  }

  /** Records the job and counts it. */
  settle(ledger: string, { id, status, usage, outputs, source }: Job): void {
    const event: UsageEvent = {
      seq: 0,
      job: id,
      at: this.clock,
      outcome: status === "done" ? "done" : "failed",
      outputs: outputs.length,
      bytesIn: source.bytes,
      bytesOut: usage?.bytesOut ?? 0,
      pixels: usage?.pixels ?? 0,
      computeUnits: usage?.computeUnits ?? 0,
    };
    this.ledgerOf(ledger.split("/")[0] ?? "").settle(event);
    const hours = this.counted.get(ledger) ?? new Map<number, UsageTotals>();
    this.counted.set(ledger, hours);
    const hour = hourOf(this.clock);
    hours.set(hour, addEvent(hours.get(hour) ?? emptyTotals, event));
  }

  /** Ended and open jobs as they are, unless a test says otherwise. */
  async balance(ledger: string): Promise<LedgerBalance | null> {
    const jobs = this.#listOf(ledger);
    const open = jobs.filter(({ settledAt }) => settledAt === null).length;
    const messages = { looked: jobs.length, lost: this.lostMessages };
    return { accepted: jobs.length, ended: jobs.length - open, open, endedBefore: 0, messages };
  }

  async enterBreaches(_: string, breaches: readonly Breach[]): Promise<void> {
    this.entered.push(...breaches);
  }

  async creditNotes(tenant: string): Promise<readonly IssuedCreditNote[]> {
    return this.issued(tenant);
  }

  async listJobs(ledger: string, cursor: string | null, limit: number): Promise<readonly Job[]> {
    const newestFirst = this.#listOf(ledger).toReversed();
    return newestFirst.filter(({ id }) => cursor === null || id < cursor).slice(0, limit);
  }

  async job(ledger: string, id: string): Promise<Job | null> {
    return this.#listOf(ledger).find((job) => job.id === id) ?? null;
  }

  async counters(ledger: string, from: number, to: number) {
    return [...(this.counted.get(ledger) ?? [])]
      .map(([hour, totals]) => ({ hour, totals }))
      .filter(({ hour }) => hour >= from && hour < to);
  }

  async listPictures({ prefix, startAfter, limit }: Parameters<AuditPorts["listPictures"]>[0]) {
    // Sorting them for every list would take most of a long test's time.
    if (this.#keys.length !== this.pictures.size) this.#keys = [...this.pictures.keys()].toSorted();
    const found = this.#keys.filter((key) => key.startsWith(prefix) && key > startAfter);
    const objects = found
      .slice(0, limit)
      .map((key): StoredPicture => ({ key, size: this.pictures.get(key) ?? 0 }));
    return { objects, truncated: found.length > limit };
  }

  #listOf(ledger: string): Job[] {
    const jobs = this.jobs.get(ledger) ?? [];
    this.jobs.set(ledger, jobs);
    return jobs;
  }

  #jobOf(tenant: string, status: "done" | "failed"): Job {
    const id = `job_local_0_${ulidAt(this.clock, ++this.#ids)}`;
    const isDone = status === "done";
    const outputs = isDone
      ? [0, 1].map((index) => ({
          index,
          width: 40,
          height: 30,
          format: "webp" as const,
          bytes: 500 + index,
          key: outputKey(tenant, id, 1, index),
        }))
      : [];
    return {
      id,
      status,
      reserved: 7,
      createdAt: this.clock - 1000,
      settledAt: this.clock,
      attempts: 1,
      source: { bytes: 9000, width: 400, height: 300, format: "jpeg" },
      outputs,
      usage: isDone
        ? { computeUnits: 7, bytesIn: 9000, bytesOut: 1001, pixels: 122_400, renderMillis: 5 }
        : null,
      error: null,
    };
  }
}

/** The ULID of a moment, with a number in the place of randomness. */
export function ulidAt(at: number, number: number): string {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(at / 2 ** 32));
  view.setUint32(2, at % 2 ** 32);
  view.setUint32(12, number);
  return unpackUlid(bytes);
}

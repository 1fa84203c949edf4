import type { Timeline } from "../time/timeline.ts";

export interface Violation {
  readonly invariant: string;
  /** The step at which it was seen. */
  readonly at: number;
  readonly detail: string;
}

/** A job that a client was told is accepted. */
export interface KnownJob {
  readonly id: string;
  readonly tenant: string;
  readonly picture: number;
  readonly outputs: number;
  /** True time of the first answer that named it. */
  readonly acceptedAt: number;
  deleteAsked: boolean;
  /** When a DELETE was answered with 204; null: none was. */
  deletedAt: number | null;
}

/** A ledger that was restored: true times. */
export interface Restored {
  readonly backupAt: number;
  readonly restoredAt: number;
  /** Whether its chain had grown since the backup. */
  readonly isNoticeable: boolean;
}

export interface PunctualHour {
  /** The hour's end. */
  readonly through: string;
  readonly active: number;
  readonly included: number;
}

/** By then a deletion is in R2, whatever was away. */
const toldMillis = 30 * 60_000;

/** What the simulator saw from outside, against which the service is checked. */
export class Record {
  readonly jobs = new Map<string, KnownJob>();
  readonly violations: Violation[] = [];
  readonly renders = new Map<number, number>();
  /** How many jobs each picture may have become: without an `Idempotency-Key` every try may be one. */
  readonly jobsMax = new Map<number, number>();
  /** Jobs whose rows the simulator made unreadable: they end, and nothing more is asked of them. */
  readonly damaged = new Set<string>();
  /** By tenant. */
  readonly restored = new Map<string, Restored>();
  /** Tenants that an operator deleted, or tried to. */
  readonly left = new Map<string, { readonly isCertain: boolean }>();
  /** Keys that an operator was told are revoked, and when. */
  readonly revoked: { readonly tenant: string; readonly key: string; readonly at: number }[] = [];
  /** Closed hours in which tenants had work, and of how many the statements had it in time. */
  readonly hours: PunctualHour[] = [];
  /** Ended jobs that the auditor has looked at. */
  audited = 0;
  /** Answers that told a client to come back later. */
  refusals = 0;
  /** Sources that were stored. */
  sources = 0;
  /** The units that each picture's plan asks for. */
  readonly units = new Map<number, number>();
  /** Kept only when it will be printed. */
  readonly history: string[] | null;
  readonly #timeline: Timeline;
  #hash = 0x811c9dc5;

  constructor(timeline: Timeline, keepsHistory: boolean) {
    this.#timeline = timeline;
    this.history = keepsHistory ? [] : null;
  }

  /** Whether its ledger cannot know of the job, or not what became of it: it was restored from an older backup. */
  mayBeForgotten({ tenant, acceptedAt, deleteAsked }: KnownJob): boolean {
    const restored = this.restored.get(tenant);
    return restored !== undefined && (deleteAsked || acceptedAt >= restored.backupAt);
  }

  /** Whether the job may not be shown any more. */
  isGoneForGood({ tenant, deletedAt }: KnownJob): boolean {
    const restored = this.restored.get(tenant);
    if (deletedAt === null || restored === undefined) return deletedAt !== null;
    // A ledger that does not notice its restore, or was restored before the deletion reached R2, forgets it.
    return restored.isNoticeable && deletedAt < restored.restoredAt - toldMillis;
  }

  /** Notes what happened; equal runs note the same. */
  note(what: string, detail: string): void {
    this.fold(what);
    this.fold(detail);
    const time = new Date(this.#timeline.now).toISOString().slice(11, 23);
    this.history?.push(`${String(this.#timeline.steps).padStart(6)} ${time} ${what} ${detail}`);
  }

  fold(text: string): void {
    let hash = this.#hash;
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    this.#hash = hash;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  violate(invariant: string, detail: string): void {
    this.violations.push({ invariant, at: this.#timeline.steps, detail });
    this.note(`VIOLATED ${invariant}:`, detail);
  }
}

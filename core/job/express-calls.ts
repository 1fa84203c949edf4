import type { Spent } from "../metrics/stage-times.ts";
import type { Job, JobSpec, Outcome } from "./job.ts";

/** Calls from the API to the consumer for clients that wait. Either Worker may be older than the other. */
export interface ExpressCalls {
  render(ask: ExpressAsk): Promise<ExpressAnswer>;
  /** A job whose files the caller holds. */
  renderSent(ask: ExpressAsk, sent: SentFiles): Promise<ExpressAnswer>;
}

/** A job whose client waits. Its ledger holds it back from the queue meanwhile. */
export interface ExpressAsk {
  readonly ledger: string;
  readonly job: string;
  readonly sourceBytes: number;
  /** Absent: the ledger has to be asked for it. Consumers from before there were such claims ask in any case. */
  readonly claim?: ExpressClaim;
  /**
   * The caller can store the renditions and settle the job; large ones and those of a tenant that crowds the others are
   * stored and settled by the consumer. Consumers from before do both in any case.
   */
  readonly handBack?: true;
}

/** The job is claimed already. */
export interface ExpressClaim {
  readonly attempt: number;
  readonly spec: JobSpec;
  /** How long ago, at most. */
  readonly sinceMillis: number;
}

/** The files of a job that are not stored, because the caller has them. */
export interface SentFiles {
  readonly source: Uint8Array<ArrayBuffer>;
  readonly overlay?: Uint8Array<ArrayBuffer>;
}

/** Only with `handBack` it may be `rendered`. */
export type ExpressAnswer = ExpressEnd | ExpressRendered;

/**
 * The caller stores the files, then tells the ledger how the job ended, and deletes the files if the ledger says so.
 */
export interface ExpressRendered {
  readonly verdict: "rendered";
  readonly files: readonly RenderedFile[];
  readonly ended: EndedJob;
  readonly useless: Readonly<Record<"discard" | "lost", string[]>>;
}

/** A rendition, and where it is to lie. */
export interface RenderedFile {
  readonly key: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** As its ledger is told. */
interface EndedJob {
  readonly job: string;
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly spent: Spent;
  readonly tell: true;
}

/**
 * `busy`: nothing was begun. `ended`: the ledger knows how, unless `isKnown` is false; `renditions` are those that were
 * stored, none where the job failed, was put off or belongs to another consumer, or where they are too large.
 */
export type ExpressEnd =
  | { readonly verdict: "busy" }
  | {
      readonly verdict: "ended";
      readonly isKnown: boolean;
      readonly renditions: readonly ExpressRendition[];
      /** The job as this call ended it; absent where another did, or where the ledger or the consumer is older. */
      readonly job?: Job;
    };

export interface ExpressRendition {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** As HTTP writes it. */
  readonly etag: string;
}

import type { SourceFormat, OutputFormat } from "../image/formats.ts";
import type { Problem } from "../problem.ts";
import type { RenderTransform } from "../transform/transform.ts";

export type JobStatus = "accepted" | "running" | "done" | "failed";

/**
 * The newest version of a spec that is understood here. Raise it when a spec says something that an older
 * consumer must not overlook, and let only such specs have it. 2: `kept`; 3: `overlay`.
 */
export const specVersion = 3;

/** What was asked for: everything a consumer needs apart from the source's bytes. Never changes. */
export interface JobSpec {
  /** Absent: 1. */
  readonly v?: number;
  readonly source: JobSource;
  readonly transforms: readonly RenderTransform[];
  /** From version 3. The picture that is drawn on renditions whose transform has an overlay. */
  readonly overlay?: JobSource;
  /**
   * What the plan predicts and the ledger reserves. `done` is billed by the same function; it differs only
   * for a large form field, of whose bytes the API knows no more than a bound.
   */
  readonly computeUnits: number;
  /** Which prices the units follow from. Absent in jobs from before it was said. */
  readonly unitsVersion?: number;
  /** Who asked for it, for the books. Absent in jobs from before it was said. */
  readonly by?: AskedBy;
  /** From version 2. Absent: source and renditions lie under the job's own keys and go with it. */
  readonly kept?: KeptPictures;
}

export interface AskedBy {
  /** The API key's id. */
  readonly key: string;
  /** Id of the request's trace (W3C Trace Context). */
  readonly trace?: string;
}

/** Where a stored original and its rendition lie in R2. Both outlast the job. */
export interface KeptPictures {
  readonly source: string;
  readonly rendition: string;
}

export interface JobSource {
  readonly bytes: number;
  /** As a person sees it, orientation applied. */
  readonly width: number;
  readonly height: number;
  readonly format: SourceFormat;
}

export interface JobOutput {
  readonly index: number;
  /** For `json`: of the picture that it describes. */
  readonly width: number;
  readonly height: number;
  readonly format: OutputFormat;
  readonly bytes: number;
  /** The source was cut off or damaged: this is what could be read of it. */
  readonly partial?: true;
}

export interface StoredOutput extends JobOutput {
  /** Where its bytes are in R2. Absent in answers of ledgers from before attempts were part of the key. */
  readonly key?: string;
}

/** What one finished job adds to the bill. */
export interface JobUsage {
  readonly computeUnits: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Pixels of the source, the overlay and the renditions together. */
  readonly pixels: number;
  /** Measured, never billed. */
  readonly renderMillis: number;
  /** Version of the engine that rendered it. Absent where the consumer did not say. */
  readonly engineVersion?: number;
}

/** How a consumer ended its work on a job. */
export type Outcome =
  | { readonly kind: "done"; readonly outputs: readonly JobOutput[]; readonly usage: JobUsage }
  /** Will fail again however often it is tried. */
  | { readonly kind: "failed"; readonly problem: Problem }
  /**
   * Not finished: the ledger sends it again, later. Something around the job failed (storage, network), or,
   * where `blame` says so, the render itself in an unexpected way.
   */
  | { readonly kind: "deferred"; readonly cause: string; readonly blame?: "job" };

/** A job's place in its ledger's chain of records. */
export interface Recorded {
  /** The number of its record in the ledger. */
  readonly sequence: number;
  /** The number of the segment that holds it; null: it is in none yet, or it was long ago. */
  readonly segment: number | null;
}

/** A job as its ledger reports it. Times are the ledger's clock, epoch milliseconds. */
export interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** How often a consumer took it. */
  readonly attempts: number;
  readonly source: JobSource;
  readonly outputs: readonly StoredOutput[];
  readonly usage: JobUsage | null;
  readonly error: Problem | null;
  /** Compute units that were reserved for it: no more are billed. Absent where that is not known any more. */
  readonly reserved?: number;
  /** Where the books have it, once it is settled. Absent in answers of older ledgers. */
  readonly recorded?: Recorded;
  /** While it is open: when it fails at the latest. Later than usual after its ledger was restored from a backup. */
  readonly deadline?: number;
  /** The request that sent its picture still holds it; the picture is not stored. So the job is not promised yet. */
  readonly held?: true;
}

/** What a job may add to its tenant's month. */
export const jobCost = ({ computeUnits, transforms }: JobSpec) => ({
  computeUnits,
  outputs: transforms.length,
});

/** Bytes of everything that was uploaded. */
export const bytesInOf = ({ source, overlay }: Pick<JobSpec, "source" | "overlay">): number =>
  source.bytes + (overlay?.bytes ?? 0);

/** A description is not billed as a rendition. */
export const isRendition = ({ format }: JobOutput): boolean => format !== "json";

export const isTerminal = (status: JobStatus): boolean => status === "done" || status === "failed";

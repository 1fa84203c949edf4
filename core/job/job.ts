import type { SourceFormat, OutputFormat } from "../image/formats.ts";
import type { Problem } from "../problem.ts";
import type { RenderTransform } from "../transform/transform.ts";

export type JobStatus = "accepted" | "running" | "done" | "failed";

/** What was asked for: everything a consumer needs beside the source's bytes. Never changes. */
export interface JobSpec {
  readonly source: JobSource;
  readonly transforms: readonly RenderTransform[];
  /**
   * What the plan predicts and the ledger reserves. `done` is billed by the same function; it differs only
   * for a large form field, of whose bytes the door knows no more than a bound.
   */
  readonly computeUnits: number;
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
}

/** What one finished job adds to the bill. */
export interface JobUsage {
  readonly computeUnits: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Source pixels and rendition pixels together. */
  readonly pixels: number;
  /** Measured beside what is billed, never billed itself. */
  readonly renderMillis: number;
}

/** How a consumer ended its work on a job. */
export type Outcome =
  | { readonly kind: "done"; readonly outputs: readonly JobOutput[]; readonly usage: JobUsage }
  /** Will fail again however often it is tried. */
  | { readonly kind: "failed"; readonly problem: Problem }
  /** Something around the job failed (storage, network): the ledger sends it again, later. */
  | { readonly kind: "deferred"; readonly cause: string };

/** A job as its ledger tells it. Times are the ledger's clock, epoch milliseconds. */
export interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** How often a consumer began to render it. */
  readonly attempts: number;
  readonly source: JobSource;
  readonly outputs: readonly JobOutput[];
  readonly usage: JobUsage | null;
  readonly error: Problem | null;
}

/** A description is not billed as a rendition. */
export const isRendition = ({ format }: JobOutput): boolean => format !== "json";

export const isTerminal = (status: JobStatus): boolean => status === "done" || status === "failed";

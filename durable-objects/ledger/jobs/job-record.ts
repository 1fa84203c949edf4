import type { Job, JobSource, JobSpec, JobStatus, StoredOutput } from "../../../core/job/job.ts";
import { outputKeyOf } from "../../../core/job/picture-key.ts";
import type { FinalOutcome, Lane, Progress } from "../../../core/ledger/progress.ts";
import type { ArchivedJob } from "../../../core/ledger/archive.ts";
import { isCount } from "../../../core/ledger/usage.ts";

/** A job's row, parsed. */
export interface JobRecord {
  readonly id: string;
  readonly progress: Progress;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** Its pictures are gone and it is not shown any more, but its usage and its idempotency key stay. */
  readonly deleted: boolean;
  readonly idempotency: string | null;
  readonly fingerprint: string | null;
  readonly spec: StoredSpec;
  readonly outcome: FinalOutcome | null;
  /**
   * The attempt whose renditions are shown; null before there is one, and for renditions from before keys had
   * attempts.
   */
  readonly winner: number | null;
  /** What the request had taken when the ledger was asked; null: not said. */
  readonly takenMillis: number | null;
  /** The number of its event; null: open, or from before this was recorded. */
  readonly seq: number | null;
}

/** Once a job is settled, `transforms` is empty and `outputs` says how many there were. */
export type StoredSpec = JobSpec & { readonly outputs?: number; readonly damaged?: true };

/** As stored; `attempts` are the strikes. */
export type JobRow = {
  id: string;
  status: JobStatus;
  due: number | null;
  deadline: number;
  attempts: number;
  resends: number;
  created_at: number;
  settled_at: number | null;
  deleted: number;
  idempotency: string | null;
  fingerprint: string | null;
  spec: string;
  outcome: string | null;
  claims: number;
  deferrals: number;
  lane: Lane;
  sent_at: number | null;
  winner: number | null;
  sweep_at: number | null;
  taken_millis: number | null;
  seq: number | null;
  held: number;
};

/** Throws when the row makes no sense. */
export function parseRow(row: JobRow): JobRecord {
  return {
    id: row.id,
    progress: { ...progressOf(row), claims: claimsOf(row.claims, row.winner) },
    createdAt: row.created_at,
    settledAt: row.settled_at,
    deleted: row.deleted === 1,
    idempotency: row.idempotency,
    fingerprint: row.fingerprint,
    spec: parseSpec(row.spec),
    outcome: row.outcome === null ? null : parseOutcome(row.outcome),
    winner: row.winner,
    takenMillis: row.taken_millis,
    seq: row.seq,
  };
}

/**
 * Older code that ended a job after a roll-back did not know a claim that was not written. That claim's pictures must
 * be removed too.
 */
const claimsOf = (known: number, winner: number | null): number => Math.max(known, winner ?? 0);

export type ProgressRow = Pick<
  JobRow,
  | "status"
  | "due"
  | "deadline"
  | "attempts"
  | "resends"
  | "claims"
  | "deferrals"
  | "lane"
  | "sent_at"
  | "held"
>;

export function progressOf(row: ProgressRow): Progress {
  return {
    status: row.status,
    due: row.due,
    deadline: row.deadline,
    claims: row.claims,
    strikes: row.attempts,
    deferrals: row.deferrals,
    resends: row.resends,
    lane: row.lane,
    sentAt: row.sent_at,
    held: row.held === 1,
  };
}

function parseSpec(text: string): StoredSpec {
  const spec = JSON.parse(text) as Partial<StoredSpec> | null;
  const { source, transforms, computeUnits } = spec ?? {};
  const { bytes, width, height, format } = (source ?? {}) as Partial<JobSource>;
  const measured = [bytes, width, height, computeUnits].every(isCount);
  if (measured && Array.isArray(transforms) && typeof format === "string") {
    return spec as StoredSpec;
  }
  throw new Error("a spec lacks what it must hold");
}

function parseOutcome(text: string): FinalOutcome {
  const outcome = JSON.parse(text) as FinalOutcome;
  if (outcome.kind === "failed" && typeof outcome.problem.code === "string") return outcome;
  if (outcome.kind === "done" && Array.isArray(outcome.outputs) && outcome.usage) return outcome;
  throw new Error("an outcome is none");
}

/** What stands for a spec that cannot be read. */
export const damagedSpec: StoredSpec = {
  source: { bytes: 0, width: 0, height: 0, format: "png" },
  transforms: [],
  computeUnits: 0,
  damaged: true,
};

/** What is still needed of a spec when its job is settled: the transforms are not, and they are most of it. */
export function settledSpec(spec: StoredSpec): StoredSpec {
  const { v, source, computeUnits, unitsVersion, kept } = spec;
  return {
    ...(v !== undefined && { v }),
    source,
    transforms: [],
    computeUnits,
    ...(unitsVersion !== undefined && { unitsVersion }),
    outputs: outputsAsked(spec),
    ...(kept && { kept }),
  };
}

/** How many renditions each attempt can have written. */
export function outputsAsked({ outputs, transforms }: StoredSpec): number {
  return outputs ?? transforms.length;
}

/** The job as its tenant sees it. `segmentOf`: which one an event is in, null for none yet. */
export function toJob(
  record: JobRecord,
  tenant: string,
  segmentOf: (seq: number) => number | null,
): Job {
  const { id, progress, createdAt, settledAt, spec, outcome, seq } = record;
  return {
    id,
    status: progress.status,
    createdAt,
    settledAt,
    attempts: Math.max(progress.claims, progress.strikes),
    source: spec.source,
    outputs: outcome?.kind === "done" ? storedOutputs(record, tenant, outcome) : [],
    usage: outcome?.kind === "done" ? outcome.usage : null,
    error: outcome?.kind === "failed" ? outcome.problem : null,
    ...(settledAt === null && { deadline: progress.deadline }),
    ...(progress.held && settledAt === null && { held: true }),
    ...(spec.computeUnits > 0 && { reserved: spec.computeUnits }),
    ...(seq !== null &&
      settledAt !== null && { recorded: { sequence: seq, segment: segmentOf(seq) } }),
  };
}

function storedOutputs(
  { id, winner, spec }: JobRecord,
  tenant: string,
  { outputs }: FinalOutcome & { kind: "done" },
): StoredOutput[] {
  return outputs.map((output) => ({
    ...output,
    key: outputKeyOf(tenant, id, spec, winner, output.index),
  }));
}

/** What leaves with a settled job. */
export function archivedOf(record: JobRecord): ArchivedJob {
  const { id, createdAt, settledAt, progress, winner, spec, outcome, seq } = record;
  if (settledAt === null || outcome === null) throw new Error(`${id} is not settled`);
  const { source } = spec;
  const attempts = Math.max(progress.claims, progress.strikes);
  const outputs = outputsAsked(spec);
  const { kept } = spec;
  const job = { id, createdAt, settledAt, attempts, winner, outputs, source, outcome };
  return {
    ...job,
    reserved: spec.computeUnits,
    ...(kept && { kept }),
    ...(seq !== null && { seq }),
  };
}

/** The record that an archived job was. */
export function recordOf(job: ArchivedJob): JobRecord {
  const { id, createdAt, settledAt, attempts, winner, outputs, source, outcome, kept } = job;
  return {
    id,
    createdAt,
    settledAt,
    winner,
    outcome,
    deleted: false,
    takenMillis: null,
    seq: job.seq ?? null,
    idempotency: null,
    fingerprint: null,
    spec: {
      source,
      transforms: [],
      computeUnits: job.reserved ?? 0,
      outputs,
      ...(kept && { kept }),
    },
    progress: {
      status: outcome.kind,
      due: null,
      deadline: 0,
      claims: claimsOf(attempts, winner),
      strikes: 0,
      deferrals: 0,
      resends: 0,
      lane: "batch",
      sentAt: null,
      held: false,
    },
  };
}

import { problemTable, type ProblemCode } from "../problem.ts";
import { Sketch, type SketchCounts } from "./sketch.ts";

/**
 * The stages of a job, as they are timed:
 * - accept: from its request until its ledger is asked; the picture is read and stored by then;
 * - wait: from there until a consumer begins to render, with the source loaded;
 * - render: the pixels; store: the renditions put;
 * - settle: from then until the ledger has written the end down;
 * - total: from the request until the end; small: the same of pictures below `smallSourceBytes`.
 */
export const stages = ["accept", "wait", "render", "store", "settle", "total", "small"] as const;
export type Stage = (typeof stages)[number];

/** Counts by the problem's code; a code that is not known here is `other`. */
export type Reasons = Readonly<Record<string, number>>;

/** What was measured, as it is stored and sent. Every part may be missing: versions differ during a rollout. */
export interface MeasuredCounts {
  readonly stages?: Readonly<Partial<Record<Stage, SketchCounts>>>;
  readonly failed?: Reasons;
  readonly refused?: Reasons;
}

/** Times by stage, failures and refusals by reason: of an hour, a ledger, a tenant, a region. They merge by adding counts. */
export class Measured {
  readonly #stages = new Map<Stage, Sketch>();
  readonly #failed = new Map<string, number>();
  readonly #refused = new Map<string, number>();

  static of(counts: MeasuredCounts): Measured {
    const measured = new Measured();
    measured.add(counts);
    return measured;
  }

  took(stage: Stage, millis: number): void {
    this.stage(stage).add(millis);
  }

  failed(code: string): void {
    count(this.#failed, code, 1);
  }

  refused(code: string, times = 1): void {
    count(this.#refused, code, times);
  }

  add({ stages: sketches = {}, failed = {}, refused = {} }: MeasuredCounts): void {
    for (const stage of stages) {
      const counts = sketches[stage];
      if (counts) this.stage(stage).merge(Sketch.of(counts));
    }
    for (const [code, times] of Object.entries(failed)) count(this.#failed, code, times);
    for (const [code, times] of Object.entries(refused)) count(this.#refused, code, times);
  }

  /** Empty where nothing was measured. */
  stage(stage: Stage): Sketch {
    const known = this.#stages.get(stage);
    if (known) return known;
    const fresh = new Sketch();
    this.#stages.set(stage, fresh);
    return fresh;
  }

  toJSON(): MeasuredCounts {
    const timed = [...this.#stages].filter(([, { count: times }]) => times > 0);
    return {
      stages: Object.fromEntries(timed.map(([stage, sketch]) => [stage, sketch.toJSON()])),
      failed: Object.fromEntries(this.#failed),
      refused: Object.fromEntries(this.#refused),
    };
  }
}

/**
 * The share of what was asked for that was done, leaving aside what the asker caused: a damaged picture, a limit of
 * its own. Null: nothing was asked for.
 */
export function yieldOf(
  done: number,
  { failed = {}, refused = {} }: MeasuredCounts,
): number | null {
  const faults = [failed, refused]
    .flatMap((reasons) => Object.entries(reasons))
    .reduce((sum, [code, times]) => sum + (isFaultOfService(code) ? times : 0), 0);
  return done + faults === 0 ? null : done / (done + faults);
}

export const isFaultOfService = (code: string): boolean => faultsOfService.has(code);

export const faultsOfService: ReadonlySet<string> = new Set<ProblemCode>([
  "attempts-exhausted",
  "deadline-exceeded",
  "internal",
  "misconfigured",
  "overloaded",
  "unavailable",
]);

function count(reasons: Map<string, number>, code: string, times: number): void {
  if (!Number.isSafeInteger(times) || times <= 0) return;
  const reason = Object.hasOwn(problemTable, code) ? code : "other";
  const sum = (reasons.get(reason) ?? 0) + times;
  reasons.set(reason, Math.min(sum, Number.MAX_SAFE_INTEGER));
}

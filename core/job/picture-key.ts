import type { JobSpec } from "./job.ts";

/**
 * Where a job's pictures lie in R2. The tenant comes first, so that one tenant's pictures are one
 * prefix, and no key of another tenant can be formed from a job id.
 */
export function sourceKey(tenant: string, job: string): string {
  return `pictures/${tenant}/${job}/source`;
}

/** The picture that is drawn on the renditions; most jobs have none. */
export function overlayKey(tenant: string, job: string): string {
  return `pictures/${tenant}/${job}/overlay`;
}

/**
 * Every consumer that takes a job writes under its own `attempt`, so that a late one can never overwrite
 * what another has settled. Null: written before attempts were part of the key.
 */
export function outputKey(
  tenant: string,
  job: string,
  attempt: number | null,
  index: number,
): string {
  return attempt === null
    ? `pictures/${tenant}/${job}/${index}`
    : `pictures/${tenant}/${job}/${attempt}/${index}`;
}

/** Where a job's source lies: its own upload, or an original that the tenant has stored. */
export const sourceKeyOf = (tenant: string, job: string, { kept }: Pick<JobSpec, "kept">): string =>
  kept?.source ?? sourceKey(tenant, job);

/** Where a rendition of a job lies. Of a stored original it is the same for every attempt and job. */
export const outputKeyOf = (
  tenant: string,
  job: string,
  { kept }: Pick<JobSpec, "kept">,
  attempt: number | null,
  index: number,
): string => kept?.rendition ?? outputKey(tenant, job, attempt, index);

/** What a job with this number of attempts and outputs can have left behind. */
interface Traces {
  readonly attempts: number;
  readonly outputs: number;
}

/** Every picture of the job. */
export function pictureKeys(tenant: string, job: string, traces: Traces): string[] {
  const uploaded = [sourceKey(tenant, job), overlayKey(tenant, job)];
  return [...uploaded, ...attemptsOf(traces).flatMap(renditionsIn(tenant, job, traces))];
}

/** The renditions of every attempt but the one that was settled. */
export function loserKeys(
  tenant: string,
  job: string,
  traces: Traces & { readonly winner: number | null },
): string[] {
  const losers = attemptsOf(traces).filter((attempt) => attempt !== traces.winner);
  return losers.flatMap(renditionsIn(tenant, job, traces));
}

/** The renditions that one attempt can have written. */
export function attemptKeys(
  tenant: string,
  job: string,
  attempt: number | null,
  outputs: number,
): string[] {
  return Array.from({ length: outputs }, (_, index) => outputKey(tenant, job, attempt, index));
}

/** A job as one consumer has claimed it. */
interface Attempt {
  readonly tenant: string;
  readonly id: string;
  readonly spec: Pick<JobSpec, "kept" | "overlay" | "transforms">;
  readonly attempt: number | null;
}

/** What has to go when a job turns out to be deleted (`discard`), or that another attempt was settled (`lost`). */
export function uselessKeys(
  { tenant, id, spec: { kept, overlay, transforms }, attempt }: Attempt,
  isDone: boolean,
  verdict: "discard" | "lost",
): string[] {
  // A kept rendition has the same bytes from any job, so it stays. It goes if its job was deleted: it was not billed.
  if (kept) return verdict === "discard" && isDone ? [kept.rendition] : [];
  const renditions = attemptKeys(tenant, id, attempt, transforms.length);
  const overlays = overlay ? [overlayKey(tenant, id)] : [];
  return verdict === "lost" ? renditions : [sourceKey(tenant, id), ...overlays, ...renditions];
}

const renditionsIn =
  (tenant: string, job: string, { outputs }: Traces) =>
  (attempt: number | null): string[] =>
    attemptKeys(tenant, job, attempt, outputs);

function attemptsOf({ attempts }: Traces): (number | null)[] {
  return [null, ...Array.from({ length: attempts }, (_, index) => index + 1)];
}

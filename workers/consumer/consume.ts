import { bytesInOf, type Outcome } from "../../core/job/job.ts";
import { limits } from "../../core/limits.ts";
import type { Result } from "../../core/result.ts";
import type { Rendered } from "../../engine/engine.ts";
import type { Spent } from "../../core/metrics/stage-times.ts";
import { claimJobs, type ClaimedJob } from "./claim.ts";
import { beginAt } from "./begin.ts";
import { loadSource } from "./load-source.ts";
import type { ConsumerPorts, Delivery, Lane } from "./ports.ts";
import { renderJob } from "./render-job.ts";
import { Settlements } from "./settle.ts";
import { StopWatch } from "./stop-watch.ts";
import { storeRenditions, Unstored } from "./store-renditions.ts";

/**
 * One batch from the queue: claim → load → begin → render → store → settle → ack.
 *
 * One picture is in memory at a time, with the next one's source and the renditions of those before, as far as they are
 * not stored yet. A message is acknowledged only when its ledger has answered; until then the queue, and behind it the ledger's alarm, brings it
 * back. Whatever fails inside a job ends in that job's outcome, never in the batch.
 */
export async function consume(
  messages: readonly Delivery[],
  ports: ConsumerPorts,
  lane: Lane,
): Promise<void> {
  await finish(await claimJobs(messages, ports, lane), ports, lane);
}

/** The same for jobs that are claimed. */
export async function finish(
  claimed: readonly ClaimedJob[],
  ports: ConsumerPorts,
  lane: Lane,
): Promise<void> {
  const settlements = new Settlements(ports);
  const unstored = new Unstored();

  for await (const { job, source } of loadAhead(claimed, ports)) {
    await unstored.makeRoom(job);
    const ended = await renderLoaded(job, source, ports, lane);
    if (!ended) {
      job.message.ack();
      continue;
    }
    unstored.add(storeRendered(ports, job, ended, settlements), bytesOf(ended.rendered));
    // In a slow batch what is held back would outlive its lease, and be rendered by another consumer.
    const slow = ports.now() - job.claimedAt >= limits.leaseFreshMillis;
    if (!job.awaited && !slow) continue;
    await unstored.stored();
    settlements.send();
  }
  await unstored.stored();
  settlements.send();
  await settlements.finished();
}

const bytesOf = (rendered: Result<Rendered, Outcome>): number =>
  rendered.ok ? rendered.value.renditions.reduce((sum, { bytes }) => sum + bytes.length, 0) : 0;

/** A job's render, as far as its source was loaded. Null: the job is another consumer's by now. */
export async function renderLoaded(
  job: ClaimedJob,
  source: Awaited<ReturnType<typeof loadSource>>,
  ports: ConsumerPorts,
  lane: Lane,
) {
  const since = source.ok ? await beginAt(job, ports, lane) : job.claimedAt;
  if (since === null) return null;
  const watch = new StopWatch(ports, since);
  const rendered = source.ok ? await renderJob(ports, job, source.value) : source;
  await watch.rendered();
  return { rendered, watch };
}

/** Stores what was rendered; how the job ends is to be sent to its ledger. */
export async function storeRendered(
  ports: ConsumerPorts,
  job: ClaimedJob,
  { rendered, watch }: NonNullable<Awaited<ReturnType<typeof renderLoaded>>>,
  settlements: Settlements,
): Promise<void> {
  const outcome = await storeRenditions(ports, job, rendered);
  const spent = watch.stored();
  tell(ports, job, outcome, spent);
  settlements.add(job, outcome, spent);
}

/** The log line. For a job that goes back to its caller nothing has been stored yet. */
export function tell(
  { log }: Pick<ConsumerPorts, "log">,
  { id: job, spec: { by } }: ClaimedJob,
  outcome: Outcome,
  millis: Spent,
): void {
  log.info({ event: "rendered", job, trace: by?.trace, outcome: outcome.kind, millis });
}

/**
 * Each job with its source, whose download starts while the job before renders: one ahead and no more,
 * and only where both fit in what the engine leaves of the memory.
 */
async function* loadAhead(jobs: readonly ClaimedJob[], ports: ConsumerPorts) {
  let ahead: ReturnType<typeof loadSource> | null = null;
  for (const [index, job] of jobs.entries()) {
    const source = await (ahead ?? loadSource(ports, job));
    const next = jobs[index + 1];
    ahead = next && fitTogether(job, next) ? loadSource(ports, next) : null;
    yield { job, source };
  }
}

const fitTogether = (job: ClaimedJob, next: ClaimedJob): boolean =>
  bytesInOf(job.spec) + bytesInOf(next.spec) <= limits.twoSourcesBytesMax;

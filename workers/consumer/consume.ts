import { limits } from "../../core/limits.ts";
import type { Engine } from "../../engine/engine.ts";
import { claimJobs, type ClaimedJob } from "./claim.ts";
import type { ConsumerEnv } from "./env.ts";
import { loadSource } from "./load-source.ts";
import { renderJob } from "./render-job.ts";
import { Settlements } from "./settle.ts";
import { storeRenditions } from "./store-renditions.ts";

/**
 * One batch from the queue: claim → load → render → store → settle → ack.
 *
 * One picture is in memory at a time, and beside it the next one's source. A message is acknowledged
 * only when its ledger has answered; until then the queue, and behind it the ledger's alarm, brings it
 * back. Whatever fails inside a job ends in that job's outcome, never in the batch.
 */
export async function consume(
  batch: MessageBatch,
  env: ConsumerEnv,
  engine: Engine,
  lane: { readonly alone: boolean },
): Promise<void> {
  const claimed = await claimJobs(batch.messages, env, lane);
  const settlements = new Settlements(env);

  for await (const { job, source } of loadAhead(claimed, env)) {
    const rendered = source.ok ? await renderJob(engine, job, source.value) : source;
    const outcome = await storeRenditions(env, job, rendered);
    settlements.add(job, outcome);
    if (job.awaited) settlements.send();
  }
  settlements.send();
  await settlements.finished();
}

/**
 * Each job with its source, whose download starts while the job before renders: one ahead and no more,
 * and only where both fit beside the engine's memory.
 */
async function* loadAhead(jobs: readonly ClaimedJob[], env: ConsumerEnv) {
  let ahead: ReturnType<typeof loadSource> | null = null;
  for (const [index, job] of jobs.entries()) {
    const source = await (ahead ?? loadSource(env, job));
    const next = jobs[index + 1];
    ahead = next && fitTogether(job, next) ? loadSource(env, next) : null;
    yield { job, source };
  }
}

const fitTogether = (job: ClaimedJob, next: ClaimedJob): boolean =>
  job.spec.source.bytes + next.spec.source.bytes <= limits.twoSourcesBytesMax;

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

  let upcoming = load(claimed[0], env);
  for (const [index, job] of claimed.entries()) {
    const source = await upcoming;
    upcoming = load(claimed[index + 1], env);
    const rendered = source.ok ? await renderJob(engine, job, source.value) : source;
    const outcome = await storeRenditions(env, job, rendered);
    settlements.add(job, outcome);
    if (job.awaited) settlements.send();
  }
  settlements.send();
  await settlements.finished();
}

/** Starts the next job's download while this one renders: one ahead and no more. */
function load(job: ClaimedJob | undefined, env: ConsumerEnv) {
  return job ? loadSource(env, job) : Promise.reject(new Error("no job to load"));
}

import type { Job } from "../../core/job/job.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import type { Process } from "../time/process.ts";
import type { Tenant } from "../world/client.ts";
import { renditionText } from "../world/fake-engine.ts";
import type { Answer } from "../world/front-door.ts";
import type { World } from "../world/world.ts";
import type { KnownJob } from "./record.ts";

/** Failures for which only the service is to blame. */
const infrastructure = new Set([
  "attempts-exhausted",
  "deadline-exceeded",
  "unavailable",
  "internal",
  // Who was answered with this job was promised more.
  "interrupted",
]);
/** Clocks may be ten minutes off on either side, and a ledger may be away for ten minutes. */
const deadlineSlackMillis = 35 * 60_000;
/** Between two of them. */
const clocksMillis = 20 * 60_000;
const rendersMax = 12;

/** Each ledger's jobs, by id. */
export type ListedJobs = ReadonlyMap<string, ReadonlyMap<string, Job>>;

/** Asks for every job as its client would. */
export async function checkJobs(
  world: World,
  tenants: readonly Tenant[],
  process: Process,
): Promise<ListedJobs> {
  const listed = new Map<string, ReadonlyMap<string, Job>>();
  for (const { id } of tenants) {
    const lists = await Promise.all(world.ledgersOf(id).map((name) => listJobs(world, name)));
    listed.set(id, new Map(lists.flatMap((jobs) => [...jobs])));
  }
  const byId = new Map(tenants.map((tenant) => [tenant.id, tenant]));
  for (const known of world.record.jobs.values()) {
    const tenant = byId.get(known.tenant);
    if (tenant && !world.record.left.has(tenant.id) && !world.record.damaged.has(known.id))
      await checkJob(world, tenant, known, process);
  }
  checkLeft(world, listed);
  // Also those whose clients never got an answer.
  for (const job of [...listed.values()].flatMap((jobs) => [...jobs.values()])) {
    if (job.settledAt === null) world.record.violate("accepted-ends", `${job.id} is ${job.status}`);
  }
  // A ledger that is restored has forgotten how often a picture has ended a consumer.
  const lives = world.record.restored.size > 0 ? 2 : 1;
  for (const [picture, renders] of world.record.renders) {
    if (renders > lives * rendersMax * (world.record.jobsMax.get(picture) ?? 1)) {
      world.record.violate(
        "renders-are-bounded",
        `picture ${picture} was rendered ${renders} times`,
      );
    }
  }
  return listed;
}

/** Nothing is left to show of a deleted tenant. */
function checkLeft({ record }: World, listed: ListedJobs): void {
  for (const [tenant, { isCertain }] of record.left) {
    const jobs = listed.get(tenant)?.size ?? 0;
    // What the Directory told it a restored ledger asks for, if it notices.
    const isForgotten = record.restored.get(tenant)?.isNoticeable === false;
    if (isCertain && !isForgotten && jobs > 0) {
      record.violate("deleted-means-gone", `${tenant} was deleted and has ${jobs} jobs`);
    }
  }
}

async function listJobs(world: World, name: string): Promise<Map<string, Job>> {
  const ledger = world.ledgers.getByName(name);
  const jobs = new Map<string, Job>();
  let cursor: string | null = null;
  for (;;) {
    const page: readonly Job[] = await ledger.list(cursor, 100);
    for (const job of page) jobs.set(job.id, job);
    const last = page.at(-1);
    if (!last || page.length < 100) return jobs;
    cursor = last.id;
  }
}

async function checkJob(world: World, tenant: Tenant, known: KnownJob, process: Process) {
  const { record } = world;
  const answer = await ask(world, tenant, process, known.id, "getJob");
  if (answer.status === 404) {
    if (!known.deleteAsked && !record.mayBeForgotten(known))
      record.violate("accepted-is-kept", `${known.id} is not found`);
    return;
  }
  if (answer.status !== 200) {
    record.violate("answers-when-all-is-well", `${known.id}: ${answer.status}`);
    return;
  }
  if (record.isGoneForGood(known)) {
    record.violate("deleted-means-gone", `${known.id} is still shown`);
  }
  if (known.deleteAsked && record.mayBeForgotten(known)) return;
  const job = JSON.parse(String(answer.body)) as JobDocument;
  if (job.status !== "done" && job.status !== "failed") {
    record.violate("accepted-ends", `${known.id} is ${job.status}`);
    return;
  }
  const settledAt = Date.parse(job.settledAt ?? "");
  const begunAt = Math.max(known.acceptedAt, record.restored.get(known.tenant)?.restoredAt ?? 0);
  if (settledAt > begunAt + 60 * 60_000 + deadlineSlackMillis) {
    record.violate("ends-by-its-deadline", `${known.id} ended at ${job.settledAt}`);
  }
  const lasted = settledAt - Date.parse(job.createdAt);
  if (tenant.modest && lasted > world.profile.bounds.quietJobMillis) {
    record.violate("quiet-tenants-are-served", `${known.id} took ${lasted} ms`);
  }
  if (job.status === "failed") checkFailure(world, known, job);
  else await checkRenditions(world, tenant, known, job, process);
}

function checkFailure(world: World, known: KnownJob, job: JobDocument): void {
  const code = job.error?.code ?? "";
  if (!infrastructure.has(code) || world.poison.has(known.picture)) return;
  const settledAt = Date.parse(job.settledAt ?? "");
  const lasted = settledAt - Date.parse(job.createdAt);
  const restored = world.record.restored.get(known.tenant);
  // Whether it failed before is in the books.
  if (restored && code === "internal") return;
  const isFair = !restored || settledAt - restored.restoredAt >= 60 * 60_000 - clocksMillis;
  if (lasted >= 60 * 60_000 && code === "deadline-exceeded" && isFair) return;
  world.record.violate(
    "no-failure-by-infrastructure",
    `${known.id} failed after ${Math.round(lasted / 1000)} s: ${code}`,
  );
}

/** What is served is what was settled: this job's picture, in order, of the length on the bill. */
async function checkRenditions(
  world: World,
  tenant: Tenant,
  known: KnownJob,
  job: JobDocument,
  process: Process,
): Promise<void> {
  const { record } = world;
  const violate = (detail: string) =>
    record.violate("done-bytes-are-the-settled-ones", `${known.id}: ${detail}`);
  if (job.outputs.length !== known.outputs) violate(`${job.outputs.length} outputs`);
  for (const { index, bytes } of job.outputs) {
    const answer = await ask(world, tenant, process, known.id, "getOutput", String(index));
    if (answer.status !== 200) {
      violate(`output ${index} answers ${answer.status}`);
      continue;
    }
    const text = new TextDecoder().decode(answer.body as Uint8Array);
    const version = Number(/^engine (\d+)/.exec(text)?.[1]);
    if (text !== renditionText(version, known.picture, index))
      violate(`output ${index} is "${text}"`);
    if (text.length !== bytes) violate(`output ${index} has ${text.length} bytes of ${bytes}`);
  }
}

async function ask(
  world: World,
  { authorization }: Tenant,
  process: Process,
  id: string,
  route: "getJob" | "getOutput",
  index = "",
): Promise<Answer> {
  const answer = await world.frontDoor.ask(process, {
    route,
    authorization,
    params: { id, index },
  });
  if (!answer) throw new Error(`no answer about ${id} though nothing is wrong`);
  return answer;
}

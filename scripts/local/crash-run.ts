import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { type LocalService, root, startService, temporaryStateDir } from "./local-service.ts";
import { distinctJpeg } from "../scene/distinct-jpeg.ts";
import { sceneJpeg } from "../scene/scene-jpeg.ts";
import { localOwner } from "./owner.ts";
import { type AdminClient, ServiceRefusal, TenantClient } from "./service-client.ts";
import { stage } from "../terminal.ts";

export interface CrashReport {
  /** Pictures that were answered with 200 or 202, before the kill or after the repeat. */
  readonly accepted: number;
  /** Accepted jobs that were not settled when the service came back. */
  readonly open: number;
  readonly done: number;
  readonly failed: number;
  /** Jobs that ended with their request and were never promised; the repeat made another. */
  readonly interrupted: number;
  /** Accepted jobs that cannot be seen or did not end. */
  readonly missing: number;
  /** Jobs that one Idempotency-Key made twice. */
  readonly duplicates: number;
  /** Done jobs that the usage counts, or the statement if that counts more. */
  readonly billed: number;
  readonly doubleBilled: number;
  /** Done jobs of which a rendition cannot be fetched. */
  readonly undelivered: number;
  /** How often the open jobs were rendered after the restart. */
  readonly renders: number;
  /** From the restart until every job was settled. */
  readonly recoveredMs: number;
}

export interface CrashOptions {
  readonly jobs: number;
  readonly killAfter: number;
  /** The checkouts whose Workers run before the kill and after it; this one by default. */
  readonly before?: string;
  readonly after?: string;
}

/**
 * Sends `jobs` pictures from eight clients, a third each through the queue, over the express lane and as stored
 * originals that are then delivered. Kills every process of the service when `killAfter` of them are accepted,
 * starts it again on the same state, repeats what had no answer, and counts.
 */
export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const { jobs, killAfter, before = root, after = root } = options;
  const stateDir = temporaryStateDir();
  const start = (checkout: string) =>
    startService({ stateDir, checkout, bare: { processes: "apart" } });
  const first = await stage("Starting the service", () => start(before));
  const admin = await localOwner(stateDir, first.url);
  const key = await admin.createKey(
    await admin.createTenant({ name: "Kill test", limits: { jobsInFlight: 10_000, burst: 1000 } }),
    "kill-test",
  );
  const pictures = makePictures(jobs);

  const ids: Answered = new Map();
  await stage(`kill -9 after ${killAfter} accepted jobs`, async (detail) => {
    await sendUntilKilled(first, new TenantClient(first.url, key), pictures, ids, killAfter);
    detail(`${ids.size} accepted`);
  });

  const restartedAt = Date.now();
  const second = await stage("Starting again on the same state", () => start(after));
  const tenant = new TenantClient(second.url, key);
  const open = (await tenant.jobs()).filter(({ settledAt }) => settledAt === null);
  await stage(`Repeating ${jobs - ids.size} requests that had no answer`, () =>
    send(tenant, pictures, ids, () => undefined, true),
  );
  const settled = await stage("Waiting until every job is settled", (detail) =>
    untilSettled(tenant, detail),
  );
  const recoveredMs = Date.now() - restartedAt;

  const billed = await stage("Comparing with the bill", async () =>
    billedJobs(tenant, await localOwner(stateDir, second.url)),
  );
  const undelivered = await stage("Fetching every rendition", () =>
    missingOutputs(tenant, settled),
  );
  await second.stop();
  return { ...compare(ids, settled, open, billed), undelivered, recoveredMs };
}

/** The job of each picture; null where only its rendition was asked for. */
type Answered = Map<number, string | null>;

const clients = 8;
/** Slower to render than to accept, so that work is open whenever the kill comes. */
const outputs = ["width=640,format=jpeg", "width=320,format=jpeg"];
const settleMillisMax = 10 * 60_000;

function makePictures(count: number): Uint8Array<ArrayBuffer>[] {
  const scene = sceneJpeg({ width: 800, height: 600, seed: 7, quality: 80 });
  return Array.from({ length: count }, (_, number) => distinctJpeg(scene, number));
}

/** The kill comes in the middle of requests; those that it cuts off fail, which is the point. */
async function sendUntilKilled(
  service: LocalService,
  tenant: TenantClient,
  pictures: readonly Uint8Array<ArrayBuffer>[],
  ids: Answered,
  killAfter: number,
): Promise<void> {
  const kills: Promise<void>[] = [];
  try {
    await send(tenant, pictures, ids, () => {
      if (ids.size >= killAfter && kills.length === 0) kills.push(service.kill9());
      return kills.length > 0;
    });
  } catch (error) {
    if (kills.length === 0) throw error;
  }
  await Promise.all(kills);
}

/** Sends every picture that has no answer yet, each with the same Idempotency-Key whenever it is sent. */
async function send(
  tenant: TenantClient,
  pictures: readonly Uint8Array<ArrayBuffer>[],
  ids: Answered,
  afterEach: () => boolean | undefined,
  patient = false,
): Promise<void> {
  const waiting = pictures.entries();
  const client = async () => {
    for (const [number, picture] of waiting) {
      if (ids.has(number)) continue;
      const ask = () => (lanes[number % lanes.length] ?? queued)(tenant, picture, number);
      ids.set(number, await (patient ? untilAnswered(ask) : ask()));
      if (afterEach()) return;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: clients }, client));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
}

type Ask = (
  tenant: TenantClient,
  picture: Uint8Array<ArrayBuffer>,
  number: number,
) => Promise<string | null>;

const queued: Ask = async (tenant, picture, number) =>
  (await tenant.submit(picture, outputs, { idempotencyKey: `picture-${number}` })).id;

const express: Ask = async (tenant, picture, number) => {
  const idempotencyKey = `picture-${number}`;
  return (await tenant.submit(picture, outputs, { idempotencyKey, waitSeconds: 25 })).id;
};

/** A stored original, and the first request for a rendition of it: its name is the key. */
const delivered: Ask = async (tenant, picture) => {
  const { id, url } = await tenant.storeImage(picture);
  const [site] = url.split("/image/");
  const response = await fetch(`${site}/image/width=320,format=jpeg/${id}`);
  await response.bytes();
  if (!response.ok) throw new ServiceRefusal(response.status, "");
  return null;
};

const lanes = [queued, express, delivered];

/** As the documentation says: 503 is asked again. */
async function untilAnswered<Value>(ask: () => Promise<Value>): Promise<Value> {
  const giveUpAt = Date.now() + settleMillisMax;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof ServiceRefusal && error.status === 503;
      if (!isPassing || Date.now() > giveUpAt) throw error;
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
}

async function missingOutputs(tenant: TenantClient, jobs: readonly JobDocument[]): Promise<number> {
  let missing = 0;
  for (const { id, outputs: made } of jobs) {
    const fetched = made.map(({ index, bytes }) =>
      tenant.output(id, index).then(
        (rendition) => rendition.length === bytes,
        () => false,
      ),
    );
    if ((await Promise.all(fetched)).includes(false)) missing += 1;
  }
  return missing;
}

async function untilSettled(
  tenant: TenantClient,
  detail: (text: string) => void,
): Promise<JobDocument[]> {
  const giveUpAt = Date.now() + settleMillisMax;
  for (;;) {
    const jobs = await tenant.jobs();
    const open = jobs.filter(({ settledAt }) => settledAt === null).length;
    detail(`${jobs.length - open} of ${jobs.length}`);
    if (open === 0 || Date.now() > giveUpAt) return jobs;
    await new Promise((wake) => setTimeout(wake, 500));
  }
}

/** The larger of what the usage counts and what the statement would charge. */
async function billedJobs(tenant: TenantClient, admin: AdminClient): Promise<number> {
  const { total } = await tenant.usage();
  await admin.rollUp();
  const statement = await tenant.statement(new Date().toISOString().slice(0, 7));
  return Math.max(total.jobsDone, (statement.preview ?? statement).usage.jobsDone);
}

function compare(
  ids: Answered,
  settled: readonly JobDocument[],
  open: readonly JobDocument[],
  billed: number,
): Omit<CrashReport, "undelivered" | "recoveredMs"> {
  const byId = new Map(settled.map((job) => [job.id, job]));
  const accepted = new Set([...ids.values()].filter((id) => id !== null));
  const renditions = ids.size - accepted.size;
  const done = settled.filter(({ status }) => status === "done").length;
  const isInterrupted = ({ error }: JobDocument) => error?.code === "interrupted";
  const interrupted = settled.filter(isInterrupted).length;
  const attemptsBefore = new Map(open.map(({ id, attempts }) => [id, attempts]));
  return {
    accepted: ids.size,
    open: open.length,
    done,
    failed: settled.filter(({ status }) => status === "failed").length - interrupted,
    interrupted,
    missing: [...accepted].filter((id) => byId.get(id)?.settledAt == null).length,
    duplicates: settled.length - interrupted - accepted.size - renditions,
    billed,
    doubleBilled: Math.max(0, billed - done),
    renders: [...attemptsBefore].reduce(
      (sum, [id, before]) => sum + (byId.get(id)?.attempts ?? 0) - before,
      0,
    ),
  };
}

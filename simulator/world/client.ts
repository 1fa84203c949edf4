import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import type { KnownJob, Record } from "../checks/record.ts";
import type { Process } from "../time/process.ts";
import type { Random } from "../time/random.ts";
import type { Timeline } from "../time/timeline.ts";
import type { Answer, FrontDoor } from "./front-door.ts";
import { makePicture } from "./picture.ts";

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly authorization: string;
  readonly keyId: string;
  readonly jobsPerMonth: number | null;
  /** Asks for less than it may: so a refusal by rate or overload is caused by others. */
  readonly modest: boolean;
  /** Longest side of its pictures. */
  readonly sideMax: number;
}

export interface ClientWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly record: Record;
  readonly frontDoor: FrontDoor;
  readonly deleteShare: number;
  /** Whether a modest tenant is never told that the service is busy. */
  readonly expectsQuick: boolean;
  readonly nextPicture: () => number;
}

const triesMax = 6;
const accepts = ["image/webp,image/*", "image/avif,image/webp", "*/*", "application/json"];

/** One customer's program, which sends a picture, tries again as the documentation says, and may delete it. */
export async function sendJob(world: ClientWorld, process: Process, tenant: Tenant): Promise<void> {
  const { random, record } = world;
  const picture = world.nextPicture();
  const outputs = random.pick([1, 1, 1, 2, 4]);
  const body = makePicture(picture, ...sidesOf(random, tenant));
  const key = random.chance(0.7) ? `key-${picture}` : null;
  const query = Array.from({ length: outputs }, (_, index) => `output=w%3D${20 + index}`).join("&");
  const wait = random.chance(0.2);
  for (let tries = 1; tries <= triesMax; tries++) {
    record.jobsMax.set(picture, key === null ? tries : 1);
    const answer = await world.frontDoor.ask(process, {
      route: "createJob",
      authorization: tenant.authorization,
      query: outputs === 1 ? "w=20" : query,
      body,
      headers: {
        // A program that tries again may well send other defaults the second time.
        Accept: random.pick(accepts),
        ...(key !== null && { "Idempotency-Key": key }),
        ...(wait && { Prefer: "wait=10" }),
      },
    });
    record.note("create", `${tenant.name} picture ${picture} → ${answer?.status ?? "no answer"}`);
    // A picture that was waited for and failed is answered with its job's own problem.
    const isJob = answer?.headers.has("Location") === true;
    if (answer && (isJob || answer.status === 200 || answer.status === 202)) {
      const id = jobIdOf(answer);
      if (id !== null) await follow(world, process, tenant, { id, picture, outputs });
      return;
    }
    if (!answer && key === null) return;
    if (!(await worthTryingAgain(world, process, tenant, answer, key))) return;
    await pause(world, process, answer, tries);
  }
}

interface Accepted {
  readonly id: string;
  readonly picture: number;
  readonly outputs: number;
}

async function follow(
  world: ClientWorld,
  process: Process,
  tenant: Tenant,
  job: Accepted,
): Promise<void> {
  const { random, record, timeline } = world;
  const { id, picture, outputs } = job;
  const earlier = [...record.jobs.values()].find((known) => known.picture === picture);
  if (earlier && earlier.id !== id && !record.mayBeForgotten(earlier)) {
    record.violate("retry-is-safe", `${earlier.id} and ${id} come from one Idempotency-Key`);
  }
  const known: KnownJob = {
    id,
    tenant: tenant.id,
    picture,
    outputs,
    acceptedAt: timeline.now,
    deleteAsked: false,
    deletedAt: null,
  };
  if (!record.jobs.has(id)) record.jobs.set(id, known);
  if (!random.chance(world.deleteShare)) return;
  await sleep(world, process, random.exponential(random.pick([50, 500, 60_000])));
  for (let tries = 1; tries <= triesMax; tries++) {
    known.deleteAsked = true;
    const answer = await world.frontDoor.ask(process, {
      route: "deleteJob",
      authorization: tenant.authorization,
      params: { id },
    });
    record.note("delete", `${id} → ${answer?.status ?? "no answer"}`);
    if (answer?.status === 204) known.deletedAt = timeline.now;
    const mayBeGone = record.restored.has(tenant.id) || record.left.has(tenant.id);
    if (answer?.status === 404 && !mayBeGone)
      record.violate("accepted-is-kept", `${id} is not found`);
    if (answer && answer.status < 500) return;
    await pause(world, process, answer, tries);
  }
}

/** What no modest program should ever be told is a violation. */
async function worthTryingAgain(
  { record, expectsQuick }: ClientWorld,
  _host: Process,
  tenant: Tenant,
  answer: Answer | null,
  key: string | null,
): Promise<boolean> {
  const type = answer ? problemOf(answer) : "";
  if (type === "overloaded" && tenant.modest && expectsQuick) {
    record.violate("quiet-tenants-are-served", `${tenant.name} is told that the service is busy`);
  }
  if (answer && (answer.status === 429 || answer.status === 503)) record.refusals += 1;
  if (type === "rate-limited" && tenant.modest) {
    record.violate("under-its-rate-is-served", `${tenant.name} is told to slow down`);
  }
  if (!answer || answer.status >= 500 || answer.status === 429) return true;
  if (record.left.has(tenant.id)) return false;
  if (answer.status === 401 || answer.status === 403) {
    record.violate("a-key-in-force-works", `${tenant.name}: ${answer.status} ${type}`);
  } else if (type !== "quota-exceeded") {
    record.violate("retry-is-safe", `${tenant.name} with ${key}: ${answer.status} ${type}`);
  }
  return false;
}

function problemOf(answer: Answer): string {
  if (typeof answer.body !== "string" || answer.body === "") return "";
  return (JSON.parse(answer.body) as { code?: string }).code ?? "";
}

/** From the body, or from where it says that the job is. */
function jobIdOf(answer: Answer): string | null {
  const location = answer.headers.get("Location") ?? answer.headers.get("Content-Location") ?? "";
  const named = /job_[\w]+/.exec(location)?.[0];
  if (named !== undefined) return named;
  return typeof answer.body === "string" ? (JSON.parse(answer.body) as JobDocument).id : null;
}

async function pause(
  world: ClientWorld,
  process: Process,
  answer: Answer | null,
  tries: number,
): Promise<void> {
  const asked = Number(answer?.headers.get("Retry-After") ?? 0) * 1000;
  await sleep(world, process, Math.max(asked, 500 * 2 ** tries * world.random.fraction()));
}

function sleep({ timeline }: ClientWorld, process: Process, millis: number): Promise<void> {
  return new Promise((resolve) => void timeline.after(millis, process, resolve));
}

/** A tenant with large pictures has no small ones. */
function sidesOf(random: Random, { sideMax }: Tenant): [width: number, height: number] {
  const least = sideMax > 2000 ? sideMax - 500 : 16;
  return [random.between(least, sideMax), random.between(least, sideMax)];
}

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseJobId } from "../../core/job/job-id.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { threeRegions } from "../three-regions.ts";
import { noisyJpeg } from "./pictures.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

/** Three regions of eight queues in one local run. */
let service: Service;
let tenant: Tenant;

beforeAll(async () => {
  service = await startService({ fleet: threeRegions });
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const picture = await noisyJpeg(16, 16);

/** Sends a picture as a caller on this continent, and waits for it. */
function sendFrom(continent: string, from = tenant, headers: Record<string, string> = {}) {
  const request = {
    method: "POST",
    body: picture as BodyInit,
    headers: { Prefer: "wait=25", ...headers },
    cf: { continent },
  };
  return from.fetch("/v1/jobs?width=8", request);
}

const regionOf = ({ id }: { readonly id: string }) => parseJobId(id)?.region;
const rendered = async (...sent: Parameters<typeof sendFrom>) =>
  answer<JobDocument>(await sendFrom(...sent), 200);

interface Page {
  readonly jobs: readonly JobDocument[];
  readonly ledgers: object;
}

describe("work goes", () => {
  test("to the region of its caller's continent, and is found at any door", async () => {
    const jobs = [await rendered("EU"), await rendered("NA"), await rendered("AS")];
    expect(jobs.map(regionOf)).toEqual(["eu", "na", "ap"]);
    for (const { id } of jobs) expect((await tenant.job(id)).status).toBe("done");
    const page = await answer<Page>(tenant.fetch("/v1/jobs"), 200);
    expect(page.jobs.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).toReversed());
    expect(page.ledgers).toEqual({ included: 3, known: 3, missing: [] });
  });

  test("home under an idempotency key, wherever it is repeated", async () => {
    const key = { "Idempotency-Key": "one" };
    const jobs = [await rendered("EU", tenant, key), await rendered("AS", tenant, key)];
    expect(regionOf(jobs[0]!)).toBe("na");
    expect(jobs[1]!.id).toBe(jobs[0]!.id);
  });

  test("home under a monthly cap, which holds exactly", async () => {
    const capped = await createTenant(service, { jobsPerMonth: 2 }, undefined, { home: "ap" });
    expect(regionOf(await rendered("EU", capped))).toBe("ap");
    expect(regionOf(await rendered("NA", capped))).toBe("ap");
    expect((await sendFrom("AS", capped)).status).toBe(429);
  });

  test("nowhere outside the tenant's jurisdiction", async () => {
    const residence = { home: "eu", stays: "jurisdiction" };
    const european = await createTenant(service, {}, undefined, residence);
    expect(regionOf(await rendered("AS", european))).toBe("eu");
  });
});

test("a home that there is not, or a jurisdiction that it is not in, is refused", async () => {
  const create = (residence: object) => createTenant(service, {}, undefined, residence);
  await expect(create({ home: "mars" })).rejects.toThrow("one of na, eu, ap");
  await expect(create({ home: "na", stays: "jurisdiction" })).rejects.toThrow("no jurisdiction");
});

test("a region is lost under load and comes back: no job is lost or made twice", async () => {
  const caller = await createTenant(service);
  const before = await rendered("EU", caller);
  expect(regionOf(before)).toBe("eu");
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", {
    name: `${caller.id}/eu/0`,
  });
  const accepted = [before];
  const send = async () => {
    const response = await sendFrom("EU", caller);
    const { status, headers } = response;
    const expected = status === 200 ? [200, false] : [503, true];
    expect([status, Number(headers.get("Retry-After")) > 0]).toEqual(expected);
    if (status === 200) accepted.push((await response.json()) as JobDocument);
    return accepted.at(-1)!;
  };

  await storage.exec("ALTER TABLE jobs RENAME TO jobs_away");
  for (let count = 0; count < 12; count++) await send();
  expect(accepted.slice(1).map(regionOf)).toContain("ap");
  expect(accepted.slice(1).map(regionOf)).not.toContain("eu");
  const lost = await caller.fetch(`/v1/jobs/${before.id}`);
  expect([lost.status, Number(lost.headers.get("Retry-After")) > 0]).toEqual([503, true]);
  const page = await answer<Page>(caller.fetch("/v1/jobs"), 200);
  expect(page.ledgers).toEqual({ included: 2, known: 3, missing: ["eu"] });
  expect(page.jobs).toHaveLength(accepted.length - 1);

  await storage.exec("ALTER TABLE jobs_away RENAME TO jobs");
  await vi.waitFor(async () => expect(regionOf(await send())).toBe("eu"), {
    timeout: 30_000,
    interval: 500,
  });
  for (const { id } of accepted) expect((await caller.job(id)).status).toBe("done");
  const { total } = await answer<{ total: { jobsDone: number } }>(caller.fetch("/v1/usage"), 200);
  expect(total.jobsDone).toBe(accepted.length);
});

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../core/job/job.ts";
import { refusalProblem } from "../../core/image/refusal-problem.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

let service: Service;
/** Costs one compute unit. */
const picture = headerOnlyPng(8, 8);

// No consumer: the test settles jobs itself, so that it knows how many are in flight.
beforeAll(async () => {
  service = await startService({ consumer: false });
});
afterAll(() => service.close());

const accept = async (tenant: Tenant, headers: Record<string, string> = {}) =>
  (await answer<JobDocument>(tenant.send("", picture, headers), 202)).id;

const done: Outcome = {
  kind: "done",
  outputs: [{ index: 0, width: 8, height: 8, format: "png", bytes: 1 }],
  usage: { computeUnits: 1, bytesIn: picture.length, bytesOut: 1, pixels: 128, renderMillis: 1 },
};
const failed: Outcome = {
  kind: "failed",
  problem: refusalProblem({ reason: "render_crashed", stage: "decode" }),
};

async function end(tenant: Tenant, job: string, outcome: Outcome): Promise<void> {
  const { LEDGER } = await service.objects.getEnv();
  await LEDGER.getByName(tenant.ledger).settle([{ job, outcome }]);
}

describe("requests a second", () => {
  test("a burst is accepted; what exceeds it is told when to try again, and is then accepted", async () => {
    const tenant = await createTenant(service, { requestsPerSecond: 1, burst: 3 });
    const first = await tenant.send("", picture);
    expect(first.headers.get("RateLimit")).toMatch(/^"jobs";r=2;/);
    const more = await Promise.all(Array.from({ length: 11 }, () => tenant.send("", picture)));
    const answers = [first, ...more];
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 429);
    expect(accepted.length).toBeGreaterThanOrEqual(3);
    expect(accepted.length + refused.length).toBe(12);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers } of answers) {
      expect(headers.get("RateLimit-Policy")).toBe('"jobs";q=3;w=3');
      expect(headers.get("RateLimit")).toMatch(/^"jobs";r=[0-3];t=[0-3]$/);
    }
    for (const response of refused) {
      expect(response.headers.get("Retry-After")).toBe("1");
      expect(response.headers.get("RateLimit")).toContain("r=0;");
      await expectProblem(response, "rate-limited");
    }
    await vi.waitFor(() => accept(tenant), { timeout: 10_000, interval: 500 });
  });

  test("one tenant's flood is not another's", async () => {
    const [flooding, other] = await Promise.all([
      createTenant(service, { requestsPerSecond: 1, burst: 1 }),
      createTenant(service, { requestsPerSecond: 1, burst: 1 }),
    ]);
    const flood = await Promise.all(Array.from({ length: 10 }, () => flooding.send("", picture)));
    expect(flood.some(({ status }) => status === 429)).toBe(true);
    await accept(other);
  });
});

describe("jobs in flight", () => {
  test.each([
    ["is done", (tenant: Tenant, job: string) => end(tenant, job, done)],
    ["has failed", (tenant: Tenant, job: string) => end(tenant, job, failed)],
    [
      "is deleted",
      (tenant: Tenant, job: string) => tenant.fetch(`/v1/jobs/${job}`, { method: "DELETE" }),
    ],
  ])("one more may come when one %s", async (_, leave) => {
    const tenant = await createTenant(service, { jobsInFlight: 2 });
    const first = await accept(tenant);
    await accept(tenant);
    const refusal = await expectProblem(tenant.send("", picture), "too-many-in-flight");
    expect(refusal.detail).toContain("2 jobs are unfinished and 2 are allowed");
    expect(refusal.retryAfterMillis).toBeGreaterThan(0);
    await leave(tenant, first);
    // Until its Retry-After the refusal is repeated without a question to the ledger.
    await vi.waitFor(() => accept(tenant), { interval: 100 });
    await expectProblem(tenant.send("", picture), "too-many-in-flight");
  });

  test("a repeat of an accepted request counts as no new job", async () => {
    const tenant = await createTenant(service, {
      jobsInFlight: 1,
      jobsPerMonth: 1,
      requestsPerSecond: 1,
      burst: 1,
    });
    const key = { "Idempotency-Key": "the only one" };
    const job = await accept(tenant, key);
    for (let repeats = 0; repeats < 5; repeats++) expect(await accept(tenant, key)).toBe(job);
  });
});

describe.each([
  ["jobs", { jobsPerMonth: 2 }],
  ["compute units", { computeUnitsPerMonth: 2 }],
])("%s a month", (_, limits) => {
  test("a failed job gives back what it reserved, a finished one does not", async () => {
    const tenant = await createTenant(service, limits);
    const [first, second] = [await accept(tenant), await accept(tenant)];
    await expectUsedUp(tenant);
    await end(tenant, first, done);
    await expectUsedUp(tenant);
    await end(tenant, second, failed);
    const third = await accept(tenant);
    await expectUsedUp(tenant);
    await end(tenant, third, done);
    await expectUsedUp(tenant);
    expect(await answer(tenant.fetch("/v1/usage"), 200)).toMatchObject({
      total: { jobsDone: 2, jobsFailed: 1, computeUnits: 2 },
    });
  });

  test("a refused request leaves no job and no picture", async () => {
    const tenant = await createTenant(service, limits);
    const jobs = [await accept(tenant), await accept(tenant)];
    for (let tries = 0; tries < 3; tries++) await expectUsedUp(tenant);
    expect((await answer<{ jobs: object[] }>(tenant.fetch("/v1/jobs"), 200)).jobs).toHaveLength(2);
    const { PICTURES_LOCAL } = await service.api.getEnv();
    await expect
      .poll(async () =>
        (await PICTURES_LOCAL.list({ prefix: `pictures/${tenant.id}/` })).objects.map(
          ({ key }) => key,
        ),
      )
      .toEqual(jobs.map((job) => `pictures/${tenant.id}/${job}/source`));
  });

  test("each tenant has its own quota", async () => {
    const tenant = await createTenant(service, limits);
    await accept(tenant);
    await accept(tenant);
    await expectUsedUp(tenant);
    await accept(await createTenant(service, limits));
  });
});

test("a job that needs more units than are left is refused, and a smaller one is not", async () => {
  const tenant = await createTenant(service, { computeUnitsPerMonth: 2 });
  const refusal = await expectProblem(tenant.send("", headerOnlyPng(1000, 1000)), "quota-exceeded");
  expect(refusal.detail).toMatch(/needs \d+ compute units and 2 of this month's 2 are left/);
  await accept(tenant);
});

/** Until the first of next month, as the answer says. */
async function expectUsedUp(tenant: Tenant): Promise<void> {
  const { retryAfterMillis = 0 } = await expectProblem(tenant.send("", picture), "quota-exceeded");
  const again = new Date(Date.now() + retryAfterMillis);
  // The answer was made a moment ago, so the time it names seems to lie that much too late.
  expect([again.getUTCDate(), again.getUTCHours(), again.getUTCMinutes()]).toEqual([1, 0, 0]);
}

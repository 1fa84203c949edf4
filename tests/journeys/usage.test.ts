import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../core/job/job.ts";
import { hourMillis, hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { refusalProblem } from "../../core/image/refusal-problem.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

interface Usage {
  readonly asOf: string;
  readonly hours: readonly ({ readonly hour: string } & Totals)[];
  readonly total: Totals;
}

type Totals = Record<
  "jobsDone" | "jobsFailed" | "outputs" | "bytesIn" | "bytesOut" | "megapixels" | "computeUnits",
  number
>;

let service: Service;
const picture = headerOnlyPng(8, 8);

// No consumer: what a job used is what the test says in its place.
beforeAll(async () => {
  service = await startService({ consumer: false });
});
afterAll(() => service.close());

const usageOf = (tenant: Tenant, query = "") =>
  answer<Usage>(tenant.fetch(`/v1/usage${query}`), 200);
const nothing: Totals = {
  jobsDone: 0,
  jobsFailed: 0,
  outputs: 0,
  bytesIn: 0,
  bytesOut: 0,
  megapixels: 0,
  computeUnits: 0,
};

test("a settled job is counted at once, an unsettled one not at all", async () => {
  const tenant = await createTenant(service);
  expect(await usageOf(tenant)).toMatchObject({ hours: [], total: nothing });
  const job = await accept(tenant);
  expect(await usageOf(tenant)).toMatchObject({ hours: [], total: nothing });

  const before = Date.now();
  await end(tenant, job, done(7));
  const { asOf, hours, total } = await usageOf(tenant);
  expect(Date.parse(asOf)).toBeGreaterThanOrEqual(before);
  expect(total).toEqual({
    jobsDone: 1,
    jobsFailed: 0,
    outputs: 2,
    bytesIn: picture.length,
    bytesOut: 300,
    megapixels: 1.5,
    computeUnits: 7,
  });
  expect(hours).toEqual([{ hour: new Date(hourOf(Date.parse(asOf))).toISOString(), ...total }]);
});

test("a job that failed or was cancelled is counted as failed and costs nothing", async () => {
  const tenant = await createTenant(service);
  const [failing, cancelled] = [await accept(tenant), await accept(tenant)];
  await end(tenant, failing, {
    kind: "failed",
    problem: refusalProblem({ reason: "render_crashed", stage: "decode" }),
  });
  expect((await tenant.fetch(`/v1/jobs/${cancelled}`, { method: "DELETE" })).status).toBe(204);
  await end(tenant, cancelled, done(7));
  expect((await usageOf(tenant)).total).toEqual({
    ...nothing,
    jobsFailed: 2,
    bytesIn: 2 * picture.length,
  });
});

test("a job is counted once, whatever its consumers say after the first", async () => {
  const tenant = await createTenant(service);
  const job = await accept(tenant);
  await end(tenant, job, done(7));
  const { total } = await usageOf(tenant);
  await end(tenant, job, done(9));
  await end(tenant, job, { kind: "deferred", cause: "late" });
  expect((await usageOf(tenant)).total).toEqual(total);
});

test("by key and format it is told from the books, once they are rolled up", async () => {
  const tenant = await createTenant(service);
  await end(tenant, await accept(tenant), done(7));
  const rollUp = (query: string) =>
    service.admin(`/admin/v1/roll-up?tenant=${tenant.id}${query}`, { method: "POST" });
  expect(await answer(rollUp(""), 200)).toMatchObject({ tenants: 1, segments: 1, more: false });
  const grouped = () => usageOf(tenant, "?groupBy=key&granularity=month");
  const first = await grouped();
  const period = new Date().toISOString().slice(0, 7);
  const sums = { ...nothing, jobsDone: 1, outputs: 2, bytesOut: 300, computeUnits: 7 };
  expect(first).toMatchObject({
    ledgers: { included: 1, known: 1, missing: [] },
    groups: [{ ...sums, period, key: tenant.keyId, bytesIn: picture.length, megapixels: 1.5 }],
  });
  expect(await usageOf(tenant, "?groupBy=key,format")).toHaveProperty("groups");

  expect(await answer(rollUp("&again=true"), 200)).toMatchObject({ segments: 1, more: false });
  expect(await grouped()).toEqual(first);
});

test("a roll-up of one tenant asks for one that there is", async () => {
  const rollUp = (query: string) => service.admin(`/admin/v1/roll-up?${query}`, { method: "POST" });
  await expectProblem(rollUp("tenant=nobody"), "invalid-option");
  await expectProblem(rollUp("tenant=tnt_01m7wbyda87n5fyfxf530w4grf"), "not-found");
  await expectProblem(rollUp("again=true"), "invalid-option");
});

describe("hours", () => {
  test("are UTC hours, oldest first, and the total is their sum within from and to", async () => {
    const tenant = await createTenant(service);
    const now = hourOf(Date.now());
    for (const [hoursAgo, units] of [
      [30, 1],
      [2, 10],
      [1, 100],
    ] as const) {
      await end(tenant, await accept(tenant), done(units));
      await moveThisHour(tenant, now - hoursAgo * hourMillis);
    }
    const iso = (hoursAgo: number, minutes = 0) =>
      new Date(now - hoursAgo * hourMillis + minutes * 60_000).toISOString();
    const units = async (query: string) =>
      (await usageOf(tenant, query)).hours.map(({ hour, computeUnits }) => [hour, computeUnits]);

    expect(await units("")).toEqual([
      [iso(2), 10],
      [iso(1), 100],
    ]);
    expect(await units(`?from=${iso(40)}`)).toEqual([
      [iso(30), 1],
      [iso(2), 10],
      [iso(1), 100],
    ]);
    expect(await units(`?from=${iso(40)}&to=${iso(1)}`)).toEqual([
      [iso(30), 1],
      [iso(2), 10],
    ]);
    expect(await units(`?from=${iso(2, 59)}&to=${iso(1)}`)).toEqual([[iso(2), 10]]);
    expect(await units(`?to=${iso(20)}`)).toEqual([[iso(30), 1]]);
    expect((await usageOf(tenant, `?from=${iso(40)}`)).total.computeUnits).toBe(111);
  });

  test.each([
    ["from=yesterday", "from"],
    ["to=1700000000", "to"],
    ["from=2026-02-30T25:00:00Z", "from"],
    ["from=2026-01-02&to=2026-01-01", "from"],
    ["from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"],
    [`from=2020-01-01&to=2026-01-01`, "from"],
    ["from=9999-01-01", "from"],
    ["from=", "from"],
    ["granularity=week", "granularity"],
    ["groupBy=tenant", "groupBy"],
    ["groupBy=key,key", "groupBy"],
    ["groupBy=", "groupBy"],
    ["groupBy=key&from=2026-01-01&to=2026-02-02", "from"],
  ])("%s is refused", async (query, option) => {
    const tenant = await createTenant(service);
    expect(await expectProblem(tenant.fetch(`/v1/usage?${query}`), "invalid-option")).toMatchObject(
      { option },
    );
  });

  test("as many as are kept may be asked for at once", async () => {
    const tenant = await createTenant(service);
    const to = new Date(hourOf(Date.now())).toISOString();
    const from = new Date(hourOf(Date.now()) - limits.usageRetentionMillis).toISOString();
    expect((await usageOf(tenant, `?from=${from}&to=${to}`)).hours).toEqual([]);
  });
});

/** A job of two renditions with enough reserved for whatever a test reports: no bill is above that. */
async function accept(tenant: Tenant): Promise<string> {
  const { id } = await answer<JobDocument>(tenant.send("", picture), 202);
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", {
    name: tenant.ledger,
  });
  const raised = `UPDATE jobs SET spec = json_set(spec, '$.computeUnits', 1000, '$.transforms', json('[{},{}]'))
                  WHERE id = ?`;
  await storage.exec(raised, id);
  return id;
}

const done = (computeUnits: number): Outcome => ({
  kind: "done",
  outputs: [0, 1].map((index) => ({
    index,
    width: 8,
    height: 8,
    format: "png" as const,
    bytes: 150,
  })),
  usage: {
    computeUnits,
    bytesIn: picture.length,
    bytesOut: 300,
    pixels: 1_500_000,
    renderMillis: 1,
  },
});

async function end(tenant: Tenant, job: string, outcome: Outcome): Promise<void> {
  const { LEDGER } = await service.objects.getEnv();
  await LEDGER.getByName(tenant.ledger).settle([{ job, outcome }]);
}

/** What was counted in the hour that runs was counted in that hour instead. */
async function moveThisHour(tenant: Tenant, hour: number): Promise<void> {
  const { LEDGER } = await service.objects.getEnv();
  await LEDGER.getByName(tenant.ledger).seal();
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", {
    name: tenant.ledger,
  });
  await storage.exec("UPDATE usage SET hour = ? WHERE hour = (SELECT MAX(hour) FROM usage)", hour);
}

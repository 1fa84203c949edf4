import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { RollUpSummary } from "../../core/billing/roll-up-summary.ts";
import type { Statement } from "../../core/billing/statement.ts";
import { firstPrevious, openSegment, segmentKey } from "../../core/ledger/segment.ts";
import {
  addEvent,
  emptyTotals,
  hourMillis,
  hourOf,
  monthOf,
  monthStart,
  type UsageTotals,
} from "../../core/ledger/usage.ts";
import { verifyBooks } from "../../core/books/verify/verify.ts";
import { exportBooks } from "../../scripts/books/export.ts";
import { readKept } from "../../scripts/books/kept-folder.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { logThisHour } from "./log-this-hour.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { expectStoredRows } from "./stored-rows.ts";

let service: Service;
let photo: Uint8Array;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(160, 120)]);
});
afterAll(() => service.close());

const rollUp = () =>
  answer<RollUpSummary>(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
const statementOf = (tenant: Tenant, month: string = monthOf(Date.now())) =>
  answer<Statement>(tenant.fetch(`/v1/statements/${month}`), 200);
const lastHour = () => hourOf(Date.now()) - hourMillis;
const lastMonth = () => monthOf(monthStart(monthOf(Date.now())) - 1);

describe("the open hour", () => {
  test("is a preview whose lines are the sums over the tenant's jobs", async () => {
    const tenants = await Promise.all([createTenant(service), createTenant(service)]);
    const jobs = [await work(tenants[0], 2), await work(tenants[1], 5)];
    await rollUp();
    for (const [index, tenant] of tenants.entries()) {
      const { preview, ...statement } = await statementOf(tenant);
      expect(statement).toMatchObject({
        tenant: tenant.id,
        status: "open",
        ledgers: { included: 1, known: 1 },
      });
      expectCharges(preview, sumOf(jobs[index] ?? []));
    }
  });

  test("is counted once, however often and by however many it is rolled up", async () => {
    const tenant = await createTenant(service);
    const jobs = await work(tenant, 1);
    await rollUp();
    const first = await statementOf(tenant);
    expect((await rollUp()).segments).toBe(0);
    await Promise.all([rollUp(), rollUp(), rollUp()]);
    const last = await statementOf(tenant);
    expect({ ...last.preview, asOf: first.preview?.asOf }).toEqual(first.preview);

    jobs.push(...(await work(tenant, 1)));
    await Promise.all([rollUp(), rollUp()]);
    expectCharges((await statementOf(tenant)).preview, sumOf(jobs));
  });
});

describe("closed hours", () => {
  test("are billed by the clock: the same sums, now as lines", async () => {
    const hour = lastHour();
    const tenant = await createTenant(service);
    const jobs = await work(tenant, 3);
    await moveTo(tenant, hour);
    await scheduledTrigger();
    const statement = await vi.waitFor(() => statementOf(tenant, monthOf(hour)), {
      timeout: 20_000,
      interval: 200,
    });
    expectCharges(statement, sumOf(jobs));
    expect(statement).not.toHaveProperty("preview");
    expect(Date.parse(statement.through)).toBeGreaterThan(hour);
    expect(statement.segments).toMatchObject([{ ledger: tenant.ledger, first: 1, last: 1 }]);
  });

  test("can be recomputed by the tenant from the segments that the statement names", async () => {
    const hour = lastHour();
    const tenant = await createTenant(service);
    await work(tenant, 3);
    await moveTo(tenant, hour);
    await rollUp();
    const statement = await statementOf(tenant, monthOf(hour));
    const [named] = statement.segments;
    const bytes = await (await tenant.fetch("/v1/segments/local/0/1")).bytes();
    const opened = openSegment(bytes, {
      ledger: tenant.ledger,
      number: 1,
      previous: firstPrevious,
      firstSeq: 1,
    });
    if (!opened.ok) throw new Error(opened.error.reason);
    expect(opened.value.hash).toBe(named?.lastHash);
    expect(opened.value.events.reduce(addEvent, emptyTotals)).toEqual(statement.usage);
  });

  test.each(["local/0/2", "local/1/1", "other/0/1", "local/0/0", "local/0/x", "local/x/1"])(
    "have no segment %s",
    async (address) => {
      const tenant = await createTenant(service);
      await work(tenant, 1);
      await rollUp();
      await expectProblem(tenant.fetch(`/v1/segments/${address}`), "not-found");
    },
  );

  test("of a month that is over make a final statement, which never changes again", async () => {
    const tenant = await createTenant(service);
    const jobs = await work(tenant, 2);
    await moveTo(tenant, monthStart(monthOf(Date.now())) - hourMillis);
    await rollUp();
    const text = await (await tenant.fetch(`/v1/statements/${lastMonth()}`)).text();
    const statement = JSON.parse(text) as Statement;
    expectCharges(statement, sumOf(jobs));
    expect(statement).toMatchObject({
      month: lastMonth(),
      status: "final",
      ledgers: { included: 1, known: 1 },
    });

    await work(tenant, 1);
    await rollUp();
    await scheduledTrigger();
    expect(await (await tenant.fetch(`/v1/statements/${lastMonth()}`)).text()).toBe(text);
  });

  test("grow by what happened in them and is sealed later, never twice", async () => {
    const hour = lastHour();
    const tenant = await createTenant(service);
    const jobs = await work(tenant, 1);
    await moveTo(tenant, hour);
    await rollUp();
    jobs.push(...(await work(tenant, 2)));
    await moveTo(tenant, hour);
    await rollUp();
    await rollUp();
    expectCharges(await statementOf(tenant, monthOf(hour)), sumOf(jobs));
  });
});

describe("a segment that is not what its ledger stored", () => {
  test.each([
    [
      "changed",
      (bytes: Uint8Array) =>
        new TextDecoder().decode(bytes).replace(/"computeUnits":\d+/, '"computeUnits":0'),
    ],
    ["cut off", (bytes: Uint8Array) => bytes.slice(0, -40)],
    ["gone", () => null],
  ])("stops its own statement alone when it is %s, until it is back", async (_, damage) => {
    const hour = lastHour();
    const [victim, other] = await Promise.all([createTenant(service), createTenant(service)]);
    const before = await work(victim, 1);
    await moveTo(victim, hour);
    await rollUp();
    const intact = await statementOf(victim, monthOf(hour));

    const more = [await work(victim, 1), await work(other, 1)];
    await Promise.all([moveTo(victim, hour), moveTo(other, hour)]);
    const restore = await damageSegment(victim, 2, damage);
    const harvest = (await rollUp()).ledgers;
    expect(harvest.included).toBe(harvest.known - 1);
    expect(await statementOf(victim, monthOf(hour))).toEqual(intact);
    expectCharges(await statementOf(other, monthOf(hour)), sumOf(more[1] ?? []));

    await restore();
    const { included, known } = (await rollUp()).ledgers;
    expect(included).toBe(known);
    expectCharges(await statementOf(victim, monthOf(hour)), sumOf([...before, ...(more[0] ?? [])]));
  });
});

test("a month that is exported is proved offline, and a byte that is changed is found", async () => {
  const hour = lastHour();
  const tenant = await createTenant(service);
  await work(tenant, 2);
  await moveTo(tenant, hour);
  await rollUp();
  await logThisHour(service);
  const out = mkdtempSync(join(tmpdir(), "minilab-books-"));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const options = { url: String(service.url), key: tenant.key, month: monthOf(hour), out };
  await exportBooks(options);
  expect(await verifyBooks(readKept(out))).toMatchObject({ events: 4, faults: [] });
  await expectStoredRows(service, tenant, out);
  const segment = join(out, `segments/${tenant.ledger}/0000000001.jsonl`);
  writeFileSync(segment, readFileSync(segment, "utf8").replace('"outputs":2', '"outputs":1'));
  await exportBooks(options); // what is there is not fetched again
  const { faults } = await verifyBooks(readKept(out));
  expect(faults.map(({ fault }) => fault)).toContain("other-than-witnessed");
});

test("a statement that is not there is not found, and a month that is none is said to be", async () => {
  const tenant = await createTenant(service);
  await expectProblem(tenant.fetch(`/v1/statements/${monthOf(Date.now())}`), "not-found");
  await rollUp();
  await expectProblem(tenant.fetch("/v1/statements/2020-01"), "not-found");
  for (const month of ["2026-13", "2026", "26-01", "2026-1", "now"]) {
    expect(
      await expectProblem(tenant.fetch(`/v1/statements/${month}`), "invalid-option"),
    ).toMatchObject({ option: "month" });
  }
});

/** Some jobs of every kind, ended, as the API shows them; a deleted one as it was before. */
async function work(tenant: Tenant, count: number): Promise<JobDocument[]> {
  const jobs: JobDocument[] = [];
  for (let index = 0; index < count; index++) {
    jobs.push(await tenant.render(`?output=width=${40 + index}&output=width=20,format=png`, photo));
  }
  jobs.push(await tenant.render("?width=30", photo.slice(0, 1500)));
  const deleted = await tenant.render("?width=30", photo);
  await tenant.fetch(`/v1/jobs/${deleted.id}`, { method: "DELETE" });
  expect(jobs.map(({ status }) => status)).toEqual([
    ...Array<string>(count).fill("done"),
    "failed",
  ]);
  return [...jobs, deleted];
}

function sumOf(jobs: readonly JobDocument[]): UsageTotals {
  const sum = (value: (job: JobDocument) => number) =>
    jobs.reduce((total, job) => total + value(job), 0);
  const area = (size: { width: number; height: number }) => size.width * size.height;
  return {
    jobsDone: sum(({ status }) => (status === "done" ? 1 : 0)),
    jobsFailed: sum(({ status }) => (status === "failed" ? 1 : 0)),
    outputs: sum(({ outputs }) => outputs.length),
    bytesIn: sum(({ source }) => source.bytes),
    bytesOut: sum(({ outputs }) => outputs.reduce((total, { bytes }) => total + bytes, 0)),
    pixels: sum(({ status, source, outputs }) =>
      status === "done" ? [source, ...outputs].reduce((total, size) => total + area(size), 0) : 0,
    ),
    computeUnits: sum(({ usage }) => usage?.computeUnits ?? 0),
  };
}

/** Quantities are the sums; each line is priced as it says, rounded half up once; the total is their sum. */
function expectCharges(
  charges: Pick<Statement, "usage" | "lines" | "totalMicros"> | undefined,
  sums: UsageTotals,
): void {
  expect(charges?.usage).toEqual(sums);
  expect(charges?.lines.map(({ item, quantity }) => [item, quantity])).toEqual([
    ["renditions", sums.outputs],
    ["compute", sums.computeUnits],
  ]);
  for (const { quantity, unitPriceMicros, per, amountMicros } of charges?.lines ?? [])
    expect(amountMicros).toBe(Math.floor((2 * quantity * unitPriceMicros + per) / (2 * per)));
  expect(charges?.totalMicros).toBe(
    charges?.lines.reduce((total, line) => total + line.amountMicros, 0),
  );
}

/** Whatever the tenant has done and the ledger has not sealed yet, happened in that hour. */
async function moveTo(tenant: Tenant, hour: number): Promise<void> {
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", {
    name: tenant.ledger,
  });
  await storage.exec("UPDATE events SET event = json_set(event, '$.at', ? + seq)", hour);
}

async function scheduledTrigger(): Promise<void> {
  const { outcome } = await service.billing.scheduled({
    cron: "6,21,36,51 * * * *",
    scheduledTime: new Date(),
  });
  expect(outcome).toBe("ok");
}

/** Has the ledger seal what it holds, then changes the stored bytes; the answer puts them back. */
async function damageSegment(
  tenant: Tenant,
  number: number,
  damage: (bytes: Uint8Array) => string | Uint8Array | null,
): Promise<() => Promise<unknown>> {
  const { LEDGER, BOOKS } = await service.objects.getEnv();
  await LEDGER.getByName(tenant.ledger).seal();
  const key = segmentKey(tenant.ledger, number);
  const stored = await BOOKS.get(key);
  if (!stored) throw new Error(`${key} was not sealed`);
  const bytes = new Uint8Array(await stored.arrayBuffer());
  const damaged = damage(bytes);
  await (damaged === null ? BOOKS.delete(key) : BOOKS.put(key, damaged));
  return () => BOOKS.put(key, bytes);
}

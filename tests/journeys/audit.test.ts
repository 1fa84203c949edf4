import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { ulid } from "ulid";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Breach, Invariant } from "../../core/billing/audit-report.ts";
import { jobId } from "../../core/job/job-id.ts";
import { segmentKey } from "../../core/ledger/segment.ts";
import {
  addTotals,
  hourMillis,
  hourOf,
  monthOf,
  type UsageTotals,
} from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { DAY } from "../../core/magnitudes.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { noisyJpeg } from "./pictures.ts";

const root = resolve(import.meta.dirname, "../..");
const hour = hourOf(Date.now()) - hourMillis;
const month = monthOf(hour);

let service: Service;
let photo: Uint8Array;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(64, 48)]);
});
afterAll(() => service.close());

const rollUp = () => answer(service.admin("/admin/v1/roll-up", { method: "POST" }), 200);
const render = async (tenant: Tenant) => (await tenant.render("?width=32", photo)).id;

async function sql(tenant: Tenant, statement: string, ...bindings: (string | number)[]) {
  const object = { name: tenant.ledger };
  const storage = await service.objects.getDurableObjectStorage("TenantLedger", object);
  return storage.exec(statement, ...bindings);
}

const evict = (tenant: Tenant) =>
  service.objects.evictDurableObject("TenantLedger", { name: tenant.ledger });

/** What the tenant has done since the last roll-up was done in an hour that is over. */
async function moveBack(tenant: Tenant) {
  await sql(tenant, `UPDATE events SET event = json_set(event, '$.at', ? + seq)`, hour);
  await sql(tenant, `UPDATE jobs SET settled_at = ? + seq WHERE seq IS NOT NULL`, hour);
  // Its hours are added up again.
  await evict(tenant);
  await moveHoursBack(tenant);
}

/** The ledger's alarm may have written the hour before: as it was held in memory, by the real time. */
async function moveHoursBack(tenant: Tenant) {
  const rows = await sql(tenant, `SELECT hour, totals FROM usage`);
  if (rows.every((row) => row["hour"] === hour)) return;
  const each = rows.map((row) => JSON.parse(row["totals"] as string) as UsageTotals);
  const all = JSON.stringify(each.reduce((sum, one) => addTotals(sum, one)));
  await sql(tenant, `DELETE FROM usage`);
  await sql(tenant, `INSERT INTO usage (hour, totals) VALUES (?, ?)`, hour, all);
}

/** A tenant with some records of one job each, rolled up: a job's number is its record's. */
async function tenantAtWork(records: number): Promise<{ tenant: Tenant; ids: string[] }> {
  const tenant = await createTenant(service);
  const ids: string[] = [];
  for (let number = 0; number < records; number++) {
    ids.push(await render(tenant));
    await moveBack(tenant);
    await rollUp();
  }
  return { tenant, ids };
}

interface Audited {
  readonly tenants: number;
  readonly unreachable: readonly string[];
  readonly breaches: readonly Breach[];
}

/** `npm run audit -- --json` against the running service. */
async function audit(): Promise<{ report: Audited; code: number }> {
  const env = {
    ...process.env,
    MINILAB_URL: String(service.url).replace(/\/$/, ""),
    MINILAB_TOKEN: await service.ownerToken(),
  };
  const script = join(root, "scripts/audit.ts");
  return new Promise((done) => {
    execFile(process.execPath, [script, "--json"], { env }, (error, stdout) =>
      done({ report: JSON.parse(stdout) as Audited, code: Number(error?.code ?? 0) }),
    );
  });
}

interface Planted {
  readonly tenant: Tenant;
  readonly invariant: Invariant;
  readonly subject: string;
}

/** In the books: statement, records, counter and head. */
async function plantInBooks({ tenant }: { tenant: Tenant }): Promise<Planted[]> {
  const { BOOKS } = await service.objects.getEnv();
  const edit = async (key: string, from: RegExp, to: string) => {
    const text = await (await BOOKS.get(key))?.text();
    expect(text).toMatch(from);
    await BOOKS.put(key, (text ?? "").replace(from, to));
  };
  const statement = `statements/${tenant.id}/${month}.json`;
  await edit(statement, /"totalMicros":\d+/, `"totalMicros":1`);
  await edit(statement, /("lastHash":"\w+","usage":{"jobsDone":)\d+/, "$19");
  await BOOKS.delete(segmentKey(tenant.ledger, 2));
  await sql(tenant, `UPDATE usage SET totals = json_set(totals, '$.outputs', 9)`);
  await edit(`witness/heads/${tenant.ledger}.json`, /"number":3/, `"number":2`);
  return [
    { tenant, invariant: "statements-are-priced-right", subject: `statement ${month}` },
    { tenant, invariant: "statements-are-the-records", subject: `statement ${month}` },
    { tenant, invariant: "records-are-a-chain", subject: "record 2" },
    { tenant, invariant: "counters-are-the-records", subject: new Date(hour).toISOString() },
    { tenant, invariant: "records-are-witnessed", subject: "head" },
  ];
}

/** The last record is another than the one that was signed. */
async function plantInLastRecord({ tenant }: { tenant: Tenant }): Promise<Planted[]> {
  const { BOOKS } = await service.objects.getEnv();
  const key = segmentKey(tenant.ledger, 1);
  const text = (await (await BOOKS.get(key))?.text()) ?? "";
  await BOOKS.put(key, text.replace(/"computeUnits":\d+/, `"computeUnits":77`));
  return [{ tenant, invariant: "records-are-witnessed", subject: "record 1" }];
}

/** In the jobs and their pictures. */
async function plantInJobs({ tenant, ids }: { tenant: Tenant; ids: readonly string[] }) {
  const { PICTURES_LOCAL } = await service.objects.getEnv();
  const orphan = jobId("local", 0, ulid(Date.now() - 2 * DAY).toLowerCase());
  await PICTURES_LOCAL.put(`pictures/${tenant.id}/${orphan}/source`, new Uint8Array(9));
  const [lost = "", stuck = "", unread = ""] = ids;
  const { objects } = await PICTURES_LOCAL.list({ prefix: `pictures/${tenant.id}/${lost}/` });
  await PICTURES_LOCAL.delete(objects.map(({ key }) => key));

  const [unbilled, twice, above, other] = [
    await render(tenant),
    await render(tenant),
    await render(tenant),
    await render(tenant),
  ];
  // Two jobs are open again: one for too long, and one whose message is in no queue.
  const reopen = `UPDATE jobs SET status = ?, due = ?, deadline = ?, settled_at = NULL, outcome = NULL, seq = NULL,
    claims = 0, lane = 'batch', created_at = ?, sent_at = ? WHERE id = ?`;
  const [now, far] = [Date.now(), Date.now() + DAY];
  const overdue = now - limits.jobDeadlineMillis - limits.auditSlackMillis - 60_000;
  await sql(tenant, reopen, "running", far, far, overdue, now, stuck);
  const unreadAt = now - limits.auditMessageMillis - 60_000;
  await sql(tenant, reopen, "accepted", far, far, unreadAt, unreadAt, unread);

  await sql(
    tenant,
    `UPDATE events SET event = replace(event, ?, ?)`,
    unbilled,
    `${unbilled.slice(0, -1)}z`,
  );
  await sql(
    tenant,
    `INSERT INTO events (seq, event) SELECT (SELECT MAX(seq) + 1 FROM events), json_set(event, '$.seq', (SELECT MAX(seq) + 1 FROM events))
       FROM events WHERE json_extract(event, '$.job') = ?`,
    twice,
  );
  await sql(
    tenant,
    `UPDATE events SET event = json_set(event, '$.computeUnits', 99) WHERE json_extract(event, '$.job') = ?`,
    above,
  );
  await sql(
    tenant,
    `UPDATE events SET event = json_set(event, '$.bytesOut', 1) WHERE json_extract(event, '$.job') = ?`,
    other,
  );
  const planted: [Invariant, string][] = [
    ["pictures-have-a-job", orphan],
    ["done-pictures-are-there", lost],
    ["nothing-open-past-its-deadline", stuck],
    ["messages-are-taken-waiting-or-dead", unread],
    ["accepted-is-ended-or-open", "jobs"],
    ["ended-jobs-are-billed-once", unbilled],
    ["ended-jobs-are-billed-once", twice],
    ["billed-is-within-reserved", above],
    ["billed-is-what-was-done", other],
  ];
  await evict(tenant);
  return planted.map(([invariant, subject]): Planted => ({ tenant, invariant, subject }));
}

test("fifteen faults planted in a running service are found, and named, by one run of npm run audit; before, it finds none", async () => {
  const [clean, books, last, jobs] = [
    await tenantAtWork(2),
    await tenantAtWork(3),
    await tenantAtWork(1),
    await tenantAtWork(3),
  ];
  const before = await audit();
  expect(before).toMatchObject({ code: 0, report: { tenants: 4, unreachable: [], breaches: [] } });

  const planted = [
    ...(await plantInBooks(books)),
    ...(await plantInLastRecord(last)),
    ...(await plantInJobs(jobs)),
  ];
  expect(planted).toHaveLength(15);
  const { report, code } = await audit();
  expect(code).toBe(1);
  const found = report.breaches.map(
    ({ invariant, ledger, subject }) => `${ledger.split("/")[0]} ${invariant} ${subject}`,
  );
  const missed = planted.filter(
    ({ tenant, invariant, subject }) => !found.includes(`${tenant.id} ${invariant} ${subject}`),
  );
  expect(missed.map(({ invariant, subject }) => `${invariant} ${subject}`)).toEqual([]);
  expect(found.filter((each) => each.startsWith(clean.tenant.id))).toEqual([]);

  // They stand for everybody who may see them: the operator, the metrics, and the audit trail.
  const { standing } = await answer<{ standing: Breach[] }>(
    service.admin("/admin/v1/invariants"),
    200,
  );
  expect(standing).toHaveLength(report.breaches.length);
  expect(await (await service.admin("/admin/v1/metrics")).text()).toMatch(
    /minilab_audit_breaches\{[^}]*nothing-open-past-its-deadline[^}]*\} 1/,
  );
  expect(await (await service.admin("/admin/v1/audit")).text()).toContain("invariant.break");
});

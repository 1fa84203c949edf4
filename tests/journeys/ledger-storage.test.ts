import { ulid } from "ulid";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { jobId } from "../../core/job/job-id.ts";
import { outputKey, sourceKey } from "../../core/job/picture-key.ts";
import { segmentKey } from "../../core/ledger/segment.ts";
import { hourOf } from "../../core/ledger/usage.ts";
import { limits } from "../../core/limits.ts";
import { ledgerMigrations } from "../../durable-objects/ledger/ledger-schema.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { noisyJpeg } from "./pictures.ts";

const day = 24 * 60 * 60_000;

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;

beforeAll(async () => {
  service = await startService();
  photo = await noisyJpeg(64, 48);
});
afterAll(() => service.close());
beforeEach(async () => {
  tenant = await createTenant(service);
});

const render = () => tenant.render("?width=32", photo);
/** No test here holds a ledger's stub, which would keep the object in memory. */
const evict = () => service.objects.evictDurableObject("TenantLedger", { name: tenant.ledger });
const sql = async (statement: string, ...bindings: (string | number)[]) =>
  (await service.objects.getDurableObjectStorage("TenantLedger", { name: tenant.ledger })).exec(
    statement,
    ...bindings,
  );
const bucket = async (name: "PICTURES_LOCAL" | "BOOKS") => (await service.objects.getEnv())[name];
const seal = () => answer(service.admin("/admin/v1/roll-up", { method: "POST", body: "{}" }), 200);
const usage = async () => (await answer<{ total: object }>(tenant.fetch("/v1/usage"), 200)).total;
const eventually = (look: () => Promise<void>) =>
  vi.waitFor(look, { timeout: 30_000, interval: 50 });

/** The alarm is set anew, by what is stored, when the object wakes and takes a job. */
async function ringAlarm() {
  await evict();
  await render();
}

/** A job that was accepted and not settled, as a crash of every consumer leaves it. */
async function leaveOneOpen() {
  const id = jobId("local", 0, ulid());
  const due = Date.now() + day;
  await sql(
    `INSERT INTO jobs (id, status, due, deadline, attempts, resends, created_at, spec)
     SELECT ?, 'accepted', ?, ?, 0, 0, created_at, spec FROM jobs LIMIT 1`,
    id,
    due,
    due,
  );
  return id;
}

describe("a ledger that was evicted", () => {
  test("knows its version and its jobs", async () => {
    const job = await render();
    for (let times = 0; times < 2; times++) {
      await evict();
      expect(await sql(`SELECT version FROM schema_version`)).toEqual([
        { version: ledgerMigrations.length },
      ]);
      expect(await tenant.job(job.id)).toEqual(job);
    }
  });

  test("knows what is in flight, and what is released", async () => {
    tenant = await createTenant(service, { jobsInFlight: 1 });
    await render();
    const open = await leaveOneOpen();
    await evict();
    expect(await answer(tenant.send("?width=32", photo), 429)).toMatchObject({
      code: "too-many-in-flight",
    });
    expect((await tenant.fetch(`/v1/jobs/${open}`, { method: "DELETE" })).status).toBe(204);
    // The API repeats the refusal until its Retry-After.
    await vi.waitFor(render, { timeout: 30_000, interval: 250 });
  });

  test("knows the jobs of the month", async () => {
    tenant = await createTenant(service, { jobsPerMonth: 3 });
    await render();
    await evict();
    await render();
    await leaveOneOpen();
    await evict();
    expect(await answer(tenant.send("?width=32", photo), 429)).toMatchObject({
      code: "quota-exceeded",
    });
  });

  test("knows the compute units of the month", async () => {
    const units = (await render()).usage?.computeUnits ?? Number.NaN;
    tenant = await createTenant(service, { computeUnitsPerMonth: 3 * units - 1 });
    await render();
    await evict();
    await render();
    await evict();
    expect(await answer(tenant.send("?width=32", photo), 429)).toMatchObject({
      code: "quota-exceeded",
      detail: `This job needs ${units} compute units and ${units - 1} of this month's ${3 * units - 1} are left.`,
    });
  });

  test("numbers its usage without a gap, before and after a segment", async () => {
    for (const step of [render, evict, render, render, seal, evict, render, evict, render]) {
      await step();
    }
    expect(await sealedSeqs(1)).toEqual([1, 2, 3]);
    expect(await sql(`SELECT seq FROM events ORDER BY seq`)).toEqual([{ seq: 4 }, { seq: 5 }]);
    await seal();
    expect(await sealedSeqs(2)).toEqual([4, 5]);
  });

  async function sealedSeqs(number: number) {
    const object = await (await bucket("BOOKS")).get(segmentKey(tenant.ledger, number));
    const [, ...lines] = ((await object?.text()) ?? "").trim().split("\n");
    return lines.map((line) => (JSON.parse(line) as { seq: number }).seq);
  }
});

test("a crash after a segment was put and before it was noted changes nothing in the books", async () => {
  await render();
  await render();
  const events = (await sql(`SELECT seq, event FROM events`)) as { seq: number; event: string }[];
  await seal();
  const key = segmentKey(tenant.ledger, 1);
  const [before, sealed] = [
    await (await bucket("BOOKS")).head(key),
    await sql(`SELECT * FROM segments`),
  ];

  for (const { seq, event } of events) {
    await sql(`INSERT INTO events (seq, event) VALUES (?, ?)`, seq, event);
  }
  await sql(`UPDATE segments SET hash = NULL`);
  await evict();
  await seal();
  expect(await sql(`SELECT * FROM segments`)).toEqual(sealed);
  expect(await sql(`SELECT * FROM events`)).toEqual([]);
  expect((await (await bucket("BOOKS")).head(key))?.version).toBe(before?.version);
});

describe("the alarm", () => {
  test("removes rows and pictures after their time, and leaves the usage", async () => {
    const queue = () => tenant.queue("?width=32", photo);
    const [old, young] = [await queue(), await queue()];
    const aged = await age(old.id, limits.jobRetentionMillis + day);
    expect(await usage()).toMatchObject({ jobsDone: 2 });
    expect(await pictures()).toEqual(expect.arrayContaining(keysOf(aged)));
    const outdated = hourOf(Date.now() - limits.usageRetentionMillis - day);
    await sql(`INSERT INTO usage (hour, totals) VALUES (?, '{}')`, outdated);

    await ringAlarm();
    await eventually(async () => {
      expect(await sql(`SELECT id FROM jobs WHERE id = ?`, aged)).toEqual([]);
    });
    const kept = await pictures();
    expect(keysOf(aged).some((key) => kept.includes(key))).toBe(false);
    expect(kept).toEqual(expect.arrayContaining(keysOf(young.id)));
    expect((await tenant.fetch(`/v1/jobs/${aged}`)).status).toBe(404);
    // The third is the one that rang.
    expect(await usage()).toMatchObject({ jobsDone: 3 });
    expect(await sql(`SELECT hour FROM usage WHERE hour = ?`, outdated)).toEqual([]);
  });

  test("rings again after a duty failed, without haste, until the duty is done", async () => {
    await render();
    const key = segmentKey(tenant.ledger, 1);
    const books = await bucket("BOOKS");
    await books.put(key, "something else has this name");
    await sql(`UPDATE events SET event = json_set(event, '$.at', 1)`);
    await ringAlarm();
    await eventually(async () => expect(failedDuties()).toBeGreaterThan(0));
    expect(await sql(`SELECT seq FROM events`)).not.toEqual([]);

    await books.delete(key);
    await eventually(async () => expect(await sql(`SELECT * FROM events`)).toEqual([]));
    expect(await books.head(key)).not.toBeNull();
    expect(failedDuties()).toBeLessThan(5);
  });

  const failedDuties = () =>
    service
      .logs()
      .filter(({ message }) => message.includes("alarm-duty-failed") && message.includes(tenant.id))
      .length;

  const keysOf = (id: string) => [sourceKey(tenant.id, id), outputKey(tenant.id, id, 1, 0)];

  async function pictures() {
    const list = await (await bucket("PICTURES_LOCAL")).list({ prefix: `pictures/${tenant.id}/` });
    return list.objects.map(({ key }) => key);
  }

  /** Gives a job the id and the time it would have, had it been accepted so long ago. */
  async function age(id: string, millis: number) {
    const at = Date.now() - millis;
    const aged = jobId("local", 0, ulid(at));
    const store = await bucket("PICTURES_LOCAL");
    for (const [index, key] of keysOf(id).entries()) {
      const picture = await (await store.get(key))?.arrayBuffer();
      await store.put(keysOf(aged)[index] ?? "", picture ?? null);
      await store.delete(key);
    }
    await sql(`UPDATE jobs SET id = ?, created_at = ? WHERE id = ?`, aged, at, id);
    return aged;
  }
});

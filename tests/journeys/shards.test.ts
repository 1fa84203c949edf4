import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseJobId } from "../../core/job/job-id.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { threeRegions } from "../three-regions.ts";
import { noisyJpeg } from "./pictures.ts";
import { answer, createTenant, startService, type Service } from "./service.ts";

let service: Service;
beforeAll(async () => {
  service = await startService({ fleet: threeRegions });
});
afterAll(() => service.close());

const picture = await noisyJpeg(16, 16);
const shardOf = ({ id }: { readonly id: string }) => parseJobId(id)?.shard;

const raise = (tenant: string, shards: number) =>
  answer<{ shards: number }>(
    service.admin(`/admin/v1/tenants/${tenant}/shards`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ shards }),
    }),
    200,
  );

test("fifty requests with one key, while shards go from one to four, make one job", async () => {
  const tenant = await createTenant(service);
  const send = () =>
    Promise.all(
      Array.from({ length: 25 }, () =>
        tenant.send("?width=8", picture, { "Idempotency-Key": "one" }),
      ),
    );
  const first = send();
  await raise(tenant.id, 4);
  const second = send();
  const answers = [...(await first), ...(await second)];
  const jobs = await Promise.all(answers.map((each) => answer<JobDocument>(each, each.status)));
  expect(jobs.filter(({ id }) => id === undefined)).toEqual([]);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  const fresh = answers.filter(({ headers }) => !headers.has("Idempotency-Replayed"));
  expect(fresh).toHaveLength(1);
});

test("shards are added under load: no job is lost or double, and repeated keys find theirs", async () => {
  const tenant = await createTenant(service);
  const keys = Array.from({ length: 40 }, (_, number) => `key-${number}`);
  const send = async (key: string) => {
    const sent = await tenant.send("?width=8", picture, { "Idempotency-Key": key });
    expect([200, 202]).toContain(sent.status);
    return (await answer<JobDocument>(sent, sent.status)).id;
  };
  const sendAll = (some: readonly string[]) => Promise.all(some.map(send));
  const one = sendAll(keys.slice(0, 15));
  const [two] = await Promise.all([sendAll(keys.slice(15, 30)), raise(tenant.id, 2)]);
  const [three] = await Promise.all([sendAll(keys.slice(30)), raise(tenant.id, 4)]);
  const ids = [...(await one), ...two, ...three];
  expect(new Set(ids).size).toBe(keys.length);
  expect(await sendAll(keys)).toEqual(ids);
  await vi.waitFor(
    async () => {
      const page = await answer<{ jobs: JobDocument[] }>(tenant.fetch("/v1/jobs?limit=100"), 200);
      expect(page.jobs.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(page.jobs.filter(({ status }) => status !== "done")).toEqual([]);
    },
    { timeout: 30_000, interval: 500 },
  );
  const { total } = await answer<{ total: { jobsDone: number } }>(tenant.fetch("/v1/usage"), 200);
  expect(total.jobsDone).toBe(keys.length);
});

test("work is spread over the shards, and lists and usage have all of it", async () => {
  const tenant = await createTenant(service);
  const before = await tenant.render("?width=8", picture);
  await raise(tenant.id, 4);
  const jobs = [before];
  // Isolates hear of it when they next read their tenant from KV.
  await vi.waitFor(
    async () => {
      jobs.push(await tenant.render("?width=8", picture));
      expect(new Set(jobs.map(shardOf))).toEqual(new Set([0, 1, 2, 3]));
    },
    { timeout: 20_000, interval: 500 },
  );
  const page = await answer<{ jobs: JobDocument[]; ledgers: object }>(
    tenant.fetch("/v1/jobs?limit=100"),
    200,
  );
  expect(page.jobs.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id).toReversed());
  expect(page.ledgers).toEqual({ included: 12, known: 12, missing: [] });
  const { total } = await answer<{ total: { jobsDone: number } }>(tenant.fetch("/v1/usage"), 200);
  expect(total.jobsDone).toBe(jobs.length);
  await answer(service.admin("/admin/v1/roll-up?preview=true", { method: "POST" }), 200);
  const month = new Date().toISOString().slice(0, 7);
  expect(await answer(tenant.fetch(`/v1/statements/${month}`), 200)).toMatchObject({
    ledgers: { included: 12, known: 12 },
    preview: { usage: { jobsDone: jobs.length } },
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";
import { noisyJpeg } from "./pictures.ts";

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;
let otherPhoto: Uint8Array;

beforeAll(async () => {
  service = await startService();
  [photo, otherPhoto] = await Promise.all([noisyJpeg(64, 48), noisyJpeg(48, 64)]);
});
afterAll(() => service.close());
beforeEach(async () => {
  tenant = await createTenant(service);
});

const send = (key: string, picture = photo, query = "?width=32", headers = {}) =>
  tenant.send(query, picture, { "Idempotency-Key": key, ...headers });
const settled = ({ id }: { id: string }) => tenant.job(id, { Prefer: "wait=20" });
const jobs = async () =>
  (await answer<{ jobs: JobDocument[] }>(tenant.fetch("/v1/jobs?limit=100"), 200)).jobs;
const usage = async () =>
  (
    await answer<{ total: { jobsDone: number; jobsFailed: number } }>(
      tenant.fetch("/v1/usage"),
      200,
    )
  ).total;
async function sources(): Promise<string[]> {
  const { PICTURES_LOCAL } = await service.objects.getEnv();
  const { objects } = await PICTURES_LOCAL.list({ prefix: `pictures/${tenant.id}/` });
  return objects.map(({ key }) => key).filter((key) => key.endsWith("/source"));
}
/** What an upload stored for a job that was known already is removed after the answer. */
const expectOneSource = (id: string) =>
  vi.waitFor(async () => expect(await sources()).toEqual([`pictures/${tenant.id}/${id}/source`]), {
    timeout: 20_000,
    interval: 50,
  });

describe("one key", () => {
  test("in fifty requests at once makes one job, one render, one bill line, and keeps one upload", async () => {
    // Each is read as soon as it comes: under load the harness lost the bodies of some that waited for all others.
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await send("fifty");
        const status = response.status === 200 ? 200 : 202;
        return { headers: response.headers, job: await answer<JobDocument>(response, status) };
      }),
    );
    const first = answers[0]?.job;
    if (!first) throw new Error("nothing was answered");
    expect(new Set(answers.map(({ job }) => job.id))).toEqual(new Set([first.id]));
    const fresh = answers.filter(({ headers }) => !headers.has("Idempotency-Replayed"));
    expect(fresh).toHaveLength(1);

    expect(await settled(first)).toMatchObject({ status: "done", attempts: 1 });
    expect(await jobs()).toHaveLength(1);
    expect(await usage()).toMatchObject({ jobsDone: 1, jobsFailed: 0 });
    await expectOneSource(first.id);
  });

  test("in twenty requests at once for two pictures belongs to one of them; the other is refused", async () => {
    const pictures = Array.from({ length: 20 }, (_, number) => (number % 2 ? photo : otherPhoto));
    const answers = await Promise.all(pictures.map((picture) => send("two", picture)));
    const accepted = pictures.filter((_, index) => answers[index]?.status !== 422);
    expect(accepted).toHaveLength(10);
    expect(new Set(accepted).size).toBe(1);
    const [job, ...more] = await jobs();
    expect(more).toEqual([]);
    expect(await settled({ id: job?.id ?? "" })).toMatchObject({
      status: "done",
      source: { bytes: accepted[0]?.length },
    });
    await expectOneSource(job?.id ?? "");
  });

  test("after its job is done answers 200 with that job, and renders nothing", async () => {
    const first = await settled(await answer<JobDocument>(send("again"), 202));
    for (const headers of [{}, { Prefer: "wait=5" }]) {
      const again = await send("again", photo, "?width=32", headers);
      expect(again.headers.get("Idempotency-Replayed")).toBe("true");
      expect(new URL(again.headers.get("Location") ?? "").pathname).toBe(`/v1/jobs/${first.id}`);
      expect(await answer<JobDocument>(again, 200)).toEqual(first);
    }
    expect(await usage()).toMatchObject({ jobsDone: 1 });
    await expectOneSource(first.id);
  });

  test("is the same request however its options are spelt", async () => {
    const { id } = await answer<JobDocument>(send("spelt", photo, "?width=32&format=webp"), 202);
    const again = await send("spelt", photo, "?f=webp&w=32", { Accept: "text/html" });
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await again.json()).toMatchObject({ id });
  });

  test("of another tenant is another key", async () => {
    const mine = await answer<JobDocument>(send("shared"), 202);
    const other = await createTenant(service);
    const theirs = await other.send("?width=16", otherPhoto, { "Idempotency-Key": "shared" });
    expect(theirs.headers.has("Idempotency-Replayed")).toBe(false);
    expect((await answer<JobDocument>(theirs, 202)).id).not.toBe(mine.id);
  });

  test("of a request that was refused is free for the next", async () => {
    expect((await send("free", new TextEncoder().encode("no picture"))).status).toBe(415);
    const { id } = await answer<JobDocument>(send("free"), 202);
    expect(await settled({ id })).toMatchObject({ status: "done" });
  });

  test("of 255 characters is a key", async () => {
    expect((await send("~".repeat(255))).status).toBe(202);
  });
});

describe("is refused, and nothing is stored:", () => {
  test.each([
    ["the key of another picture", () => otherPhoto, "?width=32"],
    ["the key of other options", () => photo, "?width=33"],
    ["the key of one output more", () => photo, "?output=width=32&output=width=16"],
  ])("%s", async (_, picture, query) => {
    const { id } = await answer<JobDocument>(send("taken"), 202);
    expect(await answer(send("taken", picture(), query), 422)).toMatchObject({
      code: "idempotency-key-reused",
      status: 422,
    });
    await expectOneSource(id);
    await settled({ id });
    expect(await usage()).toMatchObject({ jobsDone: 1, jobsFailed: 0 });
  });

  test("the key of a job that was deleted", async () => {
    const { id } = await settled(await answer<JobDocument>(send("deleted"), 202));
    expect((await tenant.fetch(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    const problem = await answer<{ code: string; detail: string }>(send("deleted"), 422);
    expect(problem).toMatchObject({ code: "idempotency-key-reused" });
    expect(problem.detail).toContain("deleted");
  });

  test.each([
    ["an empty key", ""],
    ["a key of 256 characters", "k".repeat(256)],
    ["a key that is not ASCII", "clé"],
    ["a key with a tab in it", "a\tb"],
  ])("%s", async (_, key) => {
    // Straight to the port: the harness leaves empty fields out.
    const response = fetch(new URL("/v1/jobs?width=32", service.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${tenant.key}`, "Idempotency-Key": key },
      body: photo as BodyInit,
    });
    expect(await answer(response, 400)).toMatchObject({ code: "invalid-idempotency-key" });
    expect(await jobs()).toEqual([]);
    expect(await sources()).toEqual([]);
  });
});

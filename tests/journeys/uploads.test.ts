import { createHash } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceKey } from "../../core/job/picture-key.ts";
import { limits } from "../../core/limits.ts";
import type { JobDocument } from "../../workers/api/documents/job-document.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { exchange } from "./raw-http.ts";
import { answer, createTenant, startService, type Service, type Tenant } from "./service.ts";

let service: Service;
let tenant: Tenant;
let pictures: Record<"held" | "streamed", Uint8Array>;

beforeAll(async () => {
  const [started, held, streamed] = await Promise.all([
    startService(),
    noisyJpeg(320, 240),
    noisyJpeg(2400, 2000),
  ]);
  service = started;
  pictures = { held, streamed };
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const sizes = ["held", "streamed"] as const;

test("the two pictures lie on either side of what is held whole", () => {
  expect(pictures.held.length).toBeLessThan(limits.heldBytesMax);
  expect(pictures.streamed.length).toBeGreaterThan(2 * limits.heldBytesMax);
});

describe.each(sizes)("a picture that is %s", (size) => {
  test("arrives byte for byte and is rendered", async () => {
    const picture = pictures[size];
    const job = await tenant.queue("?width=200&format=png", picture);
    expect(job).toMatchObject({
      status: "done",
      source: { bytes: picture.length, format: "jpeg" },
    });
    expect(await storedDigest(job.id)).toBe(digest(picture));
    expect(await outputSize(job, 0)).toEqual({ width: 200, height: job.outputs[0]?.height });
  });

  test("may come in a form, its outputs in fields before it", async () => {
    const form = new FormData();
    form.append("output", "width=100");
    form.append("output", "width=50,format=webp");
    form.append("image", new File([pictures[size]], "photo.jpg"));
    const job = await sendForm("", form);
    expect(job.outputs).toMatchObject([
      { width: 100, format: "jpeg" },
      { width: 50, format: "webp" },
    ]);
    expect(job.source.bytes).toBe(pictures[size].length);
    expect(await storedDigest(job.id)).toBe(digest(pictures[size]));
  });

  test("may come in a form, its options in the query or in fields of their own", async () => {
    const form = new FormData();
    form.append("height", "30");
    form.append("fit", "squeeze");
    form.append("image", new File([pictures[size]], "photo.jpg"));
    expect((await sendForm("?width=40", form)).outputs).toMatchObject([{ width: 40, height: 30 }]);
  });

  test("may bring an overlay, which is stored, drawn and billed, and goes with its job", async () => {
    const owner = await createTenant(service);
    const form = new FormData();
    const logo = { create: { width: 50, height: 40, channels: 3, background: "#ff0000" } } as const;
    const overlay = new Uint8Array(await sharp(logo).png().toBuffer());
    form.append("overlay", new File([overlay], "logo.png"));
    form.append("image", new File([pictures[size]], "photo.jpg"));
    const key = { "Idempotency-Key": "drawn" };
    const query = "?width=100&format=png&overlay.left=0&overlay.top=0";
    const job = await sendForm(query, form, key, owner);
    expect(job.usage?.bytesIn).toBe(pictures[size].length + overlay.length);
    const { width, height } = await sharp(pictures[size]).metadata();
    const [output] = job.outputs;
    const made = (output?.width ?? 0) * (output?.height ?? 0);
    expect(job.usage?.megapixels).toBeCloseTo((width * height + 50 * 40 + made) / 1e6, 9);
    const rendition = await (await owner.fetch(`/v1/jobs/${job.id}/outputs/0`)).arrayBuffer();
    const corner = { left: 0, top: 0, width: 2, height: 2 };
    const drawn = await sharp(rendition).removeAlpha().extract(corner).raw().toBuffer();
    expect([...drawn.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect(await storedKeys(owner)).toContain(`pictures/${owner.id}/${job.id}/overlay`);

    expect(await sendForm(query, form, key, owner)).toEqual(job);
    form.set("overlay", new File([pictures.held], "other.jpg"));
    form.delete("image");
    form.append("image", new File([pictures[size]], "photo.jpg"));
    const reused = await (await postForm(query, form, key, owner)).json();
    expect(reused).toMatchObject({ code: "idempotency-key-reused" });

    await owner.fetch(`/v1/jobs/${job.id}`, { method: "DELETE" });
    await expect.poll(() => storedKeys(owner)).toEqual([]);
  });

  test("is the same job when its Idempotency-Key comes again, raw or in a form", async () => {
    const key = { "Idempotency-Key": `again-${size}` };
    const first = await tenant.render("?width=60", pictures[size], key);
    const again = await tenant.send("?width=60", pictures[size], key);
    expect(again.headers.get("Idempotency-Replayed")).toBe("true");
    expect(await answer(again, 200)).toEqual(first);

    const form = new FormData();
    form.append("image", new File([pictures[size]], "photo.jpg"));
    expect(await sendForm("?width=60", form, key)).toEqual(first);

    const other = pictures[size].slice();
    other[other.length - 1] = 0;
    await expectProblem(tenant.send("?width=60", other, key), "idempotency-key-reused");
  });

  test("whose end never comes leaves nothing", async () => {
    const loser = await createTenant(service);
    const headers = {
      Authorization: `Bearer ${loser.key}`,
      "Content-Length": String(pictures[size].length + 1),
    };
    await exchange(service.url, {
      method: "POST",
      path: "/v1/jobs",
      headers,
      body: pictures[size],
      cut: true,
    });
    expect(await answer(loser.fetch("/v1/jobs"), 200)).toMatchObject({ jobs: [] });
    expect(await storedKeys(loser)).toEqual([]);
  });
});

test("a source that no job needs any more is removed", async () => {
  const retrying = await createTenant(service);
  const key = { "Idempotency-Key": "once" };
  const job = await retrying.queue("?width=60", pictures.held, key);
  for (let retries = 0; retries < 3; retries++)
    await answer(retrying.send("?width=60", pictures.held, key), 200);
  await expectProblem(retrying.send("?width=61", pictures.held, key), "idempotency-key-reused");
  await expect
    .poll(() => storedKeys(retrying))
    .toEqual(["1/0", "source"].map((name) => `pictures/${retrying.id}/${job.id}/${name}`));
});

test("many large pictures at once all arrive whole", async () => {
  const jobs = await Promise.all(
    Array.from({ length: 4 }, (_, index) => tenant.send(`?width=${index + 10}`, pictures.streamed)),
  );
  for (const accepted of jobs) {
    const { id } = await answer<JobDocument>(accepted, 202);
    expect(await tenant.job(id, { Prefer: "wait=25" })).toMatchObject({
      status: "done",
      source: { bytes: pictures.streamed.length },
    });
  }
});

async function sendForm(
  query: string,
  form: FormData,
  headers: Record<string, string> = {},
  sender = tenant,
): Promise<JobDocument> {
  const { body, type } = await wholeForm(form);
  const sent = await sender.send(query, body, { ...headers, "Content-Type": type });
  const { id } = await answer<JobDocument>(sent, sent.status === 200 ? 200 : 202);
  return sender.job(id, { Prefer: "wait=25" });
}

async function postForm(
  query: string,
  form: FormData,
  headers: Record<string, string>,
  sender: Tenant,
): Promise<Response> {
  const { body, type } = await wholeForm(form);
  return sender.send(query, body, { ...headers, "Content-Type": type });
}

/** A stream would be sent without a length. */
async function wholeForm(form: FormData) {
  const whole = new Response(form);
  const type = whole.headers.get("Content-Type") ?? "";
  return { type, body: new Uint8Array(await whole.arrayBuffer()) };
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function storedDigest(job: string): Promise<string> {
  const { PICTURES_LOCAL } = await service.api.getEnv();
  const stored = await PICTURES_LOCAL.get(sourceKey(tenant.id, job));
  return digest(new Uint8Array((await stored?.arrayBuffer()) ?? []));
}

async function storedKeys(of: Tenant): Promise<string[]> {
  const { PICTURES_LOCAL } = await service.api.getEnv();
  return (await PICTURES_LOCAL.list({ prefix: `pictures/${of.id}/` })).objects.map(
    ({ key }) => key,
  );
}

async function outputSize(job: JobDocument, index: number) {
  const output = await tenant.fetch(`/v1/jobs/${job.id}/outputs/${index}`);
  const { width, height } = await sharp(new Uint8Array(await output.arrayBuffer())).metadata();
  return { width, height };
}

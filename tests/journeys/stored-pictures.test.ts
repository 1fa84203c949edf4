import { createHash } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { signUrl } from "../../core/delivery/signed-url.ts";
import { limits } from "../../core/limits.ts";
import { scopes } from "../../core/identity/scopes.ts";
import type { OriginalDocument } from "../../workers/api/documents/original-document.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import {
  answer,
  createTenant,
  jsonBody,
  startService,
  type Service,
  type Tenant,
} from "./service.ts";

let service: Service;
let tenant: Tenant;
let photo: Uint8Array;
let stored: OriginalDocument;

beforeAll(async () => {
  [service, photo] = await Promise.all([startService(), noisyJpeg(320, 240)]);
  tenant = await createTenant(service, { requestsPerSecond: 250, burst: 1000 });
  stored = await answer(post(tenant, photo), 201);
});
afterAll(() => service.close());

const post = (by: Tenant, body: Uint8Array, more: RequestInit = {}) =>
  by.fetch("/v1/images", { method: "POST", body: body as BodyInit, ...more });

const image = (options: string, headers: Record<string, string> = {}, by = tenant.id) =>
  service.fetch(`/t/${by}/image/${options}/${stored.id}`, { headers });

async function billed(): Promise<{ jobsDone: number; computeUnits: number }> {
  const usage = await answer<{ total: { jobsDone: number; computeUnits: number } }>(
    tenant.fetch("/v1/usage"),
    200,
  );
  return usage.total;
}

test("a picture is stored once, under the hash of its bytes, and comes back as it was sent", async () => {
  const sha256 = createHash("sha256").update(photo).digest("hex");
  expect(stored).toMatchObject({
    id: `img_${sha256}`,
    bytes: photo.length,
    width: 320,
    format: "jpeg",
  });
  expect(await answer(post(tenant, photo), 200)).toEqual(stored);
  expect(await answer(tenant.fetch(`/v1/images/${stored.id}`), 200)).toEqual(stored);
  expect(await answer(tenant.fetch("/v1/images"), 200)).toEqual({ images: [stored], cursor: null });
  const original = await tenant.fetch(`/v1/images/${stored.id}/original`);
  expect(new Uint8Array(await original.arrayBuffer())).toEqual(new Uint8Array(photo));
});

test("a page stores one picture through an upload address, however long and however often it is sent", async () => {
  const [long, other] = await Promise.all([noisyJpeg(1400, 1300), noisyJpeg(1400, 1301)]);
  expect(long.length).toBeGreaterThan(limits.heldBytesMax);
  const made = await answer<{ url: string }>(
    tenant.fetch("/v1/images/uploads", jsonBody({ formats: ["jpeg"] })),
    201,
  );
  const { pathname, search } = new URL(made.url);
  const send = (body: Uint8Array, method: string, type = "image/jpeg") =>
    service.fetch(pathname + search, {
      method,
      body: body as BodyInit,
      headers: { "Content-Type": type },
    });
  const fields = new FormData();
  fields.append("image", new File([long], "photo.jpg"));
  const form = new Response(fields);
  const formType = form.headers.get("Content-Type") ?? "";
  const answers = await Promise.all([
    send(long, "PUT"),
    send(other, "PUT"),
    send(new Uint8Array(await form.arrayBuffer()), "POST", formType),
    send(other, "PUT"),
  ]);
  const ids = await Promise.all(
    answers.map(async (response) => (await response.json<{ id?: string }>()).id),
  );
  const first = ids.find((id) => id !== undefined);
  expect(ids.filter((id) => id === first)).toHaveLength(2);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201, 201, 409, 409,
  ]);
  const bucket = (await service.api.getEnv()).PICTURES_LOCAL;
  const passing = async () => (await bucket.list({ prefix: `pictures/${tenant.id}/` })).objects;
  await vi.waitFor(async () => expect(await passing()).toEqual([]));
  expect((await tenant.fetch(`/v1/images/${first}`, { method: "DELETE" })).status).toBe(204);
});

test("a picture too long to be held is stored by its hash too, and nothing is left beside it", async () => {
  const long = await noisyJpeg(1600, 1200);
  expect(long.length).toBeGreaterThan(1024 * 1024);
  const sha256 = createHash("sha256").update(long).digest("hex");
  const { id, bytes } = await answer<OriginalDocument>(post(tenant, long), 201);
  expect({ id, bytes }).toEqual({ id: `img_${sha256}`, bytes: long.length });
  await answer(post(tenant, long), 200);
  const bucket = (await service.api.getEnv()).PICTURES_LOCAL;
  expect((await bucket.list({ prefix: `pictures/${tenant.id}/` })).objects).toEqual([]);
});

test("the first request makes a rendition, those after it get the same bytes and cost nothing", async () => {
  const before = await billed();
  const first = await image("width=100,format=webp");
  expect(first.status).toBe(200);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-type": "image/webp",
    "cache-control": "public, max-age=86400",
    "cache-status": "minilab; fwd=uri-miss; stored",
    "content-disposition": `inline; filename="${stored.id.slice(4, 20)}.webp"`,
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
  expect(first.headers.has("Vary")).toBe(false);
  const bytes = new Uint8Array(await first.arrayBuffer());
  expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 100, height: 75 });
  const once = await billed();
  expect(once.jobsDone).toBe(before.jobsDone + 1);

  // Written otherwise, it is the same.
  for (const [options, from] of [
    ["width=100,format=webp", /fetch;/],
    // From the location's own copy: storage was not asked.
    ["f=webp,w=100", /cache;(?!.*fetch;)/],
  ] as const) {
    const again = await image(options);
    expect(again.headers.get("Cache-Status")).toBe("minilab; hit");
    expect(again.headers.get("Server-Timing")).toMatch(from);
    expect(new Uint8Array(await again.arrayBuffer())).toEqual(bytes);
  }
  expect(await billed()).toEqual(once);

  const etag = first.headers.get("ETag") ?? "";
  const known = await image("width=100,format=webp", { "If-None-Match": etag });
  expect([known.status, known.headers.get("ETag")]).toEqual([304, etag]);
  const part = await image("width=100,format=webp", { Range: "bytes=0-3" });
  expect([part.status, await part.text()]).toEqual([206, "RIFF"]);
});

test("format=auto follows Accept, and only then the answer varies; AVIF comes later, and is billed once", async () => {
  const { jobsDone } = await billed();
  const get = (accept: string) => image("width=90,format=auto", { Accept: accept });
  const modern = "image/avif,image/webp,*/*";
  const first = [await get(modern), await get("image/*")];
  expect(first.map(({ headers }) => headers.get("Content-Type"))).toEqual([
    "image/webp",
    "image/jpeg",
  ]);
  const later = await vi.waitFor(
    async () => {
      const answer = await get(modern);
      expect(answer.headers.get("Content-Type")).toBe("image/avif");
      return answer;
    },
    { timeout: 30_000, interval: 250 },
  );
  const all = [...first, later];
  expect(new Set(all.map(({ headers }) => headers.get("Vary")))).toEqual(new Set(["Accept"]));
  expect((await billed()).jobsDone).toBe(jobsDone + 3);
});

test("200 requests at once for one new rendition are one job, and all get its bytes", async () => {
  const before = await billed();
  const responses = await Promise.all(
    Array.from({ length: 200 }, () => image("width=110,format=jpeg")),
  );
  const bodies = await Promise.all(
    responses.map(async (response) => Buffer.from(await response.arrayBuffer()).toString("hex")),
  );
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(bodies).size).toBe(1);
  expect((await billed()).jobsDone).toBe(before.jobsDone + 1);
});

test("what cannot be answered is a problem with Cloudflare's code for it", async () => {
  const wrong = await image("widht=100");
  expect(wrong.headers.get("Cf-Resized")).toBe("err=9401");
  await expectProblem(Promise.resolve(wrong), "invalid-option");
  const other = await createTenant(service);
  const foreign = await image("width=100", {}, other.id);
  expect(foreign.headers.get("Cf-Resized")).toBe("err=9404");
  await expectProblem(Promise.resolve(foreign), "not-found");
  await expectProblem(service.fetch(`/t/nobody/image/width=1/${stored.id}`), "not-found");
});

test("a tenant decides what is delivered: presets, or URLs that it has signed", async () => {
  const owner = await createTenant(service, {}, scopes);
  const { id } = await answer<OriginalDocument>(post(owner, photo), 201);
  const change = (body: object) =>
    answer(owner.fetch("/v1/delivery", { ...jsonBody(body), method: "PATCH" }), 200);
  await change({ mode: "signed", presets: { card: "width=60,format=jpeg" }, cacheSeconds: 60 });
  const { secret } = await answer<{ secret: string }>(
    owner.fetch("/v1/delivery/signing-keys", { method: "POST" }),
    201,
  );
  const at = (url: string) => service.fetch(`/t/${owner.id}${url}`);
  const path = `/image/preset=card/${id}`;
  const signed = signUrl({ path, query: "" }, owner.id, secret, Math.ceil(Date.now() / 1000) + 600);

  await expectProblem(at(path), "signature-invalid");
  await expectProblem(at(signed.replace("card", "Card")), "signature-invalid");
  const first = await at(signed);
  expect([first.status, first.headers.get("Cache-Control")]).toEqual([200, "public, max-age=60"]);
  expect(await sharp(await first.arrayBuffer()).metadata()).toMatchObject({ width: 60 });
  expect((await at(signed)).headers.get("Cache-Status")).toBe("minilab; hit");
});

test("what was made is purged by source, by preset, or all of it, and is made and billed again", async () => {
  const owner = await createTenant(service, {}, scopes);
  const [one, two] = await Promise.all([
    answer<OriginalDocument>(post(owner, photo), 201),
    answer<OriginalDocument>(post(owner, await noisyJpeg(100, 80)), 201),
  ]);
  const presets = { card: "width=60,format=auto", other: "width=50,format=jpeg" };
  const change = { ...jsonBody({ presets }), method: "PATCH" };
  await answer(owner.fetch("/v1/delivery", change), 200);
  const purge = (query: string) =>
    answer(owner.fetch(`/v1/renditions${query}`, { method: "DELETE" }), 200);
  const urls = [one, two].flatMap(({ id }) => [`preset=card/${id}`, `preset=other/${id}`]);
  const get = async (path: string) => {
    const headers = { Accept: "image/webp" };
    const response = await service.fetch(`/t/${owner.id}/image/${path}`, { headers });
    expect(response.status).toBe(200);
    return response.headers.get("Cache-Status") === "minilab; hit";
  };
  const hits = async () => {
    const all: boolean[] = [];
    for (const url of urls) all.push(await get(url));
    return all;
  };
  expect(await hits()).toEqual([false, false, false, false]);
  expect(await purge(`?source=${one.id}`)).toEqual({ cursor: null });
  expect(await hits()).toEqual([false, false, true, true]);
  await purge("?preset=card");
  expect(await hits()).toEqual([false, true, false, true]);
  await purge("");
  expect(await hits()).toEqual([false, false, false, false]);
  const { total } = await answer<{ total: { jobsDone: number } }>(owner.fetch("/v1/usage"), 200);
  expect(total.jobsDone).toBe(4 + 2 + 2 + 4);
  for (const wrong of ["?preset=none", "?sources=x", "?source=a:b", "?preset=card&cursor=1"]) {
    const refused = owner.fetch(`/v1/renditions${wrong}`, { method: "DELETE" });
    await expectProblem(refused, "invalid-option");
  }
});

test("a deleted picture is delivered to nobody; stored again, it is rendered and billed again", async () => {
  const before = await billed();
  await image("width=120,format=jpeg");
  const url = `/v1/images/${stored.id}`;
  expect((await tenant.fetch(url, { method: "DELETE" })).status).toBe(204);
  expect((await tenant.fetch(url, { method: "DELETE" })).status).toBe(204);
  await expectProblem(image("width=120,format=jpeg"), "not-found");
  const bucket = (await service.api.getEnv()).PICTURES_LOCAL;
  const left = await bucket.list({ prefix: `renditions/${tenant.id}/${stored.id.slice(4)}/` });
  expect(left.objects).toEqual([]);
  await answer(post(tenant, photo), 201);
  const again = await image("width=120,format=jpeg");
  expect(again.headers.get("Cache-Status")).toBe("minilab; fwd=uri-miss; stored");
  expect((await billed()).jobsDone).toBe(before.jobsDone + 2);
});

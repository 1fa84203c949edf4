import { createHash, createHmac } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OriginalDocument } from "../../workers/api/documents/original-document.ts";
import { noisyJpeg } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import {
  answer,
  createKey,
  createTenant,
  jsonBody,
  startService,
  type Service,
} from "./service.ts";

/** Sources on other hosts, and URLs of other services. What the Workers fetch leaves through this process. */

let service: Service;
let photo: Uint8Array;
const platformFetch = globalThis.fetch;
/** Paths that the origin was asked for. */
const asked: string[] = [];

beforeAll(async () => {
  globalThis.fetch = async (input, init) => origin(new URL(new Request(input, init).url));
  [service, photo] = await Promise.all([startService(), noisyJpeg(320, 240)]);
});
afterAll(async () => {
  await service.close();
  globalThis.fetch = platformFetch;
});

function origin({ hostname, pathname }: URL): Response {
  asked.push(`${hostname}${pathname}`);
  if (hostname !== "cdn.example.com") return new Response("not here", { status: 500 });
  if (pathname === "/gone.jpg") return new Response("gone", { status: 404 });
  if (pathname === "/inside.jpg") {
    return new Response(null, { status: 302, headers: { Location: "http://169.254.169.254/" } });
  }
  return new Response(photo as BodyInit, {
    headers: {
      "Content-Type": "image/jpeg",
      "Content-Length": String(photo.length),
      ETag: '"v1"',
    },
  });
}

async function tenantWith(settings: object) {
  const tenant = await createTenant(service, { requestsPerSecond: 250, burst: 1000 });
  const { key } = await createKey(service, tenant.id, ["keys:admin", "jobs:write", "jobs:read"]);
  const headers = { Authorization: `Bearer ${key}` };
  const call = (path: string, init: RequestInit = {}) =>
    service.fetch(path, { ...init, headers: { ...headers, ...(init.headers as object) } });
  await answer(call("/v1/delivery", { ...jsonBody(settings), method: "PATCH" }), 200);
  const get = (path: string, sent: Record<string, string> = {}) =>
    service.fetch(`/t/${tenant.id}${path}`, { headers: sent, redirect: "manual" });
  return { ...tenant, call, get };
}

const source = "https://cdn.example.com/a/photo.jpg";

describe("a source on another host", () => {
  test("is refused unless the tenant's list allows it, and so is where it redirects to", async () => {
    const closed = await tenantWith({});
    const refused = closed.get(`/image/width=100/${source}`);
    const { detail } = await expectProblem(refused, "source-not-allowed");
    expect(detail).toContain("cdn.example.com");
    expect((await refused).headers.get("Cf-Resized")).toBe("err=9401");
    const open = await tenantWith({ sources: ["cdn.example.com/inside.jpg", "cdn.example.com/a"] });
    await expectProblem(
      open.get(`/image/width=100/https://cdn.example.com/b.jpg`),
      "source-not-allowed",
    );
    await expectProblem(
      open.get("/image/width=100/https://cdn.example.com/inside.jpg"),
      "source-not-allowed",
    );
    expect(asked).toEqual(["cdn.example.com/inside.jpg"]);
  });

  test("is fetched once, rendered and billed once, raw or encoded", async () => {
    asked.length = 0;
    const tenant = await tenantWith({ sources: ["https://*.example.com"] });
    const first = await tenant.get(`/image/width=100,format=webp/${source}?v=1`);
    expect(first.headers.get("Cache-Status")).toContain("fwd=uri-miss");
    const bytes = Buffer.from(await first.arrayBuffer());
    expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: 100, height: 75 });
    const encoded = encodeURIComponent(`${source}?v=1`);
    const again = await tenant.get(`/image/f=webp,w=100/${encoded}`);
    expect(again.headers.get("Cache-Status")).toBe("minilab; hit");
    expect(Buffer.from(await again.arrayBuffer())).toEqual(bytes);
    expect(asked).toEqual(["cdn.example.com/a/photo.jpg"]);
    const usage = await answer<{ total: { jobsDone: number } }>(tenant.fetch("/v1/usage"), 200);
    expect(usage.total.jobsDone).toBe(1);
    await answer(tenant.call(`/v1/renditions?source=${encoded}`, { method: "DELETE" }), 200);
    const purged = await tenant.get(`/image/f=webp,w=100/${encoded}`);
    expect(purged.headers.get("Cache-Status")).toContain("fwd=uri-miss");
    expect(asked).toHaveLength(2);
  });

  test("answers with its origin's failure; onerror=redirect leads to the tenant's own site alone", async () => {
    const tenant = await tenantWith({
      site: "https://cdn.example.com",
      sources: ["down.example.com"],
    });
    await expectProblem(tenant.get("/image/width=9/gone.jpg"), "source-not-found");
    await expectProblem(tenant.get("/image/width=9/https://down.example.com/"), "source-failed");
    await expectProblem(
      tenant.get("/image/width=9,onerror=redirect/https://down.example.com/"),
      "source-failed",
    );
    const sent = await tenant.get("/image/width=9,onerror=redirect/gone.jpg");
    expect([sent.status, sent.headers.get("Location")]).toEqual([
      302,
      "https://cdn.example.com/gone.jpg",
    ]);
  });

  test("that this service fetches itself ends the circle", async () => {
    const tenant = await tenantWith({});
    const looped = tenant.get("/image/width=9/a.jpg", { Via: "1.1 minilab, 1.1 varnish" });
    await expectProblem(looped, "source-loop");
  });

  test("can be stored for good by its URL", async () => {
    const tenant = await tenantWith({ sources: ["cdn.example.com"] });
    const post = (url: string) => tenant.call("/v1/images", jsonBody({ url }));
    const { id, bytes } = await answer<OriginalDocument>(post(source), 201);
    const sha256 = createHash("sha256").update(photo).digest("hex");
    expect({ id, bytes }).toEqual({ id: `img_${sha256}`, bytes: photo.length });
    await answer(post(source), 200);
    await expectProblem(post("https://evil.example/a.jpg"), "source-not-allowed");
    await expectProblem(post("https://cdn.example.com/gone.jpg"), "source-not-found");
    await expectProblem(post("no url"), "bad-request");
  });
});

describe("another service's URL", () => {
  const hex = { key: "0102030405060708", salt: "f0e0d0c0" };
  const token = "imgix-token";
  const unsigned = { next: {}, vercel: {}, ipx: {}, astro: {}, imgproxy: {}, imgix: {} };
  const base64 = Buffer.from(source).toString("base64url");

  test("answers a right picture once it is switched on, and is nobody's before", async () => {
    const closed = await tenantWith({ site: "https://cdn.example.com" });
    const open = await tenantWith({ site: "https://cdn.example.com", dialects: unsigned });
    const urls: [url: string, format: string, width: number, height: number][] = [
      ["/_next/image?url=%2Fhero.jpg&w=256&q=75", "webp", 256, 192],
      [`/_next/image?url=${encodeURIComponent(source)}&w=1920&q=75&dpl=1`, "webp", 320, 240],
      ["/_vercel/image?w=80&q=75&url=%2Fp.jpg", "webp", 80, 60],
      ["/_ipx/s_80x80,f_png/p.jpg", "png", 80, 80],
      [`/_ipx/w_60/${source}`, "webp", 60, 45],
      ["/_image?href=%2Fp.jpg&w=40&h=40&q=mid&f=avif&fit=cover", "heif", 40, 40],
      [`/insecure/rs:fill:50:20:t/q:60/f:webp/plain/${source}`, "webp", 50, 20],
      [`/x/rs:fit:50:50/${base64}.png`, "png", 50, 38],
      ["/p.jpg?ixlib=js-3.8.0&w=70&h=30&fit=crop&fm=webp", "webp", 70, 30],
    ];
    for (const [url, format, width, height] of urls) {
      await expectProblem(closed.get(url), "not-found");
      const response = await open.get(url, { Accept: "image/webp,*/*" });
      expect([url, response.status]).toEqual([url, 200]);
      const picture = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
      expect([url, picture]).toMatchObject([url, { format, width, height }]);
    }
    await expectProblem(open.get("/_ipx/kernel_cubic/p.jpg"), "invalid-option");
  });

  test("must be signed where the tenant has keys for it", async () => {
    const tenant = await tenantWith({
      site: "https://cdn.example.com",
      dialects: { imgproxy: { keys: [hex] }, imgix: { tokens: ["old", token] } },
    });
    const path = `/w:50/plain/${source}`;
    const signature = createHmac("sha256", Buffer.from(hex.key, "hex"))
      .update(Buffer.from(hex.salt, "hex"))
      .update(path)
      .digest("base64url");
    expect((await tenant.get(`/${signature}${path}`)).status).toBe(200);
    await expectProblem(tenant.get(`/insecure${path}`), "signature-invalid");
    const md5 = (text: string) => createHash("md5").update(`${token}${text}`).digest("hex");
    expect((await tenant.get(`/p.jpg?w=50&s=${md5("/p.jpg?w=50")}`)).status).toBe(200);
    await expectProblem(tenant.get(`/p.jpg?w=51&s=${md5("/p.jpg?w=50")}`), "signature-invalid");
    const old = "/p.jpg?w=50&expires=1000000000";
    await expectProblem(tenant.get(`${old}&s=${md5(old)}`), "signature-expired");
  });

  test("is switched on by the tenant, whose keys are shown to nobody", async () => {
    const tenant = await tenantWith({ dialects: { imgix: { tokens: [token] }, next: {} } });
    await answer(
      tenant.call("/v1/delivery", {
        ...jsonBody({ site: "https://www.example.com" }),
        method: "PATCH",
      }),
      200,
    );
    const settings = await answer(tenant.call("/v1/delivery"), 200);
    expect(settings).toMatchObject({
      sources: [],
      site: "https://www.example.com",
      dialects: { next: {}, imgix: { keys: 1 } },
    });
    const trail = await (await tenant.call("/v1/audit")).text();
    expect(trail).toContain("delivery.change");
    expect(trail).not.toContain(token);
    for (const wrong of [
      { sources: ["127.0.0.1"] },
      { site: "https://*.example.com" },
      { dialects: { thumbor: {} } },
      { dialects: { imgproxy: { keys: [] } } },
      { dialects: { imgproxy: { keys: [{ key: "xyz", salt: "00" }] } } },
    ]) {
      const refused = tenant.call("/v1/delivery", { ...jsonBody(wrong), method: "PATCH" });
      await expectProblem(refused, "bad-request");
    }
    await expectProblem(tenant.fetch("/v1/delivery"), "scope-missing");
  });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defaultSettings } from "../../../../core/delivery/settings.ts";
import { signUrl } from "../../../../core/delivery/signed-url.ts";
import { limits } from "../../../../core/limits.ts";
import { ask } from "../ask.ts";
import { DeliveringWorld } from "./delivering-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const rules = { API_HOSTS: "img.example.com, minilab.test", TENANT_DOMAIN: "pics.example.com" };
const at = (
  world: DeliveringWorld,
  url: string,
  init: RequestInit = {},
  bindings: object = rules,
): Promise<Response> => ask(url, init, { ...world.env, ...bindings });

test("a tenant's pictures are at the root of its hosts, byte for byte as below the API's", async () => {
  const world = new DeliveringWorld().enter();
  const tenant = world.tenant({
    settings: { ...defaultSettings, mode: "signed" },
    signingKeys: [{ id: "sgn_1", secret: "s", createdAt: 0 }],
  });
  world.name("alpha", tenant, 1);
  world.name("bilder.alpha.example", tenant, 2);
  const path = signUrl(
    { path: `/image/width=9,format=webp/${world.store(tenant, "1")}`, query: "" },
    tenant.tenant,
    "s",
  );
  const answers = await Promise.all(
    [
      `https://img.example.com/t/${tenant.tenant}`,
      "https://alpha.pics.example.com",
      "https://bilder.alpha.example",
      "http://ALPHA.pics.example.com:8787",
    ].map(async (root) => {
      const response = await at(world, root + path);
      return [response.status, response.headers.get("ETag"), await response.text()];
    }),
  );
  expect(answers[0]?.[0]).toBe(200);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  const head = await at(world, `https://alpha.pics.example.com${path}`, { method: "HEAD" });
  expect([head.status, head.headers.get("ETag")]).toEqual([200, answers[0]?.[1]]);
});

test("a host shows its own tenant's pictures alone, whatever else the request says", async () => {
  const world = new DeliveringWorld().enter();
  const [tenant, other] = [world.tenant(), world.tenant()];
  world.name("beta1", tenant, 1);
  world.name("beta2", other, 1);
  const [mine, theirs] = [world.store(tenant, "2"), world.store(other, "3")];
  const forwarded = {
    "X-Forwarded-Host": "beta2.pics.example.com",
    Forwarded: "host=beta2.pics.example.com",
    "X-Host": "beta2.pics.example.com",
    "X-Original-URL": `/t/${other.tenant}/image/width=9,format=webp/${theirs}`,
  };
  const get = (host: string, path: string) =>
    at(world, `https://${host}.pics.example.com${path}`, { headers: forwarded });
  for (let time = 0; time < 3; time++) {
    const own = await get("beta1", `/image/width=9,format=webp/${mine}`);
    expect([own.status, await own.text()]).toEqual([200, expect.stringContaining(tenant.tenant)]);
    const strange = await get("beta1", `/image/width=9,format=webp/${theirs}`);
    expect([strange.status, await strange.text()]).toEqual([
      404,
      expect.not.stringContaining("renditions"),
    ]);
    const crossing = await get("beta1", `/t/${other.tenant}/image/width=9,format=webp/${theirs}`);
    expect(crossing.status).toBe(404);
  }
});

test("nothing but pictures is there, and nothing at all at a host that is nobody's", async () => {
  const world = new DeliveringWorld().enter();
  world.name("gamma", world.tenant(), 1);
  for (const path of [
    "/",
    "/v1/jobs",
    "/admin/v1/tenants",
    "/openapi.json",
    "/healthz",
    "/problems/not-found",
  ]) {
    for (const host of [
      "gamma.pics.example.com",
      "unknown.pics.example.com",
      "a.b.pics.example.com",
      "nobody.example",
    ]) {
      expect((await at(world, `https://${host}${path}`)).status).toBe(404);
    }
  }
  const post = await at(world, "https://gamma.pics.example.com/v1/jobs", { method: "POST" });
  expect([post.status, post.headers.get("Allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  const page = await at(world, "https://nobody.example/", { headers: { Accept: "text/html" } });
  expect(page.headers.get("Content-Type")).toContain("text/html");
  expect((await at(world, "https://img.example.com/problems/not-found")).status).toBe(200);
});

test("without configuration every host is the API's", async () => {
  const world = new DeliveringWorld().enter();
  world.name("delta", world.tenant(), 1);
  for (const host of ["delta.pics.example.com", "delta", "any.example"]) {
    expect((await at(world, `https://${host}/problems/not-found`, {}, {})).status).toBe(200);
  }
});

test("pages of the origins that the tenant names may read there", async () => {
  const world = new DeliveringWorld().enter();
  const origin = "https://shop.example";
  world.name("epsilon", world.tenant({ settings: { ...defaultSettings, origins: [origin] } }), 1);
  for (const [asked, answered] of [
    [origin, origin],
    ["https://evil.example", null],
  ] as const) {
    const answer = await at(world, "https://epsilon.pics.example.com/image/w=1/x", {
      method: "OPTIONS",
      headers: { Origin: asked },
    });
    expect([answer.status, answer.headers.get("Access-Control-Allow-Origin")]).toEqual([
      204,
      answered,
    ]);
    expect(answer.headers.get("Access-Control-Allow-Methods")).toBe("GET, HEAD, OPTIONS");
  }
});

test("a page is told why where the host's tenant is suspended", async () => {
  const world = new DeliveringWorld().enter();
  world.name("eta", world.tenant({ status: "suspended" }), 1);
  const asked = { method: "OPTIONS", headers: { Origin: "https://shop.example" } };
  const answer = await at(world, "https://eta.pics.example.com/image/w=1/x", asked);
  expect(await answer.json()).toMatchObject({ status: 403, code: "tenant-suspended" });
});

test("a host that changes hands shows the next tenant's pictures as soon as the isolate reads again", async () => {
  const world = new DeliveringWorld().enter();
  const [before, after] = [world.tenant(), world.tenant()];
  const [old, young] = [world.store(before, "4"), world.store(after, "5")];
  const get = async (id: string) =>
    (await at(world, `https://zeta.pics.example.com/image/width=9,format=webp/${id}`)).status;
  world.name("zeta", before, 1);
  expect([await get(old), await get(young)]).toEqual([200, 404]);
  world.name("zeta", after, 3);
  vi.setSystemTime(Date.now() + limits.identityFreshMillis);
  expect([await get(old), await get(young)]).toEqual([404, 200]);
  // What KV says late of an earlier time counts no more.
  world.name("zeta", before, 1);
  vi.setSystemTime(Date.now() + limits.identityFreshMillis);
  expect([await get(old), await get(young)]).toEqual([404, 200]);
  world.name("zeta", null, 4);
  vi.setSystemTime(Date.now() + limits.identityFreshMillis);
  expect([await get(old), await get(young)]).toEqual([404, 404]);
});

test("made-up hosts are asked about once, and a flood of them never reaches the Directory", async () => {
  const world = new DeliveringWorld().enter();
  const asked = () => world.operations.filter((operation) => operation.startsWith("ask ")).length;
  for (let time = 0; time < 5; time++) await at(world, "https://made-up.pics.example.com/");
  expect(asked()).toBe(1);
  for (let host = 0; host < 200; host++)
    await at(world, `https://made-up-${host}.pics.example.com/`);
  expect(asked()).toBeLessThanOrEqual(limits.directoryLookUpsPerSecondMax);
});

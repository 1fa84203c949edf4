import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import { profileKey, serializeProfile } from "../../../core/delivery/profile.ts";
import { defaultSettings } from "../../../core/delivery/settings.ts";
import { tenantId } from "../../../core/identity/ids.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";
import type { Problem } from "../../../core/problem.ts";
import { appOf } from "../../../workers/api/app.ts";
import { ask, operatorToken } from "./ask.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const owner = { id: "opr_0", name: "Owner", role: "owner" };

/** Lists tenants while the Directory fails in this way. */
const askFailing = (failure: unknown) => askDirectory(() => Promise.reject(failure));

async function askDirectory(answer: () => Promise<never>) {
  const listTenants = vi.fn<() => Promise<never>>(answer);
  const response = await ask(
    "/admin/v1/tenants",
    { headers: { Authorization: `Bearer ${operatorToken}` } },
    { DIRECTORY: { getByName: () => ({ listTenants, identifyOperator: async () => owner }) } },
  );
  return {
    response,
    problem: (await response.json()) as Problem,
    calls: listTenants.mock.calls.length,
  };
}

const withFlags = (flags: object) =>
  Object.assign(new Error("secret detail of the storage"), flags);

test("a fault of the service is a 500 that reveals nothing, and the log has the cause", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  const { response, problem, calls } = await askFailing(withFlags({}));
  expect(response.status).toBe(500);
  expect(problem.code).toBe("internal");
  expect(JSON.stringify(problem)).not.toContain("secret");
  expect(calls).toBe(1);
  expect(log).toHaveBeenCalledWith(
    expect.objectContaining({
      event: "request-failed",
      cause: expect.stringContaining("secret detail") as string,
    }),
  );
});

test.each([
  ["retryable failure is tried three times", { retryable: true }, 3],
  ["overloaded object is tried once", { retryable: true, overloaded: true }, 1],
])("an object that cannot be reached is a 503 with Retry-After; %s", async (_, flags, calls) => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.stubGlobal("scheduler", { wait: () => Promise.resolve() });
  const answered = await askFailing(withFlags(flags));
  expect(answered.response.status).toBe(503);
  expect(answered.response.headers.get("Retry-After")).toBe("1");
  expect(answered.problem.code).toBe("unavailable");
  expect(answered.calls).toBe(calls);
});

test("an object that never answers is a 503 at the deadline, after one call", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.useFakeTimers();
  const asked = askDirectory(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
  const { response, problem, calls } = await asked;
  expect(response.status).toBe(503);
  expect(problem.code).toBe("unavailable");
  expect(calls).toBe(1);
});

test("an answer names the request's trace, which is the client's where it sent one", async () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  const known = await ask("/nothing", { headers: { traceparent: `00-${id}-b7ad6b7169203331-01` } });
  expect(known.headers.get("Traceparent")).toMatch(
    new RegExp(`^00-${id}-(?!b7ad)[0-9a-f]{16}-01$`),
  );
  expect(known.headers.get("X-Request-Id")).toBe(id);
  const log = vi.mocked(console.log);
  expect(log).toHaveBeenCalledWith(expect.objectContaining({ event: "request", trace: id }));
  const fresh = await ask("/nothing", { headers: { traceparent: "00-1234" } });
  expect(fresh.headers.get("Traceparent")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test("a path tells which methods it takes: to OPTIONS as its answer, to any other as a refusal", async () => {
  const allow = "POST, GET, HEAD, OPTIONS";
  const asked = await ask("/v1/jobs", { method: "OPTIONS" });
  expect([asked.status, asked.headers.get("Allow")]).toEqual([204, allow]);
  const refused = await ask("/v1/jobs", { method: "PUT" });
  expect([refused.status, refused.headers.get("Allow")]).toEqual([405, allow]);
  expect(await refused.json()).toMatchObject({
    code: "method-not-allowed",
    detail: "This path does not take PUT. Use POST, GET, HEAD.",
  });
});

test("a path that no route serves says where all paths are", async () => {
  for (const path of ["/", "/nothing", "/problems/nothing"]) {
    const refused = await ask(path);
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      detail: "There is nothing at this path. All paths: /openapi.json.",
    });
  }
});

test("a compressed body is refused with the one coding that is taken; without a body none is asked after", async () => {
  const headers = { "Content-Encoding": "gzip" };
  const refused = await ask("/v1/jobs", { method: "POST", body: "x", headers });
  expect([refused.status, refused.headers.get("Accept-Encoding")]).toEqual([415, "identity"]);
  expect((await ask("/healthz", { headers })).status).toBe(200);
});

test("a page may send to its tenant's upload addresses if the tenant allows its origin", async () => {
  const tenant = tenantId("01jd3n7q5w8xk2zt4m6r9vapp1");
  const settings = { ...defaultSettings, origins: ["https://shop.example"] };
  const profile = serializeProfile({
    ...{ tenant, limits: plans.custom, version: 1, status: "active", settings, signingKeys: [] },
    ...{ home: null, shards: [{ shards: 1, since: 0 }] },
  });
  const bindings = {
    IDENTITY: { get: async (key: string) => (key === profileKey(tenant) ? profile : null) },
    DIRECTORY: {
      getByName: () => ({
        deliveryProfile: async (id: string) => {
          if (id.endsWith("app3")) throw new Error("no answer");
          return null;
        },
      }),
    },
  };
  const preflight = async (of: string, origin = "https://shop.example") => {
    const init = { method: "OPTIONS", headers: { Origin: origin } };
    const { status, headers } = await ask(`/t/${of}/upload/x`, init, bindings);
    return [status, headers.get("Access-Control-Allow-Origin")];
  };
  expect(await preflight(tenant)).toEqual([204, "https://shop.example"]);
  expect(await preflight(tenant, "https://other.example")).toEqual([204, null]);
  // The answer to the request itself says what is wrong.
  expect(await preflight(tenant.replace("app1", "app2"))).toEqual([204, "*"]);
  expect((await preflight(tenant.replace("app1", "app3")))[0]).toBe(503);
});

test("a path means what is fixed in it before what a parameter in its place would mean", async () => {
  vi.spyOn(console, "log").mockReturnValue();
  const route = (path: string, pattern?: string) => ({
    ...{ method: "GET", path, caller: "anyone", operationId: path, summary: "", tag: "Service" },
    ...{ description: "", responses: {}, handle: () => new Response(path) },
    ...(pattern && { pattern }),
  });
  const table = [route("/a/{path}", "/a/*"), route("/a/{id}"), route("/a/fixed")];
  const served = appOf(table as unknown as Parameters<typeof appOf>[0]);
  const env = { FLEET: { regions: [] } } as never;
  const context = { waitUntil() {}, passThroughOnException() {}, props: {} };
  const met = async (path: string) =>
    (await served.fetch(new Request(`http://minilab.test${path}`), env, context)).text();
  expect(await met("/a/fixed")).toBe("/a/fixed");
  expect(await met("/a/other")).toBe("/a/{id}");
  expect(await met("/a/other/more")).toBe("/a/{path}");
});

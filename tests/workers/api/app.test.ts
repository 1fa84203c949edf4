import { afterEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
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
    detail: "This path does not take PUT. Use POST or GET or HEAD.",
  });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import worker from "../../../workers/api/index.ts";
import type { ApiEnv } from "../../../workers/api/env.ts";

// Every request leaves a line in the log.
beforeEach(() => void vi.spyOn(console, "log").mockReturnValue());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const token = "6b1f0c9e74d2a8537be419f0d3c6a2815e9074bd";

/** The door with a Directory behind it that fails so. */
const ask = (failure: unknown) => askDirectory(() => Promise.reject(failure));

async function askDirectory(answer: () => Promise<never>) {
  const listTenants = vi.fn<() => Promise<never>>(answer);
  const env = {
    ADMIN_TOKEN: token,
    DIRECTORY: { getByName: () => ({ listTenants }) },
  } as unknown as ApiEnv;
  const request = new Request("http://minilab.test/admin/v1/tenants", {
    headers: { Authorization: `Bearer ${token}` },
  });
  const context = { waitUntil() {}, passThroughOnException() {} } as unknown as ExecutionContext;
  const response: Response = await worker.fetch(request as never, env, context);
  return {
    response,
    problem: (await response.json()) as Problem,
    calls: listTenants.mock.calls.length,
  };
}

const withFlags = (flags: object) =>
  Object.assign(new Error("secret detail of the storage"), flags);

test("a mistake of ours is a 500 that tells nothing of the inside, and the log tells it all", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  const { response, problem, calls } = await ask(withFlags({}));
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
  ["moved is asked again before that", { retryable: true }, 3],
  ["is overloaded is left alone", { retryable: true, overloaded: true }, 1],
])(
  "an object that cannot be reached is a 503 with a time to come back; one that %s",
  async (_, flags, calls) => {
    vi.spyOn(console, "error").mockReturnValue();
    vi.stubGlobal("scheduler", { wait: () => Promise.resolve() });
    const answered = await ask(withFlags(flags));
    expect(answered.response.status).toBe(503);
    expect(answered.response.headers.get("Retry-After")).toBe("1");
    expect(answered.problem.code).toBe("unavailable");
    expect(answered.calls).toBe(calls);
  },
);

test("an object that never answers is a 503 in time, and is not asked twice", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.useFakeTimers();
  const asked = askDirectory(() => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(limits.objectMillisMax);
  const { response, problem, calls } = await asked;
  expect(response.status).toBe(503);
  expect(problem.code).toBe("unavailable");
  expect(calls).toBe(1);
});

import { afterEach, expect, test, vi } from "vitest";
import { finish, traceOf } from "../../../../workers/api/http/finalize-response.ts";
import { Timing } from "../../../../workers/api/http/timing.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function finished(path: string, answer = new Response(null, { status: 204 })) {
  const logged = vi.spyOn(console, "log").mockReturnValue();
  const request = new Request(`https://img.example.com${path}`);
  const trace = traceOf(request);
  const url = new URL(request.url);
  await finish({ request, url, timing: new Timing(), trace }, answer);
  const [[line] = []] = logged.mock.calls;
  logged.mockRestore();
  return { response: answer, line: line as { path: string }, trace };
}

test("every answer names its request, and is kept by no cache unless it says so", async () => {
  const { response, line, trace } = await finished("/v1/jobs");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "x-request-id": trace.id,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "server-timing": expect.stringMatching(/^total;dur=\d+$/) as string,
    "access-control-allow-origin": "*",
  });
  const logged = { event: "request", trace: trace.id, method: "GET", path: "/v1/jobs" };
  expect(line).toMatchObject({ ...logged, status: 204, millis: expect.any(Number) as number });
  const headers = { "Cache-Control": "public, max-age=9" };
  const kept = await finished("/v1/jobs", new Response("x", { headers }));
  expect(kept.response.headers.get("Cache-Control")).toBe("public, max-age=9");
});

const image = `img_${"a".repeat(64)}`;

test.each([
  ["/", "/"],
  ["/healthz", "/healthz"],
  ["/openapi.json", "/openapi.json"],
  ["/.well-known/jwks.json", "/.well-known/jwks.json"],
  ["/problems/not-found", "/problems/not-found"],
  ["/v1/jobs/job_local_0_1/outputs/0", "/v1/jobs/job_local_0_1/outputs/0"],
  ["/admin/v1/tenants/tnt_1", "/admin/v1/tenants/tnt_1"],
  ["/v1/https://user:secret@x.example/a.jpg", "/…"],
  ["/healthz/https://user:secret@x.example", "/…"],
  ["/x/admin/v1/secret", "/…"],
  ["/secret", "/…"],
  ["/t/tnt_1/image/width=9/https://user:secret@x.example/a.jpg", "/t/tnt_1/…"],
  [`/t/tnt_1/image/width=9/${image}`, `/t/tnt_1/…/${image}`],
  [`/image/width=9/${image}`, `/…/${image}`],
  ["/secret/t/tnt_1/a", "/…"],
])("of %s the log has %s", async (path, expected) => {
  expect((await finished(path)).line.path).toBe(expected);
});

test("the time of each stage is told, of those that failed too", async () => {
  vi.useFakeTimers({ now: 1_000_000 });
  const timing = new Timing();
  const taking = (millis: number) => async () => void vi.setSystemTime(Date.now() + millis);
  await timing.measure("identity", taking(5));
  const failing = timing.measure("ledger", async () => {
    await taking(7)();
    throw new Error("away");
  });
  await expect(failing).rejects.toThrow("away");
  expect(await timing.measure("read", async () => "kept")).toBe("kept");
  vi.setSystemTime(Date.now() + 10);
  expect(timing.header()).toBe("identity;dur=5, ledger;dur=7, read;dur=0, total;dur=22");
  expect(timing.totalMillis()).toBe(22);
});

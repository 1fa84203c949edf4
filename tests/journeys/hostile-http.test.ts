import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../core/limits.ts";
import { routes } from "../../workers/api/routes/route-table.ts";
import { expectNoTrace } from "./no-trace.ts";
import { headerOnlyPng } from "./pictures.ts";
import { expectProblem } from "./problem-answer.ts";
import { exchange } from "./raw-http.ts";
import { adminToken, createTenant, startService, type Service, type Tenant } from "./service.ts";

let service: Service;
let tenant: Tenant;

// What is refused never reaches a consumer, so there is none.
beforeAll(async () => {
  service = await startService({ consumer: false });
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const picture = headerOnlyPng(8, 8);
const authorized = () => ({ Authorization: `Bearer ${tenant.key}` });
const post = (headers: Record<string, string>, body: Uint8Array | string = "", cut = false) =>
  exchange(service.url, {
    method: "POST",
    path: "/v1/jobs",
    headers: { ...authorized(), ...headers },
    body,
    cut,
  });
const get = (path: string, headers: Record<string, string> = authorized()) =>
  exchange(service.url, { path, headers });

describe("a length that cannot be", () => {
  test("a chunked body is refused before any of it is sent", async () => {
    await expectProblem(post({ "Transfer-Encoding": "chunked" }), "length-required");
  });

  test.each([limits.sourceBytesMax + 1, 99_999_999_999])(
    "a body of %i bytes is refused before it is sent",
    async (bytes) => {
      await expectProblem(post({ "Content-Length": String(bytes) }), "body-too-large");
    },
  );

  test.each(["-5", "1e3", "five", "1, 2"])(
    "a Content-Length of %s ends in a 400",
    async (length) => {
      expect((await post({ "Content-Length": length }, "abc")).status).toBe(400);
    },
  );

  test("nobody waits for the rest of a body whose beginning is no picture", async () => {
    const headers = { "Content-Length": String(2 * limits.heldBytesMax) };
    await expectProblem(
      post(headers, "A letter to the editor. ".repeat(1000)),
      "unsupported-format",
    );
  });

  // The local proxy answers for a sender who is gone; what matters is what stays behind: nothing.
  test.each([
    ["held", 1000],
    ["streamed", 2 * limits.heldBytesMax],
  ])("a %s body that breaks off ends its request", async (_, bytes) => {
    expect((await post({ "Content-Length": String(bytes) }, picture, true)).ok).toBe(false);
  });
});

describe("a method that is not offered", () => {
  const paths = [...new Set(routes.map(({ path }) => path))];
  test.each(paths)("%s names those that are", async (path) => {
    const offered = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    for (const method of ["PUT", "PATCH", "TRACE", "PROPFIND", "DELETE"]) {
      if (offered.includes(method)) continue;
      const response = await exchange(service.url, { method, path, headers: authorized() });
      expect(response.headers.get("Allow")).toBe([...offered, "OPTIONS"].join(", "));
      await expectProblem(response, "method-not-allowed");
    }
  });
});

describe("options that are refused by name", () => {
  test.each([
    ["?widht=100", "widht", "Did you mean width?"],
    ["?__proto__=1", "__proto__", "There is no option"],
    ["?constructor=1", "constructor", "There is no option"],
    ["?output=toString=1", "toString", "There is no option"],
    ["?width=1&width=2", "width", "given twice"],
    ["?w=1&width=2", "width", "the same option"],
    ["?width=100&output=width=100", "width", "cannot be combined with output"],
    ["?output=width", "width", "name=value"],
    ["?width=-1", "width", "whole number from 1 to"],
    ["?width=%00", "width", "whole number"],
    ["?width=%FF%FE", "width", "whole number"],
    ["?width=1e3", "width", "whole number"],
    ["?format=svg", "format", "must be"],
  ])("%s", async (query, option, words) => {
    const refusal = await expectProblem(tenant.send(query, picture), "invalid-option");
    expect(refusal.option).toMatch(option);
    expect(refusal.detail).toContain(words);
  });

  test.each([
    ["seventeen outputs", "?" + "output=&".repeat(17), "output", "at most 16"],
    ["a value of 10 KB", `?width=${"9".repeat(10_240)}`, "width", "longer than"],
    ["a name of 10 KB", `?${"w".repeat(10_240)}=1`, /^w+…$/, "longer than"],
  ])("%s", async (_, query, option, words) => {
    const refusal = await expectProblem(tenant.send(query, picture), "invalid-option");
    expect(refusal.option).toMatch(option);
    expect(refusal.detail).toContain(words);
  });
});

describe("a path that leads nowhere", () => {
  test.each([
    "/v1/jobs/../x",
    "/v1/jobs/%2e%2e/x",
    "/v1/jobs/%00",
    "/v1/jobs/%FF",
    "/v1/jobs/%",
    "/v1/jobs/\xc3\xa9",
    "/v1/jobs/",
    "//v1/jobs",
    "/v1//jobs",
    "/V1/JOBS",
    "/",
    "/v1",
    "/v1/jobs/__proto__",
    "/problems/constructor",
    "/problems/__proto__",
    `/v1/jobs/job_local_0_${"0".repeat(26)}`,
    `/v1/jobs/job_local_9999_${"0".repeat(26)}`,
    `/v1/jobs/job_mars_0_${"0".repeat(26)}`,
    `/v1/jobs/job_local_0_${"0".repeat(26)}/outputs/-1`,
    `/v1/jobs/job_local_0_${"0".repeat(26)}/outputs/99999999999999999999`,
  ])("%s", async (path) => {
    await expectProblem(get(path), "not-found");
  });

  test("an id of 2 KB", async () => {
    await expectProblem(get(`/v1/jobs/${"x".repeat(2048)}`), "not-found");
  });
});

describe("a key that is none", () => {
  test.each([
    ["nothing", ""],
    ["no key", "Bearer"],
    ["another scheme", "Basic Zm9vOmJhcg=="],
    ["the admin token", `Bearer ${adminToken}`],
    ["letters beyond ASCII", "Bearer \xe9\xe9"],
    ["8 KB", `Bearer ${"a".repeat(8192)}`],
    ["the right key without its scheme", "<key>"],
    ["the right key behind a tab", "Bearer\t<key>"],
    ["the right key with a letter more", "Bearer <key>x"],
    ["the right key twice", "Bearer <key>, Bearer <key>"],
  ])("%s", async (_, written) => {
    const authorization = written.replaceAll("<key>", tenant.key);
    await expectProblem(get("/v1/jobs", { Authorization: authorization }), "unauthenticated");
  });
});

describe("JSON that is not as described", () => {
  const create = (body: string) => service.admin("/admin/v1/tenants", { method: "POST", body });
  test.each([
    ["{", "not JSON"],
    ["[]", "expected object"],
    ["null", "expected object"],
    ["{}", "name: This field is required"],
    ['{"name": 5}', "expected string"],
    ['{"name": "  "}', "name: Too small"],
    ['{"name": "a", "nmae": "b"}', 'Unrecognized key: "nmae"'],
    ['{"name": "a", "__proto__": {"x": 1}}', "No field can be named __proto__"],
    ['{"name": "a", "limits": {"burst": 0}}', "limits.burst: Too small"],
    ['{"name": "a", "limits": {"burst": 1.5}}', "limits.burst"],
  ])("%s", async (body, words) => {
    expect((await expectProblem(create(body), "bad-request")).detail).toContain(words);
  });

  test("is refused however deep it is", async () => {
    const deep = `{"name": ${"[".repeat(5000)}${"]".repeat(5000)}}`;
    expect((await expectProblem(create(deep), "bad-request")).detail).toContain("too deep");
  });

  test.each([
    [{ "Content-Length": "1000000" }, "body-too-large"],
    [{ "Transfer-Encoding": "chunked" }, "length-required"],
  ] as const)("is refused before it is sent with %o", async (length, code) => {
    const headers = { Authorization: `Bearer ${await service.ownerToken()}`, ...length };
    await expectProblem(
      exchange(service.url, { method: "POST", path: "/admin/v1/tenants", headers }),
      code,
    );
  });
});

test("all of that left nothing behind", () => expectNoTrace(service, tenant));

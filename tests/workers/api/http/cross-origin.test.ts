import { describe, expect, test } from "vitest";
import {
  allowPages,
  isAllowedOrigin,
  restrictPages,
} from "../../../../workers/api/http/cross-origin.ts";
import { routes } from "../../../../workers/api/routes/route-table.ts";
import { ask } from "../ask.ts";

const paths = [...new Set(routes.map(({ path }) => path))];
const tenantPaths = paths.filter((path) => !path.startsWith("/admin/"));
const adminPaths = paths.filter((path) => path.startsWith("/admin/"));

const preflight = (path: string) =>
  ask(path, {
    method: "OPTIONS",
    headers: { Origin: "https://shop.example", "Access-Control-Request-Method": "GET" },
  });

const methodsOf = (path: string) => [
  ...routes
    .filter((route) => route.path === path)
    .flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])),
  "OPTIONS",
];

test.each(tenantPaths)("a page of any origin may use %s", async (path) => {
  const response = await preflight(path);
  expect(response.status).toBe(204);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    allow: methodsOf(path).join(", "),
    "access-control-allow-origin": "*",
    "access-control-allow-methods": methodsOf(path).join(", "),
    "access-control-allow-headers": expect.stringMatching(
      /^Authorization, Content-Type, Idempotency-Key/,
    ) as string,
  });
  expect(response.headers.has("Access-Control-Allow-Credentials")).toBe(false);
});

test.each(adminPaths)("no page may use %s", async (path) => {
  const response = await preflight(path);
  expect(response.status).toBe(204);
  expect(response.headers.get("Allow")).toBe(methodsOf(path).join(", "));
  const headers = [...response.headers.keys()];
  expect(headers.filter((name) => name.startsWith("access-control-"))).toEqual([]);
});

test("a page can read a refusal, its headers and a path that does not exist", async () => {
  for (const path of ["/v1/jobs", "/none"]) {
    const { headers } = await ask(path, { headers: { Origin: "https://shop.example" } });
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(headers.get("Access-Control-Expose-Headers")).toMatch(/\bETag\b.*\bRetry-After\b/);
  }
});

test("OPTIONS on a path that does not exist is a 404", async () => {
  expect((await preflight("/none")).status).toBe(404);
});

describe("a tenant's pictures, of which pages of its own origins alone may read the bytes", () => {
  const from = (origin?: string) => ({
    headers: new Headers(origin === undefined ? {} : { Origin: origin }),
  });
  const own = ["https://shop.example"];

  test.each([
    ["a page of one of them", "https://shop.example", own, true],
    ["a page of another", "https://evil.example", own, false],
    ["no page", undefined, own, true],
    ["any page, where the tenant named none", "https://evil.example", null, true],
    ["any page, where nobody may", "https://shop.example", [], false],
  ])("may be asked for by %s: %s of %j is %s", (_, origin, origins, allowed) => {
    expect(isAllowedOrigin(from(origin), origins)).toBe(allowed);
  });

  test("an answer names the page's origin if it is one of them, and is kept apart for each", () => {
    const url = new URL("https://img.example.com/t/x/image/a");
    const answered = (origin: string, origins: readonly string[] | null) => {
      const { headers } = restrictPages(new Response(), from(origin), origins);
      allowPages(url, headers);
      return [headers.get("Access-Control-Allow-Origin"), headers.get("Vary")];
    };
    expect(answered("https://shop.example", own)).toEqual(["https://shop.example", "Origin"]);
    expect(answered("https://evil.example", own)).toEqual([null, "Origin"]);
    expect(answered("https://evil.example", null)).toEqual(["*", null]);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { apiKeySecretBytes, mintApiKey } from "../../../core/identity/api-key.ts";
import { routes } from "../../../workers/api/routes/route-table.ts";
import { ask, operatorToken } from "./ask.ts";

const methods = ["log", "info", "warn", "error"] as const;
beforeEach(() => {
  for (const method of methods) vi.spyOn(console, method).mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const written = () =>
  methods.flatMap((method) =>
    vi.mocked(console[method]).mock.calls.map((line) => JSON.stringify(line)),
  );

const digits = "0123456789abcdef0123456789abcdef";
const broken: readonly (string | undefined)[] = [
  undefined,
  "",
  " ",
  "a",
  "secret",
  "hunter2",
  "admin",
  "token",
  "ADMIN_TOKEN",
  "12345678",
  digits.slice(0, 31),
  "0".repeat(32),
  "ab".repeat(16),
  "abc".repeat(20),
  digits,
  "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb",
  `change-me-${digits}`,
  `changeme${digits}`,
  `CHANGE_ME_${digits}`,
  `placeholder-${digits}`,
  `<placeholder>${digits}`,
  `password-${digits}x`,
  `example-${digits}-token`,
  `my-secret-${digits}`,
  `default-${digits}`,
  `replace-this-${digits}`,
  `insert-token-here-${digits}`,
  `sample-${digits}`,
  `dummy-${digits}`,
  `your-token-${digits}`,
  `YOUR_KEY_${digits}`,
];

describe("while the admin token is no secret the service says so and does nothing else", () => {
  test.each(broken)("%j", async (value) => {
    for (const path of ["/healthz", "/v1/jobs", "/admin/v1/tenants"]) {
      const response = await ask(path, {}, { ADMIN_TOKEN: value });
      expect(response.status).toBe(503);
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({
        code: "misconfigured",
        detail: expect.stringContaining("ADMIN_TOKEN"),
      });
      if (value && value.length > 11) expect(text).not.toContain(value);
    }
  });
});

const key = mintApiKey(new Uint8Array(apiKeySecretBytes).fill(201));
const canary = "canary-8f1c2b";

/** Every binding, and everything on it, fails with what it was called with in its message. */
const failing: object = new Proxy(() => undefined, {
  get: (_, name) => (name === "then" ? undefined : failing),
  apply: (_target, _self, given) => {
    if (given.length === 1 && given[0] === "directory") return failing;
    throw new Error(`no answer to ${JSON.stringify(given)}`);
  },
});

describe("a caller's secrets stay out of every log line and every answer", () => {
  test.each(routes.map((route) => [route.method, route.path] as const))(
    "%s %s",
    async (method, path) => {
      const filled = path.replaceAll(/\{\w+\}/g, "x");
      for (const secret of [key, operatorToken]) {
        const response = await ask(
          filled,
          {
            method,
            headers: {
              Authorization: `Bearer ${secret}`,
              "Idempotency-Key": canary,
              Cookie: canary,
            },
            ...(method !== "GET" && method !== "DELETE" && { body: canary }),
          },
          { IDENTITY: failing, DIRECTORY: failing, LEDGER: failing, BOOKS: failing },
        );
        const all = [
          ...written(),
          await response.text(),
          JSON.stringify([...response.headers]),
        ].join("\n");
        expect(all).not.toContain(secret);
        expect(all).not.toContain(secret.slice(8));
        expect(all).not.toContain(canary);
      }
    },
  );
});

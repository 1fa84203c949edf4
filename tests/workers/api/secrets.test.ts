import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { apiKeySecretBytes, mintApiKey } from "../../../core/identity/api-key.ts";
import { defaultScopes } from "../../../core/identity/scopes.ts";
import { serializeStanding } from "../../../core/identity/standing.ts";
import { plans } from "../../../core/identity/tenant-limits.ts";
import { oneShard } from "../../../core/fleet/shard-map.ts";
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
  const paths = ["/healthz", "/v1/jobs", "/admin/v1/tenants"];

  test.each(broken)("%j", async (value) => {
    for (const path of paths) {
      const response = await ask(path, {}, { ADMIN_TOKEN: value });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        code: "misconfigured",
        detail: expect.stringContaining("ADMIN_TOKEN"),
      });
    }
  });

  const long = broken.filter((value) => value !== undefined).filter(({ length }) => length > 11);
  test.each(long)("without repeating %j", async (value) => {
    for (const path of paths) {
      const response = await ask(path, {}, { ADMIN_TOKEN: value });
      expect(await response.text()).not.toContain(value);
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

/** Who asks is known; nothing else answers. */
const standing = serializeStanding({
  ...{ tenant: "tnt_01m7wbyda87n5fyfxf530w4grf", key: "key_01m7wbyda87n5fyfxf530w4grf" },
  ...{ limits: plans.pro, limitsVersion: 1, scopes: [...defaultScopes], expiresAt: null },
  ...{ suspended: false, home: null, stays: "anywhere", shards: [...oneShard], version: 1 },
});
const knowing = {
  IDENTITY: { get: async (name: string) => (name.startsWith("key/") ? standing : null) },
  DIRECTORY: {
    getByName: () => ({
      identifyOperator: async () => ({ id: "opr_0", name: "Owner", role: "owner" }),
    }),
  },
  LEDGER: failing,
  BOOKS: failing,
};

const tenant = "tnt_01m7wbyda87n5fyfxf530w4grf";
const base64 = Buffer.from(`https://user:${canary}@cdn.example.com/a.jpg`).toString("base64url");
const part = (name: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${canary}\r\n`;
const form: RequestInit = {
  method: "POST",
  headers: { "Content-Type": "multipart/form-data; boundary=b" },
  body: `${part(`image"; filename="${canary}.jpg`)}${part("password")}--b--\r\n`,
};

describe("nor does a secret leave that a caller puts", () => {
  test.each<[where: string, path: string, init?: RequestInit]>([
    ["into the query", `/v1/jobs?api_key=${key}`],
    ["into an option's value", `/v1/jobs?width=${canary}`, { method: "POST", body: "x" }],
    ["into a form", "/v1/jobs", form],
    [
      "before a source's host",
      `/t/${tenant}/image/width=9/https://user:${canary}@cdn.example.com/`,
    ],
    [
      "there, encoded",
      `/t/${tenant}/image/width=9/https%3A%2F%2Fuser%3A${canary}%40cdn.example.com%2Fa.jpg`,
    ],
    [
      "there, in a URL of a tenant's own host",
      `/image/width=9/https://user:${canary}@cdn.example.com/a.jpg`,
    ],
    ["into a path below the API's", `/v1/https://user:${canary}@cdn.example.com/a.jpg`],
    ["there, in base 64", `/t/${tenant}/x/rs:fit:50:50/${base64}.png`],
    ["before a source's host in JSON", "/v1/images", jsonOf({ url: `https://u:${canary}@a.com/` })],
    ["into a URL's signature", `/t/${tenant}/image/width=9/a.jpg?exp=9999999999&sig=${canary}`],
    ["into a new operator's fields", "/admin/v1/operators", jsonOf({ password: canary })],
  ])("%s", async (_, path, init = {}) => {
    for (const secret of [key, operatorToken]) {
      const headers = new Headers(init.headers);
      headers.set("Authorization", `Bearer ${secret}`);
      const sent = await ask(path, { ...init, headers }, knowing);
      const answered = await sent.text();
      for (const text of [...written(), answered, JSON.stringify([...sent.headers])]) {
        expect(text).not.toContain(secret.slice(8));
        expect(text).not.toContain(canary);
        expect(text).not.toContain(base64);
      }
    }
  });
});

function jsonOf(value: object): RequestInit {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(value) };
}

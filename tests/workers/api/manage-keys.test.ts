import { expect, test, vi } from "vitest";
import type { Key } from "../../../core/identity/key.ts";
import { limits } from "../../../core/limits.ts";
import { err, ok } from "../../../core/result.ts";
import {
  createKey,
  createProblems,
  keyAnswers,
  listKeys,
  revokeKey,
  rotateKey,
} from "../../../workers/api/manage-keys.ts";
import { byKey, type Call } from "../../../workers/api/route.ts";
import { identity } from "./identity/door.ts";

const by = { actor: "opr_1", from: null };
const key = {
  ...{ id: "key_1", name: "Mine", scopes: ["jobs:read"], createdAt: 0 },
  ...{ expiresAt: null, revokedAt: 1000 },
} as unknown as Key;
const shown = {
  ...key,
  createdAt: "1970-01-01T00:00:00.000Z",
  revokedAt: "1970-01-01T00:00:01.000Z",
};

/** A Directory that answers this to every call, and a request with this body. */
function asked(answer: unknown, body: unknown = {}, fields: Record<string, string> = {}) {
  const text = JSON.stringify(body);
  const headers = { "Content-Length": String(text.length), ...fields };
  const request = new Request("https://x.example", { method: "POST", headers, body: text });
  const calls = vi.fn<(...given: unknown[]) => Promise<unknown>>(async () => answer);
  const get =
    (_: object, name: string) =>
    (...given: unknown[]) =>
      calls(name, ...given);
  const DIRECTORY = { getByName: () => new Proxy({}, { get }) };
  const call = { request, env: { DIRECTORY }, params: { key: "key_1" } } as unknown as Call;
  return { call, calls };
}

const outcome = async (response: Response) => [response.status, await response.json()];

test("a new key is shown once, and what was asked for goes to the Directory", async () => {
  const made = ok({ ...key, key: "mlk_secret" });
  const { call, calls } = asked(made, { name: "Mine" }, { "Idempotency-Key": "once" });
  expect(await outcome(await createKey(call, "tnt_x", by))).toEqual([
    201,
    { ...shown, key: "mlk_secret" },
  ]);
  expect(calls.mock.calls).toEqual([["createKey", "tnt_x", { name: "Mine" }, "once", by]]);
});

test("a key that takes another's place is named by the path", async () => {
  const { call, calls } = asked(ok({ ...key, key: "mlk_secret" }), { overlapSeconds: 60 });
  expect((await rotateKey(call, "tnt_x", by)).status).toBe(201);
  expect(calls.mock.calls).toEqual([
    ["rotateKey", "tnt_x", "key_1", { overlapSeconds: 60 }, null, by],
  ]);
});

test.each([
  ["not-found", 404, "not-found", "another tenant"],
  ["reused", 422, "idempotency-key-reused", "another key"],
  ["conflict", 409, "conflict", `${limits.keysPerTenantMax} active keys`],
] as const)("a key that is refused as %s is told so", async (error, status, code, detail) => {
  for (const made of [createKey, rotateKey]) {
    const { call } = asked(err(error));
    expect(await outcome(await made(call, "tnt_x", by))).toMatchObject([
      status,
      { code, detail: expect.stringContaining(detail) },
    ]);
  }
});

test.each([createKey, rotateKey])(
  "what cannot be read is refused without the Directory",
  async (made) => {
    const strange = asked(ok(key), { wish: 1 });
    expect((await made(strange.call, "tnt_x", by)).status).toBe(400);
    const twice = asked(ok(key), {}, { "Idempotency-Key": " " });
    expect((await made(twice.call, "tnt_x", by)).status).toBe(400);
    expect([...strange.calls.mock.calls, ...twice.calls.mock.calls]).toEqual([]);
  },
);

test("keys are listed and ended, asked again where the Directory moved", async () => {
  const listed = asked(ok([key]));
  listed.calls.mockRejectedValueOnce(Object.assign(new Error("moved"), { retryable: true }));
  expect(await outcome(await listKeys(listed.call, "tnt_x"))).toEqual([200, { keys: [shown] }]);
  expect(listed.calls.mock.calls).toEqual([
    ["listKeys", "tnt_x"],
    ["listKeys", "tnt_x"],
  ]);
  const revoked = asked(ok(key));
  expect(await outcome(await revokeKey(revoked.call, "tnt_x", by))).toEqual([200, shown]);
  expect(revoked.calls.mock.calls).toEqual([["revokeKey", "tnt_x", "key_1", by]]);
  for (const answer of [
    await listKeys(asked(err("not-found")).call, "tnt_x"),
    await revokeKey(asked(err("not-found")).call, "tnt_x", by),
  ]) {
    expect(answer.status).toBe(404);
  }
});

test("a path without a key names none", async () => {
  const { call, calls } = asked(err("not-found"));
  await revokeKey({ ...call, params: {} }, "tnt_x", by);
  await rotateKey({ ...call, params: {} }, "tnt_x", by);
  expect(calls.mock.calls.map(([, , named]) => named)).toEqual(["", ""]);
});

test("OpenAPI tells what each of these answers, and how creating one can fail", () => {
  expect(keyAnswers).toMatchObject({
    created: { "201": { content: { "application/json": { schema: expect.any(Object) } } } },
    listed: { "200": { content: { "application/json": { schema: { required: ["keys"] } } } } },
    revoked: { "200": { content: { "application/json": { schema: expect.any(Object) } } } },
  });
  expect(createProblems).toEqual([
    ...["bad-request", "unsupported-encoding", "length-required", "body-too-large"],
    ...["invalid-idempotency-key", "idempotency-key-reused", "not-found", "conflict"],
  ]);
});

test("a change that a tenant makes is entered under its key, with the address that it came from", () => {
  const from = (headers: Record<string, string>) => {
    const call = { request: new Request("https://x.example", { headers }) } as Call;
    return byKey(call, identity);
  };
  const actor = identity.key;
  expect(from({ "CF-Connecting-IP": "192.0.2.7" })).toEqual({ actor, from: "192.0.2.7" });
  expect(from({})).toEqual({ actor, from: null });
});

import * as z from "zod/mini";
import { createKeySchema, rotateKeySchema, type CreatedKey } from "../../core/identity/key.ts";
import { limits } from "../../core/limits.ts";
import { problem, type ProblemCode } from "../../core/problem.ts";
import type { Result } from "../../core/result.ts";
import type { By } from "../../durable-objects/directory/trail.ts";
import { callObject, directoryOf } from "./call-object.ts";
import { createdKeySchema, keyDocument, keySchema } from "./documents/tenant-document.ts";
import { jsonContent } from "./documents/openapi-parts.ts";
import { idempotencyKey } from "./http/idempotency.ts";
import { readJson } from "./http/json-body.ts";
import { json, notFound, refuse } from "./http/responses.ts";
import type { Call } from "./route.ts";

/** A tenant's keys, for an operator and for the tenant's own key with `keys:admin`. */
export async function createKey(call: Call, tenant: string, by: By): Promise<Response> {
  const repeat = idempotencyKey(call.request.headers);
  if (!repeat.ok) return refuse(repeat.error);
  const body = await readJson(call.request, createKeySchema);
  if (!body.ok) return refuse(body.error);
  return created(await directoryOf(call.env).createKey(tenant, body.value, repeat.value, by));
}

export async function listKeys({ env }: Call, tenant: string): Promise<Response> {
  const keys = await callObject(async () => directoryOf(env).listKeys(tenant));
  return keys.ok ? json({ keys: keys.value.map(keyDocument) }) : notFound();
}

export async function revokeKey({ env, params }: Call, tenant: string, by: By): Promise<Response> {
  const revoked = await callObject(async () =>
    directoryOf(env).revokeKey(tenant, params.key ?? "", by),
  );
  return revoked.ok ? json(keyDocument(revoked.value)) : notFound();
}

export async function rotateKey(call: Call, tenant: string, by: By): Promise<Response> {
  const repeat = idempotencyKey(call.request.headers);
  if (!repeat.ok) return refuse(repeat.error);
  const body = await readJson(call.request, rotateKeySchema);
  if (!body.ok) return refuse(body.error);
  const { env, params } = call;
  return created(
    await directoryOf(env).rotateKey(tenant, params.key ?? "", body.value, repeat.value, by),
  );
}

function created(answer: Result<CreatedKey, "not-found" | "conflict" | "reused">): Response {
  if (answer.ok) {
    const { key, ...rest } = answer.value;
    return json({ ...keyDocument(rest), key }, { status: 201 });
  }
  if (answer.error === "not-found") return notFound();
  if (answer.error === "reused") {
    return refuse(
      problem("idempotency-key-reused", "This Idempotency-Key created another key. Use a new one."),
    );
  }
  return refuse(
    problem(
      "conflict",
      `This tenant has ${limits.keysPerTenantMax} active keys, the maximum. Revoke one first.`,
    ),
  );
}

/** The OpenAPI entries of these four routes, which exist for operators and for tenants. */
export const keyAnswers = {
  created: { "201": { description: "The key", content: jsonContent(createdKeySchema) } },
  listed: {
    "200": {
      description: "The keys",
      content: jsonContent(z.object({ keys: z.array(keySchema) })),
    },
  },
  revoked: { "200": { description: "The revoked key", content: jsonContent(keySchema) } },
};

export const bodyProblems = [
  "bad-request",
  "unsupported-encoding",
  "length-required",
  "body-too-large",
] as const satisfies readonly ProblemCode[];

export const createProblems = [
  ...bodyProblems,
  "invalid-idempotency-key",
  "idempotency-key-reused",
  "not-found",
  "conflict",
] as const satisfies readonly ProblemCode[];

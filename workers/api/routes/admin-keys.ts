import * as z from "zod/mini";
import { createKeySchema } from "../../../core/identity/tenant.ts";
import { limits } from "../../../core/limits.ts";
import { problem } from "../../../core/problem.ts";
import { json, notFound, refuse } from "../http/responses.ts";
import { callObject, directoryOf } from "../call-object.ts";
import { readJson } from "../http/json-body.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { keyParameter, tenantParameter } from "../documents/parameters.ts";
import type { Route } from "../route.ts";
import { createdKeySchema, keyDocument, keySchema } from "../documents/tenant-document.ts";

export const createKey: Route = {
  method: "POST",
  path: "/admin/v1/tenants/{tenant}/keys",
  caller: "admin",
  operationId: "createKey",
  summary: "Create an API key",
  tag: "Administration",
  description: "This answer is the only one that contains the key itself.",
  parameters: [tenantParameter],
  requestBody: { required: false, content: jsonContent(createKeySchema) },
  responses: { "201": { description: "The key", content: jsonContent(createdKeySchema) } },
  problems: [
    "bad-request",
    "unsupported-encoding",
    "length-required",
    "body-too-large",
    "not-found",
    "conflict",
  ],
  async handle({ request, params, env }) {
    const body = await readJson(request, createKeySchema);
    if (!body.ok) return refuse(body.error);
    const created = await directoryOf(env).createKey(params.tenant ?? "", body.value);
    if (created.ok) {
      const { key, ...rest } = created.value;
      return json({ ...keyDocument(rest), key }, { status: 201 });
    }
    if (created.error === "not-found") return notFound();
    return refuse(
      problem(
        "conflict",
        `This tenant has ${limits.keysPerTenantMax} active keys, the maximum. Revoke one first.`,
      ),
    );
  },
};

const listSchema = z.object({ keys: z.array(keySchema) });

export const listKeys: Route = {
  method: "GET",
  path: "/admin/v1/tenants/{tenant}/keys",
  caller: "admin",
  operationId: "listKeys",
  summary: "List a tenant's keys",
  tag: "Administration",
  description: "Active and revoked keys, without the keys themselves.",
  parameters: [tenantParameter],
  responses: { "200": { description: "The keys", content: jsonContent(listSchema) } },
  problems: ["not-found"],
  async handle({ params, env }) {
    const keys = await callObject(async () => directoryOf(env).listKeys(params.tenant ?? ""));
    return keys.ok ? json({ keys: keys.value.map(keyDocument) }) : notFound();
  },
};

export const revokeKey: Route = {
  method: "DELETE",
  path: "/admin/v1/tenants/{tenant}/keys/{key}",
  caller: "admin",
  operationId: "revokeKey",
  summary: "Revoke an API key",
  tag: "Administration",
  description:
    "Permanent. New jobs are refused at once; reading stops everywhere within about a minute, when KV has spread the change.",
  parameters: [tenantParameter, keyParameter],
  responses: { "200": { description: "The revoked key", content: jsonContent(keySchema) } },
  problems: ["not-found"],
  async handle({ params, env }) {
    const revoked = await callObject(async () =>
      directoryOf(env).revokeKey(params.tenant ?? "", params.key ?? ""),
    );
    return revoked.ok ? json(keyDocument(revoked.value)) : notFound();
  },
};

import { createKeySchema, rotateKeySchema } from "../../../../core/identity/key.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { idempotencyParameter, keyParameter, tenantParameter } from "../../documents/parameters.ts";
import * as keys from "../../manage-keys.ts";
import type { Route } from "../../route.ts";

const path = "/admin/v1/tenants/{tenant}/keys";

export const createKey: Route = {
  method: "POST",
  path,
  caller: "operator",
  roles: ["owner"],
  operationId: "createKey",
  summary: "Create an API key",
  tag: "Administration",
  description:
    "This answer is the only one that contains the key itself. With an Idempotency-Key, a repeat gets the same key.",
  parameters: [tenantParameter, idempotencyParameter],
  requestBody: { required: false, content: jsonContent(createKeySchema) },
  responses: keys.keyAnswers.created,
  problems: keys.createProblems,
  handle: (call, by) => keys.createKey(call, call.params.tenant ?? "", by),
};

export const listKeys: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "support"],
  operationId: "listKeys",
  summary: "List a tenant's keys",
  tag: "Administration",
  description: "Active and revoked keys, without the keys themselves.",
  parameters: [tenantParameter],
  responses: keys.keyAnswers.listed,
  problems: ["not-found"],
  handle: (call) => keys.listKeys(call, call.params.tenant ?? ""),
};

export const revokeKey: Route = {
  method: "DELETE",
  path: `${path}/{key}`,
  caller: "operator",
  roles: ["owner"],
  operationId: "revokeKey",
  summary: "Revoke an API key",
  tag: "Administration",
  description:
    "Permanent. New jobs are refused at once; reading stops everywhere within about a minute.",
  parameters: [tenantParameter, keyParameter],
  responses: keys.keyAnswers.revoked,
  problems: ["not-found"],
  handle: (call, by) => keys.revokeKey(call, call.params.tenant ?? "", by),
};

export const rotateKey: Route = {
  method: "POST",
  path: `${path}/{key}/rotate`,
  caller: "operator",
  roles: ["owner"],
  operationId: "rotateKey",
  summary: "Replace an API key",
  tag: "Administration",
  description:
    "Creates a key with the same name and scopes. The old one goes on working for `overlapSeconds`, a day by default.",
  parameters: [tenantParameter, keyParameter, idempotencyParameter],
  requestBody: { required: false, content: jsonContent(rotateKeySchema) },
  responses: keys.keyAnswers.created,
  problems: keys.createProblems,
  handle: (call, by) => keys.rotateKey(call, call.params.tenant ?? "", by),
};

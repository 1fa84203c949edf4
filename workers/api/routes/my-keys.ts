import { createKeySchema, rotateKeySchema } from "../../../core/identity/key.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { idempotencyParameter, keyParameter } from "../documents/parameters.ts";
import * as keys from "../manage-keys.ts";
import { byKey, type Route } from "../route.ts";

const path = "/v1/keys";

export const createMyKey: Route = {
  method: "POST",
  path,
  caller: "tenant",
  scope: "keys:admin",
  rate: "changes",
  operationId: "createMyKey",
  summary: "Create a key of your own",
  tag: "Account",
  description:
    "This answer is the only one that contains the key itself. With an Idempotency-Key, a repeat gets the same key.",
  parameters: [idempotencyParameter],
  requestBody: { required: false, content: jsonContent(createKeySchema) },
  responses: keys.keyAnswers.created,
  problems: keys.createProblems,
  handle: (call, identity) => keys.createKey(call, identity.tenant, byKey(call, identity)),
};

export const listMyKeys: Route = {
  method: "GET",
  path,
  caller: "tenant",
  scope: "keys:admin",
  rate: "views of settings",
  operationId: "listMyKeys",
  summary: "List your keys",
  tag: "Account",
  description: "Active and revoked keys, without the keys themselves.",
  responses: keys.keyAnswers.listed,
  handle: (call, { tenant }) => keys.listKeys(call, tenant),
};

export const revokeMyKey: Route = {
  method: "DELETE",
  path: `${path}/{key}`,
  caller: "tenant",
  scope: "keys:admin",
  rate: "revocations",
  operationId: "revokeMyKey",
  summary: "Revoke one of your keys",
  tag: "Account",
  description:
    "Permanent. New jobs are refused at once; reading stops everywhere within about a minute.",
  parameters: [keyParameter],
  responses: keys.keyAnswers.revoked,
  problems: ["not-found"],
  handle: (call, identity) => keys.revokeKey(call, identity.tenant, byKey(call, identity)),
};

export const rotateMyKey: Route = {
  method: "POST",
  path: `${path}/{key}/rotate`,
  caller: "tenant",
  scope: "keys:admin",
  rate: "changes",
  operationId: "rotateMyKey",
  summary: "Replace one of your keys",
  tag: "Account",
  description:
    "Creates a key with the same name and scopes. The old one goes on working for `overlapSeconds`, a day by default.",
  parameters: [keyParameter, idempotencyParameter],
  requestBody: { required: false, content: jsonContent(rotateKeySchema) },
  responses: keys.keyAnswers.created,
  problems: keys.createProblems,
  handle: (call, identity) => keys.rotateKey(call, identity.tenant, byKey(call, identity)),
};

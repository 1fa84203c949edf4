import { changeOf, changeSettingsSchema } from "../../../../core/delivery/change-settings.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { hostRules } from "../../deliver/host-rules.ts";
import {
  createdSigningKeyDocument,
  createdSigningKeySchema,
  deliveryDocument,
  deliverySchema,
} from "../../documents/delivery-document.ts";
import { jsonContent, pathParameter } from "../../documents/openapi-parts.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import { byKey, type Route } from "../../route.ts";

export const getDelivery: Route = {
  method: "GET",
  path: "/v1/delivery",
  caller: "tenant",
  scope: "keys:admin",
  rate: "views of settings",
  operationId: "getDelivery",
  summary: "See how your pictures are delivered",
  tag: "Delivery",
  description: "The settings, and the signing keys without their secrets.",
  responses: { "200": { description: "The settings", content: jsonContent(deliverySchema) } },
  problems: ["not-found"],
  async handle({ env }, { tenant }) {
    const found = await callObject(async () => directoryOf(env).delivery(tenant));
    return found.ok ? json(deliveryDocument(found.value, hostRules(env).domain)) : notFound();
  },
};

export const changeDelivery: Route = {
  method: "PATCH",
  path: "/v1/delivery",
  caller: "tenant",
  scope: "keys:admin",
  rate: "changes",
  operationId: "changeDelivery",
  summary: "Change how your pictures are delivered",
  tag: "Delivery",
  description:
    "Changes only the fields that are given, and presets one by one; `null` removes one. Every location knows within a minute.",
  requestBody: { required: true, content: jsonContent(changeSettingsSchema) },
  responses: { "200": { description: "The settings", content: jsonContent(deliverySchema) } },
  problems: [...bodyProblems, "not-found", "conflict"],
  async handle(call, identity) {
    const body = await readJson(call.request, changeSettingsSchema);
    if (!body.ok) return refuse(body.error);
    const { tenant } = identity;
    const changed = await callObject(async () =>
      directoryOf(call.env).changeDelivery(tenant, changeOf(body.value), byKey(call, identity)),
    );
    if (changed.ok) return json(deliveryDocument(changed.value, hostRules(call.env).domain));
    return changed.error === "not-found" ? notFound() : refuse(tooManyPresets);
  },
};

export const createSigningKey: Route = {
  method: "POST",
  path: "/v1/delivery/signing-keys",
  caller: "tenant",
  scope: "keys:admin",
  rate: "changes",
  operationId: "createSigningKey",
  summary: "Create a key to sign URLs with",
  tag: "Delivery",
  description: `This answer is the only one that contains the secret. ${limits.signingKeysMax} keys may be in use: create the second, sign with it, then delete the first.`,
  responses: {
    "201": { description: "The key", content: jsonContent(createdSigningKeySchema) },
  },
  problems: ["not-found", "conflict"],
  async handle(call, identity) {
    // Not repeated: a second attempt would make a second key.
    const by = byKey(call, identity);
    const created = await directoryOf(call.env).createSigningKey(identity.tenant, by);
    if (created.ok) return json(createdSigningKeyDocument(created.value), { status: 201 });
    return created.error === "not-found" ? notFound() : refuse(tooManyKeys);
  },
};

export const revokeSigningKey: Route = {
  method: "DELETE",
  path: "/v1/delivery/signing-keys/{key}",
  caller: "tenant",
  scope: "keys:admin",
  rate: "revocations",
  operationId: "revokeSigningKey",
  summary: "Delete a signing key",
  tag: "Delivery",
  description:
    "URLs signed with it stop working within a minute, except where a cache has kept the picture.",
  parameters: [
    pathParameter("key", "The key's id", { type: "string", pattern: "^sgn_[0-9a-f]{16}$" }),
  ],
  responses: { "204": { description: "Deleted" } },
  problems: ["not-found"],
  async handle(call, identity) {
    const by = byKey(call, identity);
    const id = call.params.key ?? "";
    const found = await callObject(async () =>
      directoryOf(call.env).revokeSigningKey(identity.tenant, id, by),
    );
    return found ? new Response(null, { status: 204 }) : notFound();
  },
};

const tooManyPresets = problem(
  "conflict",
  `A tenant may have ${limits.presetsMax} presets. Remove some first, by setting them to null.`,
);
const tooManyKeys = problem(
  "conflict",
  `${limits.signingKeysMax} signing keys are in use, the maximum. Delete one first.`,
);

import { shardsOf } from "../../../../core/fleet/shard-map.ts";
import { raiseShardsSchema, type Tenant } from "../../../../core/identity/tenant.ts";
import { problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { tenantParameter } from "../../documents/parameters.ts";
import { shardsSchema } from "../../documents/tenant-document.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import type { Route } from "../../route.ts";

const path = "/admin/v1/tenants/{tenant}/shards";
const responses = {
  "200": { description: "The tenant's shards", content: jsonContent(shardsSchema) },
};

export const getShards: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "support", "billing"],
  operationId: "getShards",
  summary: "Get the number of a tenant's ledgers",
  tag: "Administration",
  description: "In each region; `epochs` tell when it was raised.",
  parameters: [tenantParameter],
  responses,
  problems: ["not-found"],
  async handle({ params, env }) {
    const tenant = await callObject(async () => directoryOf(env).getTenant(params.tenant ?? ""));
    return tenant ? json(shardsDocument(tenant)) : notFound();
  },
};

export const raiseShards: Route = {
  method: "PUT",
  path,
  caller: "operator",
  roles: ["owner"],
  operationId: "raiseShards",
  summary: "Split a tenant's work into more ledgers",
  tag: "Administration",
  description:
    "Applies to new jobs at once. One ledger takes 250 new jobs a second. The number is only ever raised: what a ledger holds stays there, so that every job, key and record is still found.",
  parameters: [tenantParameter],
  requestBody: { required: true, content: jsonContent(raiseShardsSchema) },
  responses,
  problems: [...bodyProblems, "not-found", "conflict"],
  async handle({ request, params, env }, by) {
    const body = await readJson(request, raiseShardsSchema);
    if (!body.ok) return refuse(body.error);
    const { shards } = body.value;
    const raised = await callObject(async () =>
      directoryOf(env).raiseShards(params.tenant ?? "", shards, by),
    );
    if (raised.ok) return json(shardsDocument(raised.value));
    switch (raised.error) {
      case "not-found":
        return notFound();
      case "gone":
        return refuse(problem("conflict", "This tenant was deleted, which is permanent."));
      case "fewer":
        return refuse(
          problem(
            "conflict",
            "The tenant has more shards than that. Their number is never lowered.",
          ),
        );
    }
  },
};

function shardsDocument({ id, shards }: Tenant) {
  return {
    tenant: id,
    shards: shardsOf(shards),
    epochs: shards.map(({ shards: number, since }) => ({
      shards: number,
      since: since === 0 ? null : new Date(since).toISOString(),
    })),
  };
}

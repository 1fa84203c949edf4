import * as z from "zod/mini";
import { createTenantSchema } from "../../../core/identity/tenant.ts";
import { json, refuse } from "../http/responses.ts";
import { callObject, directoryOf } from "../call-object.ts";
import { readJson } from "../http/json-body.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { pageParameters } from "../documents/parameters.ts";
import { pageOf } from "../http/paging.ts";
import type { Route } from "../route.ts";
import { tenantDocument, tenantSchema } from "../documents/tenant-document.ts";

export const createTenant: Route = {
  method: "POST",
  path: "/admin/v1/tenants",
  caller: "admin",
  operationId: "createTenant",
  summary: "Create a tenant",
  tag: "Administration",
  description: "Limits that are left out have their defaults. They cannot be changed later.",
  requestBody: { required: true, content: jsonContent(createTenantSchema) },
  responses: { "201": { description: "The tenant", content: jsonContent(tenantSchema) } },
  problems: ["bad-request", "unsupported-encoding", "length-required", "body-too-large"],
  async handle({ request, env }) {
    const body = await readJson(request, createTenantSchema);
    if (!body.ok) return refuse(body.error);
    // Not retried: a second call would create a second tenant.
    const tenant = await directoryOf(env).createTenant(body.value);
    return json(tenantDocument(tenant), { status: 201 });
  },
};

const pageSchema = z.object({ tenants: z.array(tenantSchema), cursor: z.nullable(z.string()) });

export const listTenants: Route = {
  method: "GET",
  path: "/admin/v1/tenants",
  caller: "admin",
  operationId: "listTenants",
  summary: "List tenants, oldest first",
  tag: "Administration",
  description: "All tenants with their limits, a page at a time.",
  parameters: pageParameters,
  responses: { "200": { description: "A page of tenants", content: jsonContent(pageSchema) } },
  problems: ["invalid-option"],
  async handle({ url, env }) {
    const page = pageOf(url);
    if (!page.ok) return refuse(page.error);
    const { tenants, cursor } = await callObject(async () =>
      directoryOf(env).listTenants(page.value),
    );
    return json({ tenants: tenants.map(tenantDocument), cursor });
  },
};

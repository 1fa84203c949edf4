import * as z from "zod/mini";
import {
  changeTenantSchema,
  createTenantSchema,
  type CreateTenant,
  type Tenant,
  type TenantStatus,
} from "../../../../core/identity/tenant.ts";
import { isServedBy, limitsOf } from "../../../../core/identity/tenant-limits.ts";
import { limits as bounds } from "../../../../core/limits.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import type { Result } from "../../../../core/result.ts";
import type { TenantRefusal } from "../../../../durable-objects/directory/tenants.ts";
import type { ApiEnv } from "../../env.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { pageParameters, tenantParameter } from "../../documents/parameters.ts";
import { tenantDocument, tenantSchema } from "../../documents/tenant-document.ts";
import { readJson } from "../../http/json-body.ts";
import { pageOf } from "../../http/paging.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import type { Route } from "../../route.ts";

const path = "/admin/v1/tenants";
const answersTenant = { "200": { description: "The tenant", content: jsonContent(tenantSchema) } };

export const createTenant: Route = {
  method: "POST",
  path,
  caller: "operator",
  roles: ["owner"],
  operationId: "createTenant",
  summary: "Create a tenant",
  tag: "Administration",
  description:
    "Limits that are left out are the plan's, and can be changed at any time. `home` is the region of its stored pictures and of its work under an idempotency key or a monthly cap; its other work goes to the region nearest to each caller, unless `stays` keeps it at `home` or in the home's `jurisdiction`. Neither can be changed later.",
  requestBody: { required: true, content: jsonContent(createTenantSchema) },
  responses: { "201": { description: "The tenant", content: jsonContent(tenantSchema) } },
  problems: [...bodyProblems, "invalid-option"],
  async handle({ request, env }, by) {
    const body = await readJson(request, createTenantSchema);
    if (!body.ok) return refuse(body.error);
    const nowhere = residenceFault(env, body.value);
    if (nowhere) return refuse(nowhere);
    const { plan = "custom", limits } = body.value;
    if (!isServedBy(limitsOf(plan, limits), 1)) return refuse(tooFast);
    // Not retried: a second call would create a second tenant.
    const tenant = await directoryOf(env).createTenant(body.value, by);
    return json(tenantDocument(tenant), { status: 201 });
  },
};

function residenceFault(
  { FLEET: { regions } }: ApiEnv,
  { home = regions[0]?.name, stays }: CreateTenant,
): Problem | null {
  const region = regions.find(({ name }) => name === home);
  if (!region) {
    const names = regions.map(({ name }) => name).join(", ");
    return problem("invalid-option", `home must be one of ${names}.`, { option: "home" });
  }
  if (stays !== "jurisdiction" || region.jurisdiction) return null;
  const detail = `Region ${region.name} is in no jurisdiction; stays can be anywhere or home.`;
  return problem("invalid-option", detail, { option: "stays" });
}

const pageSchema = z.object({ tenants: z.array(tenantSchema), cursor: z.nullable(z.string()) });

export const listTenants: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "support", "billing"],
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

export const getTenant: Route = {
  method: "GET",
  path: `${path}/{tenant}`,
  caller: "operator",
  roles: ["owner", "support", "billing"],
  operationId: "getTenant",
  summary: "Get a tenant",
  tag: "Administration",
  description: "Its plan, its limits and whether it is active.",
  parameters: [tenantParameter],
  responses: answersTenant,
  problems: ["not-found"],
  async handle({ params, env }) {
    const tenant = await callObject(async () => directoryOf(env).getTenant(params.tenant ?? ""));
    return tenant ? json(tenantDocument(tenant)) : notFound();
  },
};

export const changeTenant: Route = {
  method: "PATCH",
  path: `${path}/{tenant}`,
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "changeTenant",
  summary: "Change a tenant's name, plan or limits",
  tag: "Administration",
  description:
    "Applies to new jobs at once. `limits` replaces what was chosen before, so `{}` goes back to the plan's own.",
  parameters: [tenantParameter],
  requestBody: { required: true, content: jsonContent(changeTenantSchema) },
  responses: answersTenant,
  problems: [...bodyProblems, "invalid-option", "not-found", "conflict"],
  async handle({ request, params, env }, by) {
    const body = await readJson(request, changeTenantSchema);
    if (!body.ok) return refuse(body.error);
    return changed(
      await callObject(async () =>
        directoryOf(env).changeTenant(params.tenant ?? "", body.value, by),
      ),
    );
  },
};

export const suspendTenant = statusRoute("suspend", "suspended", {
  summary: "Suspend a tenant",
  description:
    "New jobs are refused at once, reads within about a minute. Accepted jobs finish and nothing is deleted.",
});

export const resumeTenant = statusRoute("resume", "active", {
  summary: "Resume a suspended tenant",
  description: "Its keys work again, everywhere within about a minute.",
});

export const deleteTenant: Route = {
  method: "DELETE",
  path: `${path}/{tenant}`,
  caller: "operator",
  roles: ["owner"],
  operationId: "deleteTenant",
  summary: "Delete a tenant",
  tag: "Administration",
  description:
    "Permanent. Its keys are revoked and no new work is accepted. Its unfinished jobs are cancelled, and its pictures, jobs and idempotency keys are deleted as soon as its ledgers know; what was billed stays in the books.",
  parameters: [tenantParameter],
  responses: answersTenant,
  problems: ["not-found", "conflict"],
  handle: async ({ params, env }, by) =>
    changed(
      await callObject(async () =>
        directoryOf(env).setTenantStatus(params.tenant ?? "", "deleted", by),
      ),
    ),
};

function statusRoute(
  verb: "suspend" | "resume",
  status: TenantStatus,
  words: { readonly summary: string; readonly description: string },
): Route {
  return {
    method: "POST",
    path: `${path}/{tenant}/${verb}`,
    caller: "operator",
    roles: ["owner"],
    operationId: `${verb}Tenant`,
    ...words,
    tag: "Administration",
    parameters: [tenantParameter],
    responses: answersTenant,
    problems: ["not-found", "conflict"],
    handle: async ({ params, env }, by) =>
      changed(
        await callObject(async () =>
          directoryOf(env).setTenantStatus(params.tenant ?? "", status, by),
        ),
      ),
  };
}

function changed(answer: Result<Tenant, TenantRefusal>): Response {
  if (answer.ok) return json(tenantDocument(answer.value));
  if (answer.error === "not-found") return notFound();
  if (answer.error === "too-fast") return refuse(tooFast);
  return refuse(problem("conflict", "This tenant was deleted, which is permanent."));
}

const tooFast = problem(
  "invalid-option",
  `Each shard of a tenant takes ${bounds.ledgerRequestsPerSecondMax} requestsPerSecond and a burst of ${bounds.ledgerBurstMax}. Raise the number of its shards first.`,
  { option: "limits" },
);

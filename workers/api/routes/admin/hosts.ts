import * as z from "zod/mini";
import { hostNameFault, shownHost } from "../../../../core/delivery/hosts/host-name.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { hostRules } from "../../deliver/host-rules.ts";
import { jsonContent, pathParameter } from "../../documents/openapi-parts.ts";
import { tenantParameter } from "../../documents/parameters.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import type { Call, Route } from "../../route.ts";

const path = "/admin/v1/tenants/{tenant}/hosts";
const hostParameter = pathParameter(
  "host",
  "A slug, for `<slug>.<domain>`, or a whole name of the tenant's own: `pictures.shop.example`",
  { type: "string", maxLength: limits.hostCharsMax },
);
const hostSchema = z.object({
  name: z.string(),
  host: z.string().check(z.meta({ description: "Where the pictures are." })),
});

const shown = ({ env }: Call, name: string) => ({
  name,
  host: shownHost(name, hostRules(env).domain),
});

export const listHosts: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "support"],
  operationId: "listHosts",
  summary: "List a tenant's hosts",
  tag: "Administration",
  description: "The hosts that deliver its pictures.",
  parameters: [tenantParameter],
  responses: {
    "200": {
      description: "The hosts",
      content: jsonContent(z.object({ hosts: z.array(hostSchema) })),
    },
  },
  async handle(call) {
    const tenant = call.params.tenant ?? "";
    const names = await callObject(async () => directoryOf(call.env).hostsOf(tenant));
    return json({ hosts: names.map((name) => shown(call, name)) });
  },
};

export const setHost: Route = {
  method: "PUT",
  path: `${path}/{host}`,
  caller: "operator",
  roles: ["owner"],
  operationId: "setHost",
  summary: "Deliver a tenant's pictures at a host",
  tag: "Administration",
  description: `At its root: \`https://<host>/image/<options>/<source>\`. A name belongs to one tenant at a time: remove it from the old tenant before you add it to another. Every location knows within a minute. A tenant may have ${limits.hostsPerTenantMax}.`,
  parameters: [tenantParameter, hostParameter],
  responses: { "200": { description: "The host", content: jsonContent(hostSchema) } },
  problems: ["invalid-option", "not-found", "conflict"],
  async handle(call, by) {
    const { tenant = "", host = "" } = call.params;
    const fault = hostNameFault(host);
    if (fault !== null) return refuse(problem("invalid-option", fault, { option: "host" }));
    const set = await callObject(async () => directoryOf(call.env).setHost(tenant, host, by));
    if (set.ok) return json(shown(call, host));
    return set.error === "not-found" ? notFound() : refuse(taken);
  },
};

export const removeHost: Route = {
  method: "DELETE",
  path: `${path}/{host}`,
  caller: "operator",
  roles: ["owner"],
  operationId: "removeHost",
  summary: "Remove a tenant's host",
  tag: "Administration",
  description: "Its pictures are no longer delivered there, everywhere within a minute.",
  parameters: [tenantParameter, hostParameter],
  responses: { "204": { description: "Removed" } },
  problems: ["not-found"],
  async handle({ params, env }, by) {
    const { tenant = "", host = "" } = params;
    const found = await callObject(async () => directoryOf(env).removeHost(tenant, host, by));
    return found ? new Response(null, { status: 204 }) : notFound();
  },
};

const taken = problem(
  "conflict",
  `The name is another tenant's, or this one has ${limits.hostsPerTenantMax} hosts already. Remove one first.`,
);

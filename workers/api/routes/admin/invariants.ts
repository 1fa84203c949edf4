import * as z from "zod/mini";
import {
  invariants,
  type AuditReport,
  type Invariant,
} from "../../../../core/billing/audit-report.ts";
import type { AuditHarvest } from "../../../../core/billing/audit-schedule.ts";
import { tenantIdSchema } from "../../../../core/identity/ids.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { jsonContent, queryParameter } from "../../documents/openapi-parts.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import type { Route } from "../../route.ts";
import { fromBooks } from "../books/from-books.ts";
import { withoutKeys } from "../books/transparency.ts";
import { tenantIdText } from "../../documents/parameters.ts";

const names = Object.keys(invariants) as [Invariant, ...Invariant[]];
const breach = z.object({
  invariant: z.enum(names),
  ledger: z.string(),
  subject: z.string(),
  detail: z.string(),
});
const harvest = z.object({
  waiting: z.int(),
  late: z.int(),
  oldest: z.nullable(z.iso.datetime()),
}) satisfies z.ZodMiniType<AuditHarvest>;
const count = z.object({ checked: z.int(), breaches: z.int() });

const reportSchema = z.object({
  v: z.literal(1),
  at: z.iso.datetime(),
  tenants: z.int(),
  ledgers: z.int(),
  unreachable: z.array(z.string()),
  invariants: z.object(
    Object.fromEntries(names.map((name) => [name, count])) as Record<Invariant, typeof count>,
  ),
  breaches: z.array(breach),
  cursor: z.nullable(z.string()),
}) satisfies z.ZodMiniType<AuditReport>;

export const getInvariants: Route = {
  method: "GET",
  path: "/admin/v1/invariants",
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "getInvariants",
  summary: "See what the auditor found",
  tag: "Administration",
  description:
    "The last audit and every open breach, which stays until an audit of its tenant finds none. `harvest` tells how many tenants wait, and how many for longer than six hours. Four times an hour the auditor looks at tenants with new work, about once an hour each, and at the next 250 of all.",
  responses: {
    "200": {
      description: "What was found",
      content: jsonContent(
        z.object({
          last: z.nullable(reportSchema),
          standing: z.array(breach),
          harvest: z.optional(z.nullable(harvest)),
        }),
      ),
    },
  },
  handle: ({ env }) =>
    fromBooks(env.BOOKS.audits(), (found) => json(found), {
      millisMax: limits.booksRunMillisMax,
    }),
};

export const runAudit: Route = {
  method: "POST",
  path: "/admin/v1/invariants",
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "runAudit",
  summary: "Audit now",
  tag: "Administration",
  description:
    "Compares ledgers, sealed records, statements and stored pictures of one tenant, or of the next 100 after `cursor`, and changes none. `cursor` is null when there are no more.",
  parameters: [
    queryParameter("tenant", "One tenant's id", tenantIdText),
    queryParameter("cursor", "From an earlier answer", tenantIdText),
  ],
  responses: { "200": { description: "What was found", content: jsonContent(reportSchema) } },
  problems: ["invalid-option", "not-found"],
  async handle({ env, url }) {
    const [tenant, cursor] = [url.searchParams.get("tenant"), url.searchParams.get("cursor")];
    for (const [option, value] of Object.entries({ tenant, cursor })) {
      if (value !== null && !tenantIdSchema.safeParse(value).success) {
        const detail = `${option} must be the id of a tenant.`;
        return refuse(problem("invalid-option", detail, { option }));
      }
    }
    if (tenant !== null && !(await callObject(async () => directoryOf(env).getTenant(tenant)))) {
      return notFound();
    }
    return fromBooks(
      env.BOOKS.audit({ tenant, cursor }),
      (report) => (report ? json(report) : refuse(withoutKeys)),
      { millisMax: limits.booksRunMillisMax },
    );
  },
};

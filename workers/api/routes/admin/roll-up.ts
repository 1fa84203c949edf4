import * as z from "zod/mini";
import { tenantIdSchema } from "../../../../core/identity/ids.ts";
import { limits } from "../../../../core/limits.ts";
import { problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { jsonContent, queryParameter } from "../../documents/openapi-parts.ts";
import type { Route } from "../../route.ts";
import { fromBooks } from "../books/from-books.ts";
import { withoutKeys } from "../books/transparency.ts";
import { harvestSchema } from "../../documents/statement-document.ts";
import { tenantIdText } from "../../documents/parameters.ts";

const schema = z.object({
  tenants: z.int(),
  more: z.boolean(),
  ledgers: harvestSchema,
  segments: z.int(),
  statements: z.int(),
  changed: z.int(),
});

export const rollUp: Route = {
  method: "POST",
  path: "/admin/v1/roll-up",
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "rollUp",
  summary: "Update all statements now",
  tag: "Administration",
  description:
    "Does what the hourly schedule does for the next 250 tenants, or for one `tenant`, and adds a preview of the current hour. Running it again changes nothing. With `again=true` it reads the tenant's ledgers from their first segment: rows, usage by key and open statements are computed again; final statements stay as they are. `more`: call it again, without `again`.",
  parameters: [
    queryParameter("tenant", "One tenant's id", tenantIdText),
    queryParameter("again", "Whether to read all records of that tenant again", {
      type: "string",
      enum: ["true", "false"],
      default: "false",
    }),
  ],
  responses: { "200": { description: "What was read and written", content: jsonContent(schema) } },
  problems: ["invalid-option", "not-found"],
  async handle({ env, url }) {
    const tenant = url.searchParams.get("tenant");
    const again = url.searchParams.get("again") ?? "false";
    if (tenant !== null && !tenantIdSchema.safeParse(tenant).success) {
      return refuse(invalid("tenant", "tenant must be the id of a tenant."));
    }
    if (again !== "false" && (again !== "true" || tenant === null)) {
      return refuse(invalid("again", "again must be true or false, and needs a tenant."));
    }
    if (tenant !== null && !(await callObject(async () => directoryOf(env).getTenant(tenant)))) {
      return notFound();
    }
    return fromBooks(
      env.BOOKS.rollUp({ preview: true, tenant, again: again === "true" }),
      (summary) => (summary ? json(summary) : refuse(withoutKeys)),
      { millisMax: limits.booksRunMillisMax },
    );
  },
};

const invalid = (option: string, detail: string) => problem("invalid-option", detail, { option });

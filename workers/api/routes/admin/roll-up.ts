import * as z from "zod/mini";
import { json, refuse } from "../../http/responses.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import type { Route } from "../../route.ts";
import { withoutKeys } from "../books/transparency.ts";
import { harvestSchema } from "../../documents/statement-document.ts";

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
    "Does what the hourly schedule does, and adds a preview of the current hour. Running it again changes nothing.",
  responses: { "200": { description: "What was read and written", content: jsonContent(schema) } },
  async handle({ env }) {
    const summary = await env.BOOKS.rollUp({ preview: true });
    return summary ? json(summary) : refuse(withoutKeys);
  },
};

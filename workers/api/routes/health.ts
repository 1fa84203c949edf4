import * as z from "zod/mini";
import { json } from "../http/responses.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import type { Route } from "../route.ts";

const schema = z.object({ status: z.literal("ok"), version: z.string(), region: z.string() });

export const health: Route = {
  method: "GET",
  path: "/healthz",
  caller: "anyone",
  operationId: "getHealth",
  summary: "Whether the API answers",
  description: "Says that the API Worker answers and which version it is; no other part is asked.",
  responses: { "200": { description: "It does", content: jsonContent(schema) } },
  handle: ({ env }) => json({ status: "ok", version: env.VERSION.id, region: env.REGION }),
};

import * as z from "zod/mini";
import { json } from "../http/responses.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { nearestRegion } from "../regions.ts";
import type { Route } from "../route.ts";

const schema = z.object({ status: z.literal("ok"), version: z.string(), region: z.string() });

export const health: Route = {
  method: "GET",
  path: "/healthz",
  caller: "anyone",
  operationId: "getHealth",
  summary: "Check that the API answers",
  tag: "Service",
  description:
    "Tells which version of the API Worker answers, and which region serves the caller. No other part is checked.",
  responses: { "200": { description: "It answers", content: jsonContent(schema) } },
  handle: ({ env, request }) =>
    json({ status: "ok", version: env.VERSION.id, region: nearestRegion(env, request) }),
};

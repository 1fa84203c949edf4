import { json } from "../answer.ts";
import type { Route } from "../route.ts";

export const health: Route = {
  method: "GET",
  path: "/healthz",
  caller: "anyone",
  operationId: "getHealth",
  summary: "Whether this door is open",
  description: "Says that the front door answers and which version it is; it asks nobody else.",
  responses: { "200": { description: "It is" } },
  handle: ({ env }) => json({ status: "ok", version: env.VERSION.id, region: env.REGION }),
};

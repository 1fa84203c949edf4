import { json } from "../answer.ts";
import type { Route } from "../route.ts";

export const rollUp: Route = {
  method: "POST",
  path: "/admin/v1/roll-up",
  caller: "admin",
  operationId: "rollUp",
  summary: "Bring all statements up to date now, the open hour as a preview",
  description: "What the hourly schedule does, on demand. Running it twice changes nothing.",
  responses: { "200": { description: "What was read and written" } },
  handle: async ({ env }) => json(await env.BOOKS.rollUp({ preview: true })),
};

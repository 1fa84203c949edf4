import { json } from "../http/responses.ts";
import { openApiDocument } from "../openapi.ts";
import type { Route } from "../route.ts";

/** Takes the list that it is part of, because the document describes all routes. */
export function openApi(routes: () => readonly Route[]): Route {
  return {
    method: "GET",
    path: "/openapi.json",
    caller: "anyone",
    operationId: "getOpenApi",
    summary: "Get this document",
    tag: "Service",
    description: "The OpenAPI 3.1 description of this API.",
    responses: {
      "200": {
        description: "OpenAPI 3.1",
        content: { "application/json": { schema: { type: "object" } } },
      },
    },
    handle: () => json(openApiDocument(routes())),
  };
}

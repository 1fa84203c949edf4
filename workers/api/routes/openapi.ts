import { json } from "../http/responses.ts";
import { openApiDocument } from "../openapi.ts";
import type { Route } from "../route.ts";

/** Given the list it is part of, since the document describes all routes. */
export function openApi(routes: () => readonly Route[]): Route {
  return {
    method: "GET",
    path: "/openapi.json",
    caller: "anyone",
    operationId: "getOpenApi",
    summary: "This document",
    responses: { "200": { description: "OpenAPI 3.1" } },
    handle: ({ url }) => json(openApiDocument(routes(), url.origin)),
  };
}

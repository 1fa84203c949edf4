import { headers } from "../documents/openapi-parts.ts";
import { nothingHere } from "../http/responses.ts";
import { homePage } from "../pages/home-page.ts";
import { wantsPage } from "../pages/problem-page.ts";
import type { Route } from "../route.ts";

export const home: Route = {
  method: "GET",
  path: "/",
  caller: "anyone",
  operationId: "getHome",
  summary: "See what this service is",
  tag: "Service",
  description: "A page, for clients that name `text/html` in `Accept`. Others get 404.",
  responses: {
    "200": {
      description: "The page",
      headers: headers("Content-Security-Policy"),
      content: { "text/html; charset=utf-8": { schema: { type: "string" } } },
    },
  },
  problems: ["not-found"],
  handle: ({ request, url }) => (wantsPage(request) ? homePage(url.origin) : nothingHere()),
};

import { expositionType } from "../../../../core/metrics/exposition.ts";
import type { Route } from "../../route.ts";
import { fromBooks } from "../books/from-books.ts";

export const getServiceMetrics: Route = {
  method: "GET",
  path: "/admin/v1/metrics",
  caller: "operator",
  roles: ["owner", "support"],
  operationId: "getServiceMetrics",
  summary: "Get the service's metrics",
  tag: "Administration",
  description:
    "For Prometheus, in its text format 0.0.4: jobs, failures and refusals by reason, times of each stage, what is open, audit and witness, by region. Ledgers report about once a minute.",
  responses: {
    "200": {
      description: "The metrics",
      content: { [expositionType]: { schema: { type: "string" } } },
    },
  },
  handle: ({ env }) =>
    fromBooks(
      env.BOOKS.metrics(),
      (text) => new Response(text, { headers: { "Content-Type": expositionType } }),
      { what: "metrics" },
    ),
};

import { within } from "../../../../core/deadline.ts";
import { limits } from "../../../../core/limits.ts";
import { expositionType } from "../../../../core/metrics/exposition.ts";
import { problem } from "../../../../core/problem.ts";
import { refuse } from "../../http/responses.ts";
import type { Route } from "../../route.ts";

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
  problems: ["unavailable"],
  async handle({ env }) {
    const text = await within(globalThis, limits.objectMillisMax, env.BOOKS.metrics());
    if (!text.ok) return refuse(unavailable);
    return new Response(text.value, { headers: { "Content-Type": expositionType } });
  },
};

const unavailable = problem("unavailable", "The metrics could not be read right now. Try again.", {
  retryAfterMillis: limits.busyRetryMillis,
});

import { limits } from "../../../../core/limits.ts";
import { callLedgers } from "../../call-ledger.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { json, refuse } from "../../http/responses.ts";
import type { Route } from "../../route.ts";
import { metricsDocument, metricsSchema } from "./metrics-document.ts";
import { periodOf, periodParameters } from "./period.ts";

export const getMetrics: Route = {
  method: "GET",
  path: "/v1/metrics",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getMetrics",
  summary: "Get the metrics of your jobs",
  tag: "Jobs",
  description:
    "Times of each stage in milliseconds (p50, p90, p99, p99.9, within 1 %), failures and refusals by problem code, and what is open now. `yield` is the share of jobs done, leaving aside what the picture, the request or a limit of yours prevented. Kept for 8 days. `ledgers` names the regions that did not answer.",
  parameters: periodParameters,
  responses: { "200": { description: "Metrics", content: jsonContent(metricsSchema) } },
  problems: ["invalid-option"],
  async handle(call, identity) {
    const period = periodOf(call.url, Date.now(), limits.measuresRetentionMillis);
    if (!period.ok) return refuse(period.error);
    const { from, to } = period.value;
    const { answers, harvest } = await callLedgers(call, identity, async (of, ledger) => ({
      ...(await of.metrics(from, to)),
      ledger,
    }));
    return json(metricsDocument(answers, harvest, { from, to }));
  },
};

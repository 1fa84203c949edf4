import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { json, refuse } from "../http/responses.ts";
import { callLedgers } from "../call-ledger.ts";
import { jsonContent, queryParameter } from "../documents/openapi-parts.ts";
import {
  granularities,
  usageDocument,
  usageSchema,
  type Granularity,
} from "../documents/usage-document.ts";
import type { Route } from "../route.ts";
import { periodOf, periodParameters } from "./figures/period.ts";

export const getUsage: Route = {
  method: "GET",
  path: "/v1/usage",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getUsage",
  summary: "Get usage by the hour, day or month",
  tag: "Billing",
  description:
    "Usage by UTC hour, or by day or month with `granularity`. Complete up to `asOf`: every job settled before then is counted. `ledgers` tells how many of the tenant's ledgers answered and names the regions that did not; the answer is without those. Failed jobs cost nothing.",
  parameters: [
    ...periodParameters,
    queryParameter("granularity", "`hour`, `day` or `month`, UTC", {
      type: "string",
      pattern: `^(${granularities.join("|")})$`,
      default: "hour",
    }),
  ],
  responses: { "200": { description: "Usage", content: jsonContent(usageSchema) } },
  problems: ["invalid-option"],
  async handle(call, identity) {
    const period = periodOf(call.url, Date.now(), limits.usageRetentionMillis);
    if (!period.ok) return refuse(period.error);
    const { from, to } = period.value;
    const granularity = granularityOf(call.url);
    if (!granularity.ok) return refuse(granularity.error);
    const { answers, harvest } = await callLedgers(call, identity, (ledger) =>
      ledger.usage(from, to),
    );
    return json(usageDocument(answers, harvest, granularity.value));
  },
};

function granularityOf(url: URL): Result<Granularity, Problem> {
  const text = url.searchParams.get("granularity") ?? "hour";
  const known = granularities.find((each) => each === text);
  if (known) return ok(known);
  const detail = `granularity must be ${granularities.join(", ")}.`;
  return err(problem("invalid-option", detail, { option: "granularity" }));
}

import { groupings, type Grouping } from "../../../core/billing/grouped-usage.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { json, refuse } from "../http/responses.ts";
import { callLedgers } from "../call-ledger.ts";
import { jsonContent, queryParameter } from "../documents/openapi-parts.ts";
import {
  granularities,
  groupedUsageDocument,
  periodLengths,
  usageDocument,
  usageSchema,
  type Granularity,
} from "../documents/usage-document.ts";
import type { Route } from "../route.ts";
import { fromBooks } from "./books/from-books.ts";
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
    "Usage by UTC hour, or by day or month with `granularity`. Complete up to `asOf`: every job settled before then is counted. `ledgers` tells how many of the tenant's ledgers answered and names the regions that did not, whose usage is missing. Failed jobs cost nothing. With `groupBy` the answer is from the sealed records, 31 days at most: complete up to `asOf`, the end of the last hour in the statement; `ledgers` then tells how many the books have read that far.",
  parameters: [
    ...periodParameters,
    queryParameter("granularity", "`hour`, `day` or `month`, UTC", {
      type: "string",
      enum: granularities,
      default: "hour",
    }),
    queryParameter("groupBy", "`key`, `format` or `key,format`: `groups`, from the books", {
      type: "string",
      enum: [...groupings, groupings.join(",")],
    }),
  ],
  responses: { "200": { description: "Usage", content: jsonContent(usageSchema) } },
  problems: ["invalid-option"],
  async handle(call, identity) {
    const by = groupingsOf(call.url);
    if (!by.ok) return refuse(by.error);
    const isGrouped = by.value.length > 0;
    const millisMax = isGrouped ? limits.usageGroupsMillisMax : limits.usageRetentionMillis;
    const period = periodOf(call.url, Date.now(), millisMax);
    if (!period.ok) return refuse(period.error);
    const { from, to } = period.value;
    const granularity = granularityOf(call.url);
    if (!granularity.ok) return refuse(granularity.error);
    if (isGrouped) {
      const asked = { from, to, by: by.value, periodLength: periodLengths[granularity.value] };
      const found = call.env.BOOKS.groupedUsage(identity.tenant, asked);
      return fromBooks(found, ({ groups, ...about }) =>
        groups ? json(groupedUsageDocument(about, groups)) : refuse(tooMany),
      );
    }
    const { answers, harvest } = await callLedgers(call, identity, (ledger) =>
      ledger.usage(from, to),
    );
    return json(usageDocument(answers, harvest, granularity.value));
  },
};

const tooMany = problem(
  "invalid-option",
  `There are more than ${limits.usageGroupsMax} groups. Ask for a shorter time or longer periods.`,
  { option: "granularity" },
);

/** None: not grouped. */
function groupingsOf(url: URL): Result<readonly Grouping[], Problem> {
  const text = url.searchParams.get("groupBy");
  if (text === null) return ok([]);
  const names = text.split(",");
  const known = groupings.filter((each) => names.includes(each));
  if (known.length === names.length) return ok(known);
  const detail = "groupBy must be key, format or key,format.";
  return err(problem("invalid-option", detail, { option: "groupBy" }));
}

function granularityOf(url: URL): Result<Granularity, Problem> {
  const text = url.searchParams.get("granularity") ?? "hour";
  const known = granularities.find((each) => each === text);
  if (known) return ok(known);
  const detail = `granularity must be one of ${granularities.join(", ")}.`;
  return err(problem("invalid-option", detail, { option: "granularity" }));
}

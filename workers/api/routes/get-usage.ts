import { hourMillis, hourOf } from "../../../core/ledger/usage.ts";
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

const dateTime = { type: "string", format: "date-time" } as const;

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
    queryParameter(
      "from",
      "Start of the first hour, ISO 8601. Default: a day before `to`",
      dateTime,
    ),
    queryParameter("to", "End of the last hour, ISO 8601. Default: the end of this hour", dateTime),
    queryParameter("granularity", "`hour`, `day` or `month`, UTC", {
      type: "string",
      pattern: `^(${granularities.join("|")})$`,
      default: "hour",
    }),
  ],
  responses: { "200": { description: "Usage", content: jsonContent(usageSchema) } },
  problems: ["invalid-option"],
  async handle(call, identity) {
    const period = periodOf(call.url, Date.now());
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

/** Rounded to whole hours; at most as long as the ledger keeps usage. */
function periodOf(url: URL, now: number): Result<{ from: number; to: number }, Problem> {
  const to = timeOf(url, "to", hourOf(now) + hourMillis);
  if (!to.ok) return to;
  const from = timeOf(url, "from", to.value - 24 * hourMillis);
  if (!from.ok) return from;
  if (from.value < to.value && to.value - from.value <= limits.usageRetentionMillis) {
    return ok({ from: hourOf(from.value), to: to.value });
  }
  const days = limits.usageRetentionMillis / (24 * hourMillis);
  return err(
    problem("invalid-option", `from must be before to, and at most ${days} days before it.`, {
      option: "from",
    }),
  );
}

function timeOf(url: URL, option: string, fallback: number): Result<number, Problem> {
  const text = url.searchParams.get(option);
  if (text === null) return ok(fallback);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(time)) return ok(time);
  return err(
    problem("invalid-option", `${option} must be a time like 2026-01-31T13:00:00Z.`, { option }),
  );
}

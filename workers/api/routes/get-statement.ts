import { isMonth } from "../../../core/ledger/usage.ts";
import { problem } from "../../../core/problem.ts";
import { json, refuse } from "../http/responses.ts";
import { jsonContent, pathParameter } from "../documents/openapi-parts.ts";
import type { Route } from "../route.ts";
import { statementSchema } from "../documents/statement-document.ts";

export const getStatement: Route = {
  method: "GET",
  path: "/v1/statements/{month}",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getStatement",
  summary: "Get the statement of a month",
  tag: "Billing",
  description:
    "Amounts are whole micro-units of the currency. Each hour is added within minutes of its end. `ledgers` tells how many of the tenant's ledgers are included, and `segments` names the sealed records that the sums come from. A `preview` also covers the current hour and is never billed.",
  parameters: [
    pathParameter("month", "The month as YYYY-MM (UTC)", {
      type: "string",
      pattern: String.raw`^\d{4}-(0[1-9]|1[0-2])$`,
    }),
  ],
  responses: {
    "200": { description: "The statement", content: jsonContent(statementSchema) },
  },
  problems: ["invalid-option", "not-found"],
  async handle({ env, params }, { tenant }) {
    const month = params.month ?? "";
    if (!isMonth(month)) {
      return refuse(
        problem("invalid-option", "month must be a month like 2026-01.", { option: "month" }),
      );
    }
    const statement = await env.BOOKS.statement(tenant, month);
    if (statement) return json(statement);
    return refuse(
      problem(
        "not-found",
        `There is no statement for ${month}. Each hour is added to it a few minutes after the hour ends.`,
      ),
    );
  },
};

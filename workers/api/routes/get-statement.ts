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
  operationId: "getStatement",
  summary: "The bill of one month",
  description:
    "Integer micro-units of the currency. Closed hours are rolled up hourly; `ledgers` says how many of the tenant's ledgers are included, `segments` which sealed records the sums follow from. A `preview` holds the open hour too and is never billed.",
  parameters: [pathParameter("month", "YYYY-MM, UTC")],
  responses: {
    "200": { description: "The statement", content: jsonContent(statementSchema) },
  },
  problems: ["invalid-option", "not-found"],
  async handle({ env, params }, { tenant }) {
    const month = params.month ?? "";
    if (!isMonth(month)) {
      return refuse(
        problem("invalid-option", "A month is written like 2026-01.", { option: "month" }),
      );
    }
    const statement = await env.BOOKS.statement(tenant, month);
    if (statement) return json(statement);
    return refuse(
      problem(
        "not-found",
        `There is no statement for ${month}. Hours enter the statement shortly after they end.`,
      ),
    );
  },
};

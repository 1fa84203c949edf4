import { statementCsv, statementFocus } from "../../../core/billing/statement-table.ts";
import type { CreditedStatement } from "../../../core/billing/credit-note.ts";
import { isMonth, monthPattern } from "../../../core/ledger/usage.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { preferredType } from "../http/accept.ts";
import { json, refuse } from "../http/responses.ts";
import { jsonContent, pathParameter, matching } from "../documents/openapi-parts.ts";
import type { Call, Route } from "../route.ts";
import { statementSchema } from "../documents/statement-document.ts";
import { fromBooks } from "./books/from-books.ts";

const csvType = "text/csv";
const focusType = "text/csv; profile=focus-1.2";

export const monthParameter = pathParameter(
  "month",
  "The month as YYYY-MM (UTC)",
  matching(monthPattern),
);

export const statementAnswers = {
  "200": {
    description: "The statement",
    content: {
      ...jsonContent(statementSchema),
      [csvType]: { schema: { type: "string" } },
      [focusType]: { schema: { type: "string" } },
    },
  },
};

export const getStatement: Route = {
  method: "GET",
  path: "/v1/statements/{month}",
  caller: "tenant",
  scope: "usage:read",
  operationId: "getStatement",
  summary: "Get the statement of a month",
  tag: "Billing",
  description:
    "With its credit notes: `payableMicros` is the total minus its credits. Amounts are whole micro-units of the currency. Each hour is added within minutes of its end. `ledgers` tells how many of the tenant's ledgers are included, and `segments` names the sealed records that the sums come from. `days` are the lines by the day. A `preview` also covers the current hour and is never billed. With `Accept: text/csv` the answer is a table by day and item; with `Accept: text/csv; profile=focus-1.2` it is rows of the FinOps Open Cost and Usage Specification.",
  parameters: [monthParameter],
  responses: statementAnswers,
  problems: ["invalid-option", "not-found"],
  handle: (call, { tenant }) => readStatement(call, tenant),
};

export async function readStatement(
  { env, params, request }: Call,
  tenant: string,
): Promise<Response> {
  const month = params.month ?? "";
  if (!isMonth(month)) return refuse(noMonth);
  return fromBooks(env.BOOKS.statement(tenant, month), (statement) =>
    statement ? inType(statement, request.headers.get("Accept")) : refuse(noStatement(month)),
  );
}

export const noMonth = problem("invalid-option", "month must be a month like 2026-01.", {
  option: "month",
});

export const noStatement = (month: string): Problem =>
  problem(
    "not-found",
    `There is no statement for ${month}. Each hour is added to it a few minutes after the hour ends.`,
  );

/** JSON where the client wants none of the types that there are. */
function inType(statement: CreditedStatement, accept: string | null): Response {
  const vary = { Vary: "Accept" };
  const type = preferredType(accept, ["application/json", csvType, focusType]);
  if (type !== csvType && type !== focusType) return json(statement, { headers: vary });
  const text = type === csvType ? statementCsv(statement) : statementFocus(statement);
  return new Response(text, { headers: { ...vary, "Content-Type": type } });
}

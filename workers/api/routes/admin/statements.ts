import {
  creditNoteSchema,
  creditReferencePattern,
  type CreditNoteRefusal,
} from "../../../../core/billing/credit-note.ts";
import { isMonth, type Month } from "../../../../core/ledger/usage.ts";
import { limits } from "../../../../core/limits.ts";
import { problem, type Problem } from "../../../../core/problem.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { jsonContent, pathParameter } from "../../documents/openapi-parts.ts";
import { tenantParameter } from "../../documents/parameters.ts";
import { statementSchema } from "../../documents/statement-document.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import type { Call, Route } from "../../route.ts";
import { fromBooks } from "../books/from-books.ts";
import { withoutKeys } from "../books/transparency.ts";
import {
  monthParameter,
  noMonth,
  noStatement,
  readStatement,
  statementAnswers,
} from "../get-statement.ts";

const path = "/admin/v1/tenants/{tenant}/statements/{month}";

export const getTenantStatement: Route = {
  method: "GET",
  path,
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "getTenantStatement",
  summary: "Get a tenant's statement of a month",
  tag: "Administration",
  description:
    "The tenant's own statement, as at `/v1/statements/{month}`; also for deleted tenants.",
  parameters: [tenantParameter, monthParameter],
  responses: statementAnswers,
  problems: ["invalid-option", "not-found"],
  handle: async (call) =>
    (await isKnown(call)) ? readStatement(call, call.params.tenant ?? "") : notFound(),
};

export const issueCreditNote: Route = {
  method: "PUT",
  path: `${path}/credit-notes/{reference}`,
  caller: "operator",
  roles: ["owner", "billing"],
  operationId: "issueCreditNote",
  summary: "Issue a credit note against a final statement",
  tag: "Administration",
  description: `Takes an amount off what a month's final statement leaves to pay. The statement itself never changes; the note stands next to it, signed, and cannot be taken back. The reference is yours, such as a ticket's number: a repeat with the same one issues nothing more. A month may have ${limits.creditNotesPerMonthMax}.`,
  parameters: [
    tenantParameter,
    monthParameter,
    pathParameter("reference", "Your name for the note", {
      type: "string",
      pattern: creditReferencePattern,
    }),
  ],
  requestBody: { required: true, content: jsonContent(creditNoteSchema) },
  responses: {
    "200": {
      description: "The statement with its credit notes",
      content: jsonContent(statementSchema),
    },
  },
  problems: [...bodyProblems, "invalid-option", "not-found", "conflict", "unavailable"],
  async handle(call, by) {
    const { tenant = "", month = "", reference = "" } = call.params;
    if (!isMonth(month)) return refuse(noMonth);
    if (!new RegExp(creditReferencePattern).test(reference)) return refuse(noReference);
    const body = await readJson(call.request, creditNoteSchema);
    if (!body.ok) return refuse(body.error);
    if (!(await isKnown(call))) return notFound();
    const note = { tenant, month, reference, ...body.value };
    return fromBooks(call.env.BOOKS.issueCreditNote(note, by), (issued) => {
      if (issued === null) return refuse(withoutKeys);
      return issued.ok ? json(issued.value) : refuse(refusalOf(issued.error, month));
    });
  },
};

const isKnown = async ({ env, params }: Call): Promise<boolean> =>
  (await callObject(async () => directoryOf(env).getTenant(params.tenant ?? ""))) !== null;

const noReference = problem(
  "invalid-option",
  `reference must be 1 to ${limits.creditNoteReferenceCharsMax} letters, digits and hyphens.`,
  { option: "reference" },
);

function refusalOf(refusal: CreditNoteRefusal, month: Month): Problem {
  switch (refusal.reason) {
    case "no-statement":
      return noStatement(month);
    case "not-final":
      return problem(
        "conflict",
        `The statement of ${month} is not final yet. Credit it once it is.`,
      );
    case "other-note":
      return problem("conflict", "This reference has a credit note with other content.");
    case "too-many":
      return problem("conflict", `The month has ${limits.creditNotesPerMonthMax} credit notes.`);
    case "too-much":
      return problem(
        "conflict",
        `The statement leaves ${refusal.leftMicros} micro-units to pay; a credit note can take off no more.`,
      );
  }
}

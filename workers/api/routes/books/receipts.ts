import * as z from "zod/mini";
import { contradicts, openReceipt, type Receipt } from "../../../../core/books/receipt.ts";
import { parseLedgerName } from "../../../../core/job/ledger-address.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import type { ApiEnv } from "../../env.ts";
import { findJob } from "../../find-job.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { receiptKeys } from "../../receipts.ts";
import type { Call, Route } from "../../route.ts";
import { fromBooks } from "./from-books.ts";

const bodySchema = z.object({ receipt: z.string() });

const receiptSchema = z.object({
  v: z.literal(1),
  job: z.string(),
  ledger: z.string(),
  sequence: z.int(),
  segment: z.nullable(z.int()),
  settledAt: z.iso.datetime(),
  outcome: z.enum(["done", "failed"]),
  outputs: z.int(),
  computeUnits: z.int(),
  priceList: z.string(),
  currency: z.string(),
  priceNanos: z.int(),
}) satisfies z.ZodMiniType<Receipt>;

const answerSchema = z.object({
  valid: z.boolean(),
  fault: z.optional(z.enum(["unreadable", "unknown-key", "retired-key", "bad-signature"])),
  receipt: z.optional(receiptSchema),
  books: z.optional(
    z.object({
      state: z.enum(["recorded", "pending", "contradicted", "missing"]),
      sequence: z.int(),
      segment: z.nullable(z.int()),
      witnessed: z.boolean(),
    }),
  ),
});

type Books = NonNullable<z.infer<typeof answerSchema>["books"]>;

export const verifyReceipt: Route = {
  method: "POST",
  path: "/v1/receipts/verify",
  caller: "tenant",
  scope: "usage:read",
  rate: "reads",
  operationId: "verifyReceipt",
  summary: "Check a receipt",
  tag: "Billing",
  description:
    "Whether the service signed the receipt (`valid`, else `fault` says why not), and what the books have at its place: `recorded`, the same; `pending`, nothing yet, since the record is not sealed; `contradicted`, something else; `missing`, nothing although it was sealed. `witnessed`: the witness has signed a head that covers the record, so the receipt is final.",
  requestBody: { required: true, content: jsonContent(bodySchema) },
  responses: { "200": { description: "What was found", content: jsonContent(answerSchema) } },
  problems: ["bad-request", "body-too-large", "length-required", "not-found", "unavailable"],
  async handle(call, { tenant }) {
    const body = await readJson(call.request, bodySchema);
    if (!body.ok) return refuse(body.error);
    const keys = receiptKeys(call.env)?.publicKeys ?? { keys: [] };
    const opened = await openReceipt(keys, body.value.receipt);
    if ("fault" in opened) return json({ valid: false, fault: opened.fault });
    const { receipt } = opened;
    if (parseLedgerName(receipt.ledger).tenant !== tenant) return notFound();
    return fromBooks(inBooks(call, tenant, receipt), (books) =>
      json({ valid: true, receipt, books }),
    );
  },
};

/** A ledger that was restored from a backup may have given the job's record another number since. */
async function inBooks(call: Call, tenant: string, receipt: Receipt): Promise<Books> {
  const found = await at(call.env, receipt, receipt.sequence);
  if (found.state !== "contradicted") return found;
  const job = await findJob({ ...call, params: { id: receipt.job } }, tenant, 0);
  const { sequence = receipt.sequence } = job?.recorded ?? {};
  return sequence === receipt.sequence ? found : at(call.env, receipt, sequence);
}

async function at({ BOOKS }: ApiEnv, receipt: Receipt, sequence: number): Promise<Books> {
  const row = await BOOKS.recorded(receipt.ledger, sequence);
  if (typeof row === "string") return { state: row, sequence, segment: null, witnessed: false };
  const state = contradicts(receipt, row) ? "contradicted" : "recorded";
  return { state, sequence, segment: row.segment, witnessed: row.witnessed };
}

import * as z from "zod/mini";
import { outputFormats, sourceFormats } from "../../../core/image/formats.ts";
import type { Job } from "../../../core/job/job.ts";
import type { SignedReceipt } from "../../../core/billing/receipt.ts";
import { problemSchema } from "./problem-schema.ts";

/** What the job costs and where it is recorded. `segment`: null while it is in none. */
const receiptSchema = z.object({
  ledger: z.string(),
  sequence: z.int(),
  segment: z.nullable(z.int()),
  outputs: z.int(),
  computeUnits: z.int(),
  priceList: z.string(),
  currency: z.string(),
  priceNanos: z.int(),
  jws: z.nullable(z.string()),
});

/** A job as the API shows it. Times are ISO 8601, UTC; sizes bytes; sides pixels. */
export const jobSchema = z
  .object({
    id: z.string(),
    status: z.enum(["accepted", "running", "done", "failed"]),
    createdAt: z.iso.datetime(),
    settledAt: z.nullable(z.iso.datetime()),
    attempts: z.int(),
    source: z.object({
      bytes: z.int(),
      width: z.int(),
      height: z.int(),
      format: z.enum(sourceFormats),
    }),
    outputs: z.array(
      z.object({
        index: z.int(),
        width: z.int(),
        height: z.int(),
        format: z.enum(outputFormats),
        bytes: z.int(),
        partial: z.optional(z.literal(true)),
        url: z.url(),
      }),
    ),
    usage: z.nullable(
      z.object({
        computeUnits: z.int(),
        bytesIn: z.int(),
        bytesOut: z.int(),
        megapixels: z.number(),
        renderMillis: z.number(),
      }),
    ),
    error: z.optional(problemSchema),
    receipt: z.optional(receiptSchema),
  })
  .register(z.globalRegistry, { id: "Job" });

export type JobDocument = z.infer<typeof jobSchema>;

/** With its receipt where the job is alone in the answer and has ended. */
export function jobDocument(
  job: Job,
  origin: string,
  signed: SignedReceipt | null = null,
): JobDocument {
  const { id, status, createdAt, settledAt, attempts, source, usage, error } = job;
  return {
    id,
    status,
    createdAt: new Date(createdAt).toISOString(),
    settledAt: settledAt === null ? null : new Date(settledAt).toISOString(),
    attempts,
    source: { ...source },
    outputs: job.outputs.map(({ index, width, height, format, bytes, partial }) => ({
      index,
      width,
      height,
      format,
      bytes,
      ...(partial && { partial }),
      url: `${origin}/v1/jobs/${id}/outputs/${index}`,
    })),
    usage: usage && {
      computeUnits: usage.computeUnits,
      bytesIn: usage.bytesIn,
      bytesOut: usage.bytesOut,
      megapixels: usage.pixels / 1e6,
      renderMillis: usage.renderMillis,
    },
    ...(error && { error }),
    ...(signed && { receipt: receiptDocument(signed) }),
  };
}

/** What is not in the job itself. */
function receiptDocument({ receipt, jws }: SignedReceipt): z.infer<typeof receiptSchema> {
  const { ledger, sequence, segment, outputs, computeUnits } = receipt;
  const { priceList, currency, priceNanos } = receipt;
  const recorded = { ledger, sequence, segment, outputs, computeUnits };
  return { ...recorded, priceList, currency, priceNanos, jws };
}

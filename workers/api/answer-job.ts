import type { Job } from "../../core/job/job.ts";
import type { RateStatus } from "../../core/ledger/admission.ts";
import { jobDocument } from "./documents/job-document.ts";
import type { ExpressRendition } from "../../core/job/express-calls.ts";
import { json, refuse, withRate } from "./http/responses.ts";
import { wantsPicture } from "./http/prefer.ts";
import { sendMade, sendOutput } from "./output.ts";
import { addReceipt, signedReceipt } from "./receipts.ts";
import type { Call } from "./route.ts";
import type { OutputFormat } from "../../core/image/formats.ts";

/** A job that the ledger has, as far as it has come. */
export interface Accepted {
  readonly job: Job;
  readonly replayed: boolean;
  readonly rate: RateStatus | null;
  /** How many renditions were asked for. */
  readonly outputs: number;
  /** The one rendition of a job that was settled on the way here; `job` may then be as it was before. */
  readonly rendition: (ExpressRendition & { readonly format: OutputFormat }) | null;
}

/** Whether the client wants the rendition itself: it waits, and asked for one. */
export const isPictureWanted = (
  { headers }: Request,
  { millis, outputs }: { readonly millis: number; readonly outputs: number },
): boolean => millis > 0 && outputs === 1 && wantsPicture(headers.get("Accept"));

/** The rendition, where that is wanted and there is one, or the job. */
export async function answerJob(
  call: Call,
  { job, replayed, rate, outputs, rendition }: Accepted,
  { tenant, millis }: { readonly tenant: string; readonly millis: number },
): Promise<Response> {
  // It was never accepted: the client has to send it again.
  if (job.error?.code === "interrupted") return withRate(refuse(job.error), rate);
  const { request, url, timing, env } = call;
  const location = `${url.origin}/v1/jobs/${job.id}`;
  const headers = new Headers({ Location: location, Vary: "Accept, Prefer" });
  if (replayed) headers.set("Idempotency-Replayed", "true");
  if (millis > 0) headers.set("Preference-Applied", `wait=${millis / 1000}`);

  const asPicture = isPictureWanted(request, { millis, outputs });
  if (asPicture && job.error) return withRate(refuse(job.error, headers), rate);
  const [output] = job.outputs;
  if (asPicture && (rendition || output)) {
    headers.set("Content-Location", `${location}/outputs/0`);
    await addReceipt(headers, env, tenant, job);
  }
  if (rendition) return withRate(sendMade(call, rendition, headers), rate);
  if (asPicture && output) {
    const sent = await timing.measure("fetch", () =>
      sendOutput(call, { tenant, job: job.id, output, headers }),
    );
    return withRate(sent, rate);
  }
  const status = job.settledAt === null ? 202 : 200;
  const receipt = await signedReceipt(env, tenant, job);
  return withRate(json(jobDocument(job, url.origin, receipt), { status, headers }), rate);
}

import { json, notFound } from "../http/responses.ts";
import { findJob } from "../find-job.ts";
import { jobDocument, jobSchema } from "../documents/job-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { jobParameter, preferParameter } from "../documents/parameters.ts";
import { waitMillis } from "../http/prefer.ts";
import { signedReceipt } from "../receipts.ts";
import type { Route } from "../route.ts";

export const getJob: Route = {
  method: "GET",
  path: "/v1/jobs/{id}",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "getJob",
  summary: "Get a job's status",
  tag: "Jobs",
  description:
    "With `Prefer: wait=N` the answer is held for up to N seconds until the job is settled.",
  parameters: [jobParameter, preferParameter],
  responses: { "200": { description: "The job", content: jsonContent(jobSchema) } },
  problems: ["not-found"],
  async handle(call, identity) {
    const millis = waitMillis(call.request.headers.get("Prefer"));
    const job = await findJob(call, identity.tenant, millis);
    if (!job) return notFound();
    const receipt = await signedReceipt(call.env, identity.tenant, job);
    return json(jobDocument(job, call.url.origin, receipt));
  },
};

import { json, notFound } from "../http/responses.ts";
import { findJob } from "../find-job.ts";
import { jobDocument, jobSchema } from "../documents/job-document.ts";
import { jsonContent, pathParameter } from "../documents/openapi-parts.ts";
import { waitMillis } from "../http/prefer.ts";
import type { Route } from "../route.ts";

export const getJob: Route = {
  method: "GET",
  path: "/v1/jobs/{id}",
  caller: "tenant",
  operationId: "getJob",
  summary: "How far a job has come",
  description: "With `Prefer: wait=N` the answer is held up to N seconds until the job is settled.",
  parameters: [pathParameter("id", "The job's id")],
  responses: { "200": { description: "The job", content: jsonContent(jobSchema) } },
  problems: ["not-found"],
  async handle(call, identity) {
    const millis = waitMillis(call.request.headers.get("Prefer"));
    const job = await findJob(call, identity.tenant, millis);
    return job ? json(jobDocument(job, call.url.origin)) : notFound();
  },
};

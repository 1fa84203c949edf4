import { problem } from "../../../core/problem.ts";
import { limits } from "../../../core/limits.ts";
import { notFound, refuse } from "../http/responses.ts";
import { findJob } from "../find-job.ts";
import { jobProblems } from "../documents/job-problems.ts";
import {
  headers,
  jsonContent,
  pathParameter,
  renditionContent,
} from "../documents/openapi-parts.ts";
import { jobParameter, preferParameter } from "../documents/parameters.ts";
import { pictureDescriptionSchema } from "../documents/picture-description-schema.ts";
import { sendOutput } from "../output.ts";
import { waitMillis } from "../http/prefer.ts";
import { addReceipt } from "../receipts.ts";
import type { Route } from "../route.ts";

const outputHeaders = ["ETag", "Accept-Ranges", "Minilab-Receipt"] as const;

export const getOutput: Route = {
  method: "GET",
  path: "/v1/jobs/{id}/outputs/{index}",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "getOutput",
  summary: "Fetch a rendition",
  tag: "Jobs",
  description:
    "The rendition's bytes. Conditional and range requests work. With `Prefer: wait=N` the answer is held for up to N seconds until the job is settled.",
  parameters: [
    jobParameter,
    pathParameter("index", "Which output of the job, counted from 0", {
      type: "integer",
      minimum: 0,
      maximum: limits.outputsMax - 1,
    }),
    preferParameter,
  ],
  responses: {
    "200": {
      description: "The picture, or its description if the output has `format=json`",
      headers: headers(...outputHeaders),
      content: { ...renditionContent, ...jsonContent(pictureDescriptionSchema) },
    },
    "206": {
      description: "The requested range",
      headers: headers(...outputHeaders, "Content-Range"),
      content: {
        ...renditionContent,
        "application/json": { schema: { type: "string", format: "binary" } },
      },
    },
    "304": { description: "The client's copy is current", headers: headers(...outputHeaders) },
  },
  problems: ["not-found", "output-not-ready", "range-not-satisfiable", ...jobProblems],
  async handle(call, { tenant }) {
    const index = call.params.index ?? "";
    if (!/^(0|[1-9]\d?)$/.test(index)) return notFound();
    const job = await findJob(call, tenant, waitMillis(call.request.headers.get("Prefer")));
    if (!job) return notFound();
    if (job.error) return refuse(job.error);
    if (job.settledAt === null) {
      return refuse(
        problem(
          "output-not-ready",
          "The job is not finished. Ask again later, or send Prefer: wait=10.",
          {
            retryAfterMillis: limits.notReadyRetryMillis,
          },
        ),
      );
    }
    const output = job.outputs[Number(index)];
    if (!output) return notFound();
    const receipt = new Headers();
    await addReceipt(receipt, call.env, tenant, job);
    return sendOutput(call, { tenant, job: job.id, output, headers: receipt });
  },
};

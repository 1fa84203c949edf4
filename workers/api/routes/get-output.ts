import { problem } from "../../../core/problem.ts";
import { limits } from "../../../core/limits.ts";
import { notFound, refuse } from "../http/responses.ts";
import { findJob } from "../find-job.ts";
import { jobProblems } from "../documents/job-problems.ts";
import { pathParameter, pictureContent } from "../documents/openapi-parts.ts";
import { sendOutput } from "../output.ts";
import { waitMillis } from "../http/prefer.ts";
import type { Route } from "../route.ts";

export const getOutput: Route = {
  method: "GET",
  path: "/v1/jobs/{id}/outputs/{index}",
  caller: "tenant",
  operationId: "getOutput",
  summary: "A rendition's bytes",
  description: "Conditional and range requests are honoured; `Prefer: wait=N` waits for the job.",
  parameters: [
    pathParameter("id", "The job's id"),
    pathParameter("index", "Which output, from 0, in the order they were asked for"),
  ],
  responses: {
    "200": {
      description: "The picture, or its description where `format=json` was asked for",
      content: { ...pictureContent, "application/json": { schema: { type: "object" } } },
    },
    "206": { description: "The range asked for", content: pictureContent },
    "304": { description: "The client's copy is current" },
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
          "The job is not finished. Ask again, or send Prefer: wait=10.",
          {
            retryAfterMillis: limits.notReadyRetryMillis,
          },
        ),
      );
    }
    const output = job.outputs[Number(index)];
    return output ? sendOutput(call, { tenant, job: job.id, output }) : notFound();
  },
};

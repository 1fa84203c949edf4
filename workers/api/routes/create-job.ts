import { queryParameters } from "../../../core/transform/options.ts";
import { acceptPicture } from "../accept-picture.ts";
import { jobSchema } from "../documents/job-document.ts";
import { jobProblems } from "../documents/job-problems.ts";
import { jsonContent, pictureContent } from "../documents/openapi-parts.ts";
import type { Route } from "../route.ts";

export const createJob: Route = {
  method: "POST",
  path: "/v1/jobs",
  caller: "tenant",
  operationId: "createJob",
  summary: "Send a picture and name the renditions wanted",
  description:
    "The query holds the options of one output, or `output=<options>` repeated. Answers 202 once the work is safe: from then on it ends as done or failed. With `Prefer: wait=N` the answer is held up to N seconds for the finished job, or for the picture itself when `Accept` asks for an image and there is one output.",
  parameters: [
    ...queryParameters(),
    header("Idempotency-Key", "Makes a retry safe: the same key and request give the same job."),
    header("Prefer", "`wait=N` (seconds) or `respond-async` (RFC 7240)."),
  ],
  requestBody: {
    required: true,
    content: {
      ...pictureContent,
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["image"],
          properties: {
            output: { type: "array", items: { type: "string" } },
            image: { type: "string", format: "binary" },
          },
        },
      },
    },
  },
  responses: {
    "200": {
      description: "Finished in time",
      content: { ...jsonContent(jobSchema), ...pictureContent },
    },
    "202": {
      description: "Accepted: durable, and on its way",
      headers: { Location: { schema: { type: "string" }, description: "The job" } },
      content: jsonContent(jobSchema),
    },
  },
  problems: [
    "bad-request",
    "invalid-option",
    "invalid-idempotency-key",
    "upload-timeout",
    "length-required",
    "body-too-large",
    "empty-body",
    ...jobProblems,
    "idempotency-key-reused",
    "rate-limited",
    "too-many-in-flight",
    "quota-exceeded",
    "overloaded",
  ],
  handle: acceptPicture,
};

function header(name: string, description: string) {
  return { name, in: "header", description, schema: { type: "string" } };
}

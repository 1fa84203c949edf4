import { limits } from "../../../core/limits.ts";
import { queryParameters } from "../../../core/transform/options.ts";
import { acceptPicture } from "../accept-picture.ts";
import { jobSchema } from "../documents/job-document.ts";
import { jobProblems } from "../documents/job-problems.ts";
import {
  headerParameter,
  headers,
  jsonContent,
  renditionContent,
  sourceContent,
} from "../documents/openapi-parts.ts";
import { preferParameter } from "../documents/parameters.ts";
import type { Route } from "../route.ts";

const jobHeaders = [
  "Location",
  "Preference-Applied",
  "Idempotency-Replayed",
  "RateLimit",
  "RateLimit-Policy",
] as const;

export const createJob: Route = {
  method: "POST",
  path: "/v1/jobs",
  caller: "tenant",
  scope: "jobs:write",
  operationId: "createJob",
  summary: "Create a job",
  tag: "Jobs",
  description: `Send a picture and name its renditions. The query holds the options of one output, or \`output=<options>\` once for each output. The answer is 202 as soon as the job is stored durably; from then on it always ends as \`done\` or \`failed\`. With \`Prefer: wait=N\` the answer is held for up to ${limits.waitSecondsMax} seconds until the job is settled. It is then 200 with the job, or with the rendition itself if \`Accept\` prefers an image type and there is one output.`,
  parameters: [
    ...queryParameters(),
    headerParameter(
      "Idempotency-Key",
      "Makes retries safe: the same key with the same request gives the same job.",
      { type: "string", maxLength: limits.idempotencyKeyCharsMax },
    ),
    preferParameter,
  ],
  requestBody: {
    required: true,
    content: {
      ...sourceContent,
      "multipart/form-data": {
        schema: {
          type: "object",
          required: ["image"],
          properties: {
            output: { type: "array", items: { type: "string" } },
            overlay: {
              type: "string",
              format: "binary",
              description: `A second picture, drawn on every rendition as the \`overlay.*\` options say: at most ${limits.overlayBytesMax / 1024 ** 2} MiB and ${limits.overlayPixelsMax / 1e6} million pixels.`,
            },
            image: { type: "string", format: "binary" },
          },
        },
      },
    },
  },
  responses: {
    "200": {
      description: "The settled job, or its one rendition",
      headers: headers(
        ...jobHeaders,
        "Content-Location",
        "ETag",
        "Accept-Ranges",
        "Minilab-Receipt",
      ),
      content: { ...jsonContent(jobSchema), ...renditionContent },
    },
    "202": {
      description: "The job: stored durably; the work will finish",
      headers: headers(...jobHeaders),
      content: jsonContent(jobSchema),
    },
  },
  problems: [
    "bad-request",
    "invalid-option",
    "invalid-idempotency-key",
    "unsupported-encoding",
    "upload-timeout",
    "length-required",
    "body-too-large",
    "empty-body",
    ...jobProblems,
    "idempotency-key-reused",
    "rate-limited",
    "too-many-in-flight",
    "spend-cap-reached",
    "over-plan",
    "quota-exceeded",
    "overloaded",
  ],
  // A refusal that comes from the ledger tells the rate; a failed job in place of its rendition, where the job is.
  problemHeaders: {
    "422": headers("Location", "Preference-Applied", "RateLimit", "RateLimit-Policy"),
    "503": headers("RateLimit", "RateLimit-Policy"),
  },
  handle: acceptPicture,
};

import { problemTable, type ProblemCode } from "../../../../core/problem.ts";
import { queryParameters } from "../../../../core/transform/options.ts";
import { deliver } from "../../deliver/deliver.ts";
import {
  headers,
  jsonContent,
  pathParameter,
  renditionContent,
} from "../../documents/openapi-parts.ts";
import { tenantParameter } from "../../documents/parameters.ts";
import { pictureDescriptionSchema } from "../../documents/picture-description-schema.ts";
import type { Route } from "../../route.ts";

const deliveryHeaders = [
  "ETag",
  "Cache-Status",
  "Accept-Ranges",
  "Content-Disposition",
  "Content-Security-Policy",
  "Cross-Origin-Resource-Policy",
] as const;

const failureHeaders = [
  "Cf-Resized",
  "Content-Security-Policy",
  "Cross-Origin-Resource-Policy",
] as const;

const problems = [
  "invalid-option",
  "tenant-suspended",
  "signature-invalid",
  "signature-expired",
  "preset-required",
  "not-found",
  "source-not-allowed",
  "source-not-found",
  "source-failed",
  "source-timeout",
  "source-loop",
  "unsupported-format",
  "range-not-satisfiable",
  "image-too-large",
  "over-memory-plan",
  "output-too-large",
  "trimmed-away",
  "over-max-bytes",
  "render-timeout",
  "render-crashed",
  "corrupt-image",
  "truncated-image",
  "attempts-exhausted",
  "deadline-exceeded",
  "cancelled",
  "rate-limited",
  "too-many-in-flight",
  "quota-exceeded",
  "spend-cap-reached",
  "over-plan",
  "overloaded",
  "unavailable",
] as const satisfies readonly ProblemCode[];

export const deliverImage: Route = {
  method: "GET",
  path: "/t/{tenant}/image/{options}/{source}",
  pattern: "/t/:tenant/*",
  caller: "anyone",
  operationId: "deliverImage",
  summary: "Get a picture at a URL",
  tag: "Delivery",
  description:
    "For `<img>`: no key is needed. Options are written as in Cloudflare's image URLs: `width=800,format=auto`. The first request for a rendition makes it and is billed; those after it are not. Conditional and range requests work. A failure has Cloudflare's code for it in `Cf-Resized`.",
  parameters: [
    tenantParameter,
    pathParameter(
      "options",
      `Options between commas: ${queryParameters().length - 1} of them, those of \`POST /v1/jobs\``,
      { type: "string" },
    ),
    pathParameter("source", "The id of a stored picture, or an absolute URL, raw or encoded", {
      type: "string",
    }),
  ],
  responses: {
    "200": {
      description: "The rendition, or its description if the options have `format=json`",
      headers: headers(...deliveryHeaders),
      content: { ...renditionContent, ...jsonContent(pictureDescriptionSchema) },
    },
    "206": {
      description: "The requested range",
      headers: headers(...deliveryHeaders, "Content-Range"),
      content: renditionContent,
    },
    "304": { description: "The client's copy is current", headers: headers(...deliveryHeaders) },
  },
  problems,
  problemHeaders: Object.fromEntries(
    problems.map((code) => [problemTable[code][0], headers(...failureHeaders)]),
  ),
  handle(call) {
    // As received: the parameter is without escapes, of which a tenant's id has none, and signatures cover what follows.
    const [, tenant = "", path = ""] = /^\/t\/([^/]*)(.*)$/s.exec(call.url.pathname) ?? [];
    return deliver(call, { tenant, path });
  },
};

import { limits } from "../../../../core/limits.ts";
import type { ProblemCode } from "../../../../core/problem.ts";
import { knowSource } from "../../deliver/find-stored.ts";
import { sourceContent } from "../../documents/openapi-parts.ts";
import { headers, jsonContent } from "../../documents/openapi-parts.ts";
import { originalDocument, originalSchema } from "../../documents/original-document.ts";
import { json, refuse } from "../../http/responses.ts";
import { fetchImageSchema, fetchOriginal } from "../../originals/fetch-original.ts";
import { storeSent } from "../../originals/store-sent.ts";
import type { Route } from "../../route.ts";

/** What can be wrong with a picture that is to be stored. */
export const storeProblems = [
  "bad-request",
  "invalid-option",
  "unsupported-encoding",
  "upload-timeout",
  "length-required",
  "body-too-large",
  "empty-body",
  "unsupported-format",
  "corrupt-image",
  "truncated-image",
  "image-too-large",
  "over-plan",
  "storage-limit-reached",
  "overloaded",
] as const satisfies readonly ProblemCode[];

/** A form with the picture in `image`. */
export const imageForm = {
  "multipart/form-data": {
    schema: {
      type: "object",
      required: ["image"],
      properties: { image: { type: "string", format: "binary" } },
    },
  },
} as const;

export const createImage: Route = {
  method: "POST",
  path: "/v1/images",
  caller: "tenant",
  scope: "jobs:write",
  rate: "uploads",
  operationId: "createImage",
  summary: "Store a picture",
  tag: "Images",
  description: `Stores a picture of up to ${limits.sourceBytesMax / 1024 / 1024} MiB so that it can be delivered at a URL. Its id is \`img_\` and the SHA-256 of its bytes in hex: the same bytes are stored once, and a repeat answers 200. Instead of the bytes, JSON may name their \`url\`: it is fetched if the tenant's \`sources\` allow it. It stays until it is deleted. Storing is not billed; each rendition is, once, when it is made. The plan limits how many pictures and bytes are stored (\`storedImagesMax\`, \`storedBytesMax\`).`,
  requestBody: {
    required: true,
    content: {
      ...sourceContent,
      ...jsonContent(fetchImageSchema),
      ...imageForm,
    },
  },
  responses: {
    "200": {
      description: "The picture was stored before",
      headers: headers("Location"),
      content: jsonContent(originalSchema),
    },
    "201": {
      description: "The picture, stored durably",
      headers: headers("Location"),
      content: jsonContent(originalSchema),
    },
  },
  problems: [
    ...storeProblems,
    "source-not-allowed",
    "source-not-found",
    "source-failed",
    "source-timeout",
  ],
  async handle(call, identity) {
    const { request, url } = call;
    const isJson = /^application\/json\b/i.test(request.headers.get("Content-Type") ?? "");
    const stored = isJson
      ? await fetchOriginal(call, identity)
      : await call.uploads.withinSoon(identity.tenant, request, () =>
          storeSent(call, identity, url),
        );
    if (!stored.ok) return refuse(stored.error);
    const { original, isNew } = stored.value;
    knowSource(identity.tenant, original);
    return json(originalDocument(original, identity.tenant, url.origin), {
      status: isNew ? 201 : 200,
      headers: { Location: `${url.origin}/v1/images/${original.id}` },
    });
  },
};

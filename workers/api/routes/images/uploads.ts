import {
  createUploadSchema,
  uploadToken,
  uploadTokenBytes,
  uploadTokenPattern,
} from "../../../../core/delivery/uploads/upload-grant.ts";
import { sourceFormats } from "../../../../core/image/formats.ts";
import { limits } from "../../../../core/limits.ts";
import { problem, type ProblemCode } from "../../../../core/problem.ts";
import { knowSource } from "../../deliver/find-stored.ts";
import { findProfile } from "../../deliver/profiles.ts";
import {
  jsonContent,
  queryParameter,
  sourceContent,
  matching,
} from "../../documents/openapi-parts.ts";
import {
  uploadedDocument,
  uploadedSchema,
  uploadSchema,
} from "../../documents/original-document.ts";
import { tenantParameter } from "../../documents/parameters.ts";
import { isAllowedOrigin, restrictPages } from "../../http/cross-origin.ts";
import { readJson } from "../../http/json-body.ts";
import { json, refuse } from "../../http/responses.ts";
import { presentedKeyHash } from "../../identity/authenticate.ts";
import { bodyProblems } from "../../manage-keys.ts";
import { UploadGrants } from "../../originals/upload-grants.ts";
import { useAddress } from "../../originals/use-address.ts";
import { homePictures } from "../../regions.ts";
import type { Call, Route } from "../../route.ts";
import { imageForm, storeProblems } from "./create-image.ts";

export const createUpload: Route = {
  method: "POST",
  path: "/v1/images/uploads",
  caller: "tenant",
  scope: "jobs:write",
  rate: "uploads",
  operationId: "createUpload",
  summary: "Make an upload address for a browser",
  tag: "Images",
  description: `An address that takes one picture, without a key. It works for ${limits.uploadAddressSecondsDefault / 60} minutes by default, and only while the key that made it is active.`,
  requestBody: { content: jsonContent(createUploadSchema) },
  responses: { "201": { description: "The address", content: jsonContent(uploadSchema) } },
  problems: [...bodyProblems, "unavailable"],
  async handle(call, identity) {
    const { request, env, url } = call;
    const body = await readJson(request, createUploadSchema);
    if (!body.ok) return refuse(body.error);
    const { tenant, limits: granted } = identity;
    const { expiresInSeconds, bytesMax = granted.sourceBytesMax, formats } = body.value;
    const token = uploadToken(crypto.getRandomValues(new Uint8Array(uploadTokenBytes)));
    const grant = {
      v: 1,
      keyHash: presentedKeyHash(request.headers.get("Authorization")) ?? "",
      expiresAt: Date.now() + expiresInSeconds * 1000,
      bytesMax: Math.min(bytesMax, granted.sourceBytesMax),
      formats: formats ?? [...sourceFormats],
      used: null,
    } as const;
    await new UploadGrants(homePictures(env, identity), tenant).create(token, grant);
    const shown = {
      url: `${url.origin}/t/${tenant}/uploads?token=${token}`,
      expiresAt: new Date(grant.expiresAt).toISOString(),
      bytesMax: grant.bytesMax,
      formats: grant.formats,
    };
    return json(shown, { status: 201 });
  },
};

const uploadProblems = [
  ...storeProblems,
  "not-found",
  "tenant-suspended",
  "origin-not-allowed",
  "upload-address-ended",
  "upload-address-used",
  "rate-limited",
  "unavailable",
] as const satisfies readonly ProblemCode[];

/** Both methods do the same: scripts PUT a file, and a form in HTML can only POST. */
const sendUpload = (method: "PUT" | "POST", operationId: string): Route => ({
  method,
  path: "/t/{tenant}/uploads",
  caller: "anyone",
  operationId,
  summary: "Send a picture to an upload address",
  tag: "Images",
  description:
    "Needs no key, only an address from `POST /v1/images/uploads`. It stores one picture: the same bytes may be sent again; others are refused.",
  parameters: [
    tenantParameter,
    {
      ...queryParameter("token", "The token in the upload address", matching(uploadTokenPattern)),
      required: true,
    },
  ],
  requestBody: { required: true, content: { ...sourceContent, ...imageForm } },
  responses: {
    "201": {
      description: "The picture, stored durably",
      content: jsonContent(uploadedSchema),
    },
  },
  problems: uploadProblems,
  async handle(call) {
    const profile = await findProfile(call, call.params.tenant ?? "");
    if (!profile.ok) return refuse(profile.error);
    const { settings } = profile.value;
    const answer = isAllowedOrigin(call.request, settings.origins)
      ? await answerUpload(call, profile.value)
      : refuse(otherOrigin);
    return restrictPages(answer, call.request, settings.origins);
  },
});

export const putUpload = sendUpload("PUT", "putUpload");
export const postUpload = sendUpload("POST", "postUpload");

/** Always 201: whether the tenant had the picture before is not told to strangers. */
async function answerUpload(call: Call, profile: Parameters<typeof useAddress>[1]) {
  const stored = await useAddress(call, profile);
  if (!stored.ok) return refuse(stored.error);
  const { original } = stored.value;
  knowSource(profile.tenant, original);
  return json(uploadedDocument(original, profile.tenant, call.url.origin), { status: 201 });
}

const otherOrigin = problem(
  "origin-not-allowed",
  "The tenant does not take pictures from pages of this origin. It may add it to `origins`.",
);

import { tagsSchema } from "../../../../core/delivery/tags/image-tags.ts";
import { limits } from "../../../../core/limits.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { readJson } from "../../http/json-body.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { bodyProblems } from "../../manage-keys.ts";
import { findOriginal } from "../../originals/find-original.ts";
import { readTags, writeTags } from "../../originals/image-tags.ts";
import { homePictures } from "../../regions.ts";
import type { Route } from "../../route.ts";
import { imageParameter } from "./images.ts";

const path = "/v1/images/{id}/tags";
const responses = {
  "200": { description: "The tags, in alphabetical order", content: jsonContent(tagsSchema) },
};

export const getImageTags: Route = {
  method: "GET",
  path,
  caller: "tenant",
  scope: "jobs:read",
  operationId: "getImageTags",
  summary: "Get a stored picture's tags",
  tag: "Images",
  description: "`DELETE /v1/renditions?tag=` purges pictures by their tags.",
  parameters: [imageParameter],
  responses,
  problems: ["not-found"],
  async handle({ env, params }, identity) {
    const pictures = homePictures(env, identity);
    const original = await findOriginal(pictures, identity.tenant, params.id ?? "");
    if (!original) return notFound();
    const hash = original.id.slice("img_".length);
    return json({ tags: await readTags(pictures, identity.tenant, hash) });
  },
};

export const setImageTags: Route = {
  method: "PUT",
  path,
  caller: "tenant",
  scope: "jobs:write",
  operationId: "setImageTags",
  summary: "Set a stored picture's tags",
  tag: "Images",
  description: `Replaces the tags that it has. At most ${limits.imageTagsMax}. Deleting the picture deletes them.`,
  parameters: [imageParameter],
  requestBody: { required: true, content: jsonContent(tagsSchema) },
  responses,
  problems: [...bodyProblems, "not-found"],
  async handle({ request, env, params }, identity) {
    const pictures = homePictures(env, identity);
    const original = await findOriginal(pictures, identity.tenant, params.id ?? "");
    if (!original) return notFound();
    const body = await readJson(request, tagsSchema);
    if (!body.ok) return refuse(body.error);
    const hash = original.id.slice("img_".length);
    const tags = await writeTags(pictures, identity.tenant, hash, body.value.tags);
    if (await findOriginal(pictures, identity.tenant, original.id)) return json({ tags });
    // It was deleted meanwhile, and its tags perhaps before these were written.
    await writeTags(pictures, identity.tenant, hash, []);
    return notFound();
  },
};

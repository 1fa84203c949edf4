import * as z from "zod/mini";
import { originalIdPattern, originalKey } from "../../../../core/delivery/original.ts";
import { mediaType } from "../../../../core/image/formats.ts";
import {
  headers,
  jsonContent,
  pathParameter,
  sourceContent,
  matching,
} from "../../documents/openapi-parts.ts";
import { originalDocument, originalSchema } from "../../documents/original-document.ts";
import { pageParameters } from "../../documents/parameters.ts";
import { pageOf } from "../../http/paging.ts";
import { json, notFound, refuse } from "../../http/responses.ts";
import { sendStored } from "../../http/send-stored.ts";
import { forgetSource } from "../../deliver/find-stored.ts";
import { locationCache } from "../../deliver/location-cache.ts";
import { CountedOriginals } from "../../originals/counted-originals.ts";
import { findOriginal, listOriginals, removeMade } from "../../originals/find-original.ts";
import { privateHeaders } from "../../output.ts";
import { homePictures } from "../../regions.ts";
import type { Route } from "../../route.ts";

export const imageParameter = pathParameter("id", "The picture's id", matching(originalIdPattern));

export const listImages: Route = {
  method: "GET",
  path: "/v1/images",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "listImages",
  summary: "List stored pictures",
  tag: "Images",
  description: "In the order of their ids, a page at a time.",
  parameters: pageParameters,
  responses: {
    "200": {
      description: "A page of pictures",
      content: jsonContent(
        z.object({ images: z.array(originalSchema), cursor: z.nullable(z.string()) }),
      ),
    },
  },
  problems: ["invalid-option"],
  async handle({ url, env }, identity) {
    const { tenant } = identity;
    const page = pageOf(url);
    if (!page.ok) return refuse(page.error);
    const { originals, cursor } = await listOriginals(
      homePictures(env, identity),
      tenant,
      page.value,
    );
    const images = originals.map((original) => originalDocument(original, tenant, url.origin));
    return json({ images, cursor });
  },
};

export const getImage: Route = {
  method: "GET",
  path: "/v1/images/{id}",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "getImage",
  summary: "Get a stored picture's details",
  tag: "Images",
  description: "Its size, format and address.",
  parameters: [imageParameter],
  responses: { "200": { description: "The picture", content: jsonContent(originalSchema) } },
  problems: ["not-found"],
  async handle({ env, params, url }, identity) {
    const { tenant } = identity;
    const original = await findOriginal(homePictures(env, identity), tenant, params.id ?? "");
    return original ? json(originalDocument(original, tenant, url.origin)) : notFound();
  },
};

export const getImageOriginal: Route = {
  method: "GET",
  path: "/v1/images/{id}/original",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "getImageOriginal",
  summary: "Fetch a stored picture",
  tag: "Images",
  description: "The bytes as they were sent. Conditional and range requests work.",
  parameters: [imageParameter],
  responses: {
    "200": {
      description: "The picture",
      headers: headers("ETag", "Accept-Ranges"),
      content: sourceContent,
    },
    "206": {
      description: "The requested range",
      headers: headers("ETag", "Accept-Ranges", "Content-Range"),
      content: sourceContent,
    },
    "304": {
      description: "The client's copy is current",
      headers: headers("ETag", "Accept-Ranges"),
    },
  },
  problems: ["not-found", "range-not-satisfiable"],
  async handle(call, identity) {
    const { tenant } = identity;
    const pictures = homePictures(call.env, identity);
    const original = await findOriginal(pictures, tenant, call.params.id ?? "");
    if (!original) return notFound();
    const { id, bytes, info } = original;
    const sent = await sendStored(call.request, pictures, {
      key: originalKey(tenant, id),
      bytes,
      contentType: mediaType(info.format),
      headers: privateHeaders(undefined),
    });
    return sent ?? notFound();
  },
};

export const deleteImage: Route = {
  method: "DELETE",
  path: "/v1/images/{id}",
  caller: "tenant",
  scope: "jobs:write",
  operationId: "deleteImage",
  summary: "Delete a stored picture",
  tag: "Images",
  description:
    "Removes the picture and every rendition of it, and frees its storage. What was billed stays billed. Deleting again answers 204 too. Locations may send a copy for two minutes more, and browsers as long as `Cache-Control` allows.",
  parameters: [imageParameter],
  responses: { "204": { description: "Deleted" } },
  problems: ["not-found"],
  async handle(call, identity) {
    const id = call.params.id ?? "";
    if (!originalIdPattern.test(id)) return notFound();
    const { tenant } = identity;
    const hash = id.slice("img_".length);
    await new CountedOriginals(call, identity).remove(hash);
    await removeMade(homePictures(call.env, identity), tenant, hash);
    locationCache.end(Date.now(), tenant, hash);
    forgetSource(tenant, { kind: "stored", id });
    return new Response(null, { status: 204 });
  },
};

import * as z from "zod/mini";
import { sourceRules } from "../../../core/delivery/source-rules.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";
import { ownHosts } from "../deliver/host-rules.ts";
import { findProfile } from "../deliver/profiles.ts";
import { readJson } from "../http/json-body.ts";
import { askOrigin, takeIn, type Room } from "../remote/fetch-picture.ts";
import { sourceUnreadable } from "../remote/remote-problems.ts";
import type { Call } from "../route.ts";
import { storeOriginal, type StoredOriginal } from "./store-original.ts";

/** Instead of a picture: where it is. */
export const fetchImageSchema = z.strictObject({
  url: z.url("This is not a URL. Write all of it: https://cdn.example.com/photo.jpg").check(
    z.maxLength(limits.remoteUrlCharsMax),
    z.meta({
      description: "An address that the tenant's `sources` allow (`PATCH /v1/delivery`).",
    }),
  ),
});

/** Fetches the picture at the URL in the body, by the same rules as a source, and stores it until it is deleted. */
export async function fetchOriginal(
  call: Call,
  owner: Identity,
): Promise<Result<StoredOriginal, Problem>> {
  const body = await readJson(call.request, fetchImageSchema);
  if (!body.ok) return body;
  const profile = await findProfile(call, owner.tenant);
  if (!profile.ok) return profile;
  const url = URL.parse(body.value.url);
  if (url === null) return err(sourceUnreadable);
  const rules = sourceRules(profile.value.settings, ownHosts(call));
  const answer = await askOrigin({ url, rules, known: null }, owner);
  if (!answer.ok) return answer;
  if (answer.value.kind === "unchanged") throw new Error("Nothing was known of this source.");
  const room: Room = (bytes, work) => call.uploads.holdingSoon(owner.tenant, bytes, work);
  return takeIn(answer.value, owner, room, ({ picture }) => storeOriginal(call, owner, picture));
}

import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import {
  refuseForGrant,
  uploadTokenPattern,
  type UploadGrant,
} from "../../../core/delivery/uploads/upload-grant.ts";
import type { Identity } from "../../../core/identity/standing.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { identify } from "../identity/authenticate.ts";
import { homePictures } from "../regions.ts";
import type { Call } from "../route.ts";
import type { StoredOriginal } from "./store-original.ts";
import { storeSent } from "./store-sent.ts";
import { UploadGrants, usedBefore, type OpenGrant } from "./upload-grants.ts";

/**
 * Stores the picture that is sent to an upload address: which grant? → is its key in force? → may this body? → use the
 * grant for the picture's hash → store it. The use comes first, so that of many pictures at once one is stored; a
 * client that was cut off in between sends the same bytes again.
 */
export async function useAddress(
  call: Call,
  profile: DeliveryProfile,
): Promise<Result<StoredOriginal, Problem>> {
  const { request, url, timing } = call;
  const { tenant } = profile;
  const grants = new UploadGrants(homePictures(call.env, profile), tenant);
  const [token = "", ...more] = url.searchParams.getAll("token");
  const isToken = uploadTokenPattern.test(token) && more.length === 0;
  const open = isToken ? await timing.measure("grant", () => grants.find(token)) : null;
  if (!open) return err(ended);
  const owner = await ownerOf(call, open);
  if (!owner.ok) return owner;
  const refused = refuseLength(open.grant, request.headers);
  if (refused) return err(refused);
  const bare = new URL(url);
  bare.searchParams.delete("token");
  return call.uploads.withinSoon(tenant, request, () =>
    storeSent(call, owner.value, bare, {
      refuse: ({ info, bytes }) => refuseForGrant(open.grant, bytes ?? 0, info.format),
      admit: async (picture) =>
        refuseForGrant(open.grant, picture.bytes) ?? grants.use(token, open, picture),
    }),
  );
}

/** The tenant that the address acts for, while neither it nor its key has expired. */
async function ownerOf(
  { env, ctx, rates }: Call,
  { grant: { keyHash, expiresAt } }: OpenGrant,
): Promise<Result<Identity, Problem>> {
  const now = Date.now();
  if (expiresAt <= now) return err(ended);
  const identity = await identify(keyHash, env, ctx, now);
  // The client has no key, so it is not told what happened to the one that made the address.
  if (!identity.ok) return identity.error.status === 401 ? err(ended) : identity;
  const admitted = rates.take(identity.value, "uploads", now);
  return admitted.ok ? ok(identity.value) : admitted;
}

/** What a body's length alone forbids. */
function refuseLength(grant: UploadGrant, headers: Headers): Problem | null {
  const length = Number(headers.get("Content-Length") ?? 0);
  const isForm = /^multipart\/form-data\b/i.test(headers.get("Content-Type") ?? "");
  if (isForm)
    return length > grant.bytesMax + limits.formBytesMax ? refuseForGrant(grant, length) : null;
  if (grant.used && grant.used.bytes !== length) return usedBefore;
  return refuseForGrant(grant, length);
}

const ended = problem(
  "upload-address-ended",
  "This upload address is unknown, has expired, or its key is no longer active. Ask for a new one.",
);

import { originalsPrefix, parseInfo } from "../../../core/delivery/original.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import {
  fetchedPicturesPrefix,
  parseRecord,
  recordKey,
  recordsPrefix,
} from "../../../core/delivery/remote/fetched-record.ts";
import { remoteUrl } from "../../../core/delivery/remote/remote-target.ts";
import { renditionOf } from "../../../core/delivery/rendition.ts";
import {
  renditionsPrefix,
  tenantRenditionsPrefix,
} from "../../../core/delivery/rendition-prefix.ts";
import type { SourceReference } from "../../../core/delivery/source-reference.ts";
import { limits } from "../../../core/limits.ts";
import type { RenderTransform, Transform } from "../../../core/transform/transform.ts";
import { callStorage } from "../call-storage.ts";
import { removeBelow } from "../originals/find-original.ts";
import { homePictures } from "../regions.ts";
import { forgetFailure } from "../remote/open-remote.ts";
import type { Call } from "../route.ts";
import { specOf } from "../upload/describe-job.ts";
import { locationCache } from "./location-cache.ts";

/** Whose renditions are purged, and where they lie. */
interface Purged {
  readonly call: Pick<Call, "env">;
  readonly profile: DeliveryProfile;
}

/**
 * Removes what was made of one source until now, so that it is made again when it is asked for; one on another host is
 * fetched again first. Nothing of the kind is no failure.
 */
export async function purgeSource(
  { call, profile }: Purged,
  reference: SourceReference,
): Promise<void> {
  const { tenant, settings } = profile;
  const pictures = homePictures(call.env, profile);
  const before = Date.now();
  const remove = (hash: string) =>
    removeBelow(pictures, renditionsPrefix(tenant, hash), { before });
  if (reference.kind === "stored") {
    const hash = reference.id.slice("img_".length);
    await remove(hash);
    return locationCache.end(Date.now(), tenant, hash);
  }
  const url = remoteUrl(reference, settings.site);
  if (!url.ok) return;
  const key = recordKey(tenant, url.value.href.replace(/#.*$/s, ""));
  const object = await callStorage(pictures.get(key));
  const record = object && parseRecord(await callStorage(object.text()));
  // The record tells where they are: it goes last, so that a purge that failed in between can be asked for again.
  if (record) await remove(record.hash);
  await callStorage(pictures.delete(key));
  forgetFailure(key);
  if (record) locationCache.end(Date.now(), tenant, record.hash);
}

/** How far a purge of everything has come. What was stored since it began (epoch milliseconds) stays. */
export interface WholePurgeCursor {
  readonly kind: "rendition" | "record";
  readonly beganAt: number;
  /** The end of the last key that was looked at; empty before the first of its kind. */
  readonly after: string;
}

/**
 * Everything that was made or fetched for the tenant before this purge began, from `cursor` on; stored originals stay.
 * Null: of all.
 */
export async function purgeAll(
  { call, profile }: Purged,
  cursor: WholePurgeCursor | null,
): Promise<WholePurgeCursor | null> {
  const { tenant } = profile;
  const pictures = homePictures(call.env, profile);
  let at = cursor ?? { kind: "rendition", beganAt: Date.now(), after: "" };
  const removeKind = (prefix: string) =>
    removeBelow(pictures, prefix, {
      before: at.beganAt,
      after: at.after,
      pagesMax: limits.purgePagesMax,
    });
  if (at.kind === "rendition") {
    const after = await removeKind(tenantRenditionsPrefix(tenant));
    if (after !== null) return { ...at, after };
    at = { ...at, kind: "record", after: "" };
  }
  const after = await removeKind(recordsPrefix(tenant));
  if (after !== null) return { ...at, after };
  locationCache.end(Date.now(), tenant);
  return null;
}

/** How far a purge by transform has come: the hash of the last source that was looked at, or none of its kind. */
export interface PurgeCursor {
  readonly kind: "original" | "fetched";
  readonly after: string;
}

/**
 * What this transform has made of any source, from `cursor` on. Null: of all. Which renditions there can be follows from
 * the sources' headers, so none has to be read.
 */
export async function purgeTransform(
  purged: Purged,
  transform: Transform,
  cursor: PurgeCursor | null,
): Promise<PurgeCursor | null> {
  let at: PurgeCursor | null = cursor ?? { kind: "original", after: "" };
  for (let page = 0; at !== null && page < limits.purgeSourcePagesMax; page++) {
    at = await purgePage(purged, transform, at);
  }
  locationCache.end(Date.now(), purged.profile.tenant);
  return at;
}

async function purgePage(
  { call, profile }: Purged,
  transform: Transform,
  at: PurgeCursor,
): Promise<PurgeCursor | null> {
  const { tenant } = profile;
  const pictures = homePictures(call.env, profile);
  const prefix = (at.kind === "original" ? originalsPrefix : fetchedPicturesPrefix)(tenant);
  const startAfter = at.after === "" ? {} : { startAfter: `${prefix}${at.after}` };
  const listed = await callStorage(
    pictures.list({ prefix, include: ["customMetadata"], ...startAfter }),
  );
  const keys = listed.objects.flatMap((object) => renditionKeys(tenant, transform, object));
  for (let first = 0; first < keys.length; first += limits.deleteKeysMax) {
    await callStorage(pictures.delete(keys.slice(first, first + limits.deleteKeysMax)));
  }
  const last = listed.truncated ? listed.objects.at(-1) : undefined;
  return last ? { ...at, after: last.key.slice(prefix.length) } : nextKind(at);
}

const nextKind = ({ kind }: PurgeCursor): PurgeCursor | null =>
  kind === "original" ? { kind: "fetched", after: "" } : null;

/** In every format that a client can have got. */
function renditionKeys(tenant: string, asked: Transform, { key, size, customMetadata }: R2Object) {
  const info = parseInfo(customMetadata?.info);
  if (!info) return [];
  const hash = key.slice(key.lastIndexOf("/") + 1);
  const keys = accepts.flatMap((accept) => {
    const spec = specOf({ info, bytes: size, bytesMax: size }, [asked], accept);
    if (!spec.ok) return [];
    const [transform] = spec.value.transforms as readonly [RenderTransform];
    return [renditionOf(tenant, hash, transform).key];
  });
  return [...new Set(keys)];
}

/** Each combination of what `auto` may choose from; which is wished for most changes no rendition. */
const accepts = [null, "image/avif", "image/webp", "image/avif,image/webp"];

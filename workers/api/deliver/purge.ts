import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { recordKey, recordsPrefix } from "../../../core/delivery/remote/fetched-keys.ts";
import { parseRecord } from "../../../core/delivery/remote/fetched-record.ts";
import { remoteUrl } from "../../../core/delivery/remote/remote-target.ts";
import { renditionOf } from "../../../core/delivery/rendition.ts";
import {
  renditionsPrefix,
  tagsPrefix,
  tenantRenditionsPrefix,
} from "../../../core/delivery/storage-prefixes.ts";
import type { SourceReference } from "../../../core/delivery/source-reference.ts";
import { tagsOf } from "../../../core/delivery/tags/image-tags.ts";
import { outputFormats, type OutputFormat } from "../../../core/image/formats.ts";
import { limits } from "../../../core/limits.ts";
import type { Transform } from "../../../core/transform/transform.ts";
import { callStorage } from "../call-storage.ts";
import { removeBelow } from "../originals/find-original.ts";
import { homePictures } from "../regions.ts";
import { askAgain } from "../remote/open-remote.ts";
import { beginPurge, urlOf } from "../remote/purge-mark.ts";
import type { Call } from "../route.ts";
import { locationCache } from "./location-cache.ts";

/** The tenant whose renditions are purged, and the call that does it. */
interface Purged {
  readonly call: Pick<Call, "env">;
  readonly profile: DeliveryProfile;
}

/**
 * Removes what was made of one source until now, so that it is made again when it is asked for; one on another host is
 * fetched again first. Finding nothing is not a failure.
 */
export async function purgeSource(
  { call, profile }: Purged,
  reference: SourceReference,
): Promise<void> {
  const { tenant, settings } = profile;
  const pictures = homePictures(call.env, profile);
  const remove = (hash: string, before: number) =>
    removeBelow(pictures, renditionsPrefix(tenant, hash), { before });
  if (reference.kind === "stored") {
    const hash = reference.id.slice("img_".length);
    await remove(hash, await beginPurge(pictures, tenant, hash));
    return locationCache.end(Date.now(), tenant, hash);
  }
  const url = remoteUrl(reference, settings.site);
  if (!url.ok) return;
  const key = recordKey(tenant, url.value.href.replace(/#.*$/s, ""));
  const before = await beginPurge(pictures, tenant, urlOf(key));
  const object = await callStorage(pictures.get(key));
  const record = object && parseRecord(await callStorage(object.text()));
  // The record tells where they are: it goes last, so that a purge that failed in between can be asked for again.
  if (record) await remove(record.hash, before);
  await callStorage(pictures.delete(key));
  askAgain(key);
  if (record) locationCache.end(Date.now(), tenant, record.hash);
}

/** How far a purge of everything has come. What was stored since it began (epoch milliseconds, by R2's clock) stays. */
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
  let at = cursor ?? {
    kind: "rendition",
    beganAt: await beginPurge(pictures, tenant),
    after: "",
  };
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
  askAgain(recordsPrefix(tenant));
  locationCache.end(Date.now(), tenant);
  return null;
}

/**
 * What this transform has made of any source, from the rendition after `after` on. Null: of all; else where to go on.
 * A rendition's name follows from its source's hash, the transform and the format, so none has to be read, and none is
 * missed whose source is gone.
 */
export async function purgeTransform(
  { call, profile }: Purged,
  transform: Transform,
  after: string,
): Promise<string | null> {
  const { tenant } = profile;
  const next = await removeBelow(homePictures(call.env, profile), tenantRenditionsPrefix(tenant), {
    after,
    pagesMax: limits.purgePresetPagesMax,
    isMeant: madeBy(tenant, transform),
  });
  locationCache.end(Date.now(), tenant);
  return next;
}

/** Whether a rendition, named by its source's hash and its own digest, was made by this transform in any format. */
function madeBy(tenant: string, asked: Transform): (name: string) => boolean {
  const made: readonly OutputFormat[] = asked.format === "auto" ? outputFormats : [asked.format];
  let last = { hash: "", names: new Set<string>() };
  return (name) => {
    const [hash = ""] = name.split("/");
    // Renditions of one source follow each other.
    if (last.hash !== hash) {
      const digests = made.map((format) => renditionOf(tenant, hash, { ...asked, format }).digest);
      last = { hash, names: new Set(digests.map((digest) => `${hash}/${digest}`)) };
    }
    return last.names.has(name);
  };
}

/**
 * How far a purge by tag has come. `after`: the hash of the last picture that was looked at; empty before the first.
 */
export type TagPurgeCursor = Omit<WholePurgeCursor, "kind">;

/** What was made of any stored picture with this tag before this purge began, from `cursor` on. Null: of all. */
export async function purgeTag(
  { call, profile }: Purged,
  tag: string,
  cursor: TagPurgeCursor | null,
): Promise<TagPurgeCursor | null> {
  const { tenant } = profile;
  const pictures = homePictures(call.env, profile);
  const prefix = tagsPrefix(tenant);
  const beganAt = cursor?.beganAt ?? (await beginPurge(pictures, tenant, tag));
  let last = cursor?.after ?? "";
  for (let page = 0, purged = 0; page < limits.purgePagesMax; page++) {
    const startAfter = `${prefix}${last}`;
    const listed = await callStorage(
      pictures.list({ prefix, startAfter, include: ["customMetadata"] }),
    );
    for (const { key, customMetadata } of listed.objects) {
      if (purged >= limits.purgeTaggedMax) return { beganAt, after: last };
      last = key.slice(prefix.length);
      if (!tagsOf(customMetadata).includes(tag)) continue;
      await removeBelow(pictures, renditionsPrefix(tenant, last), { before: beganAt });
      locationCache.end(Date.now(), tenant, last);
      purged += 1;
    }
    if (!listed.truncated) return null;
  }
  return { beganAt, after: last };
}

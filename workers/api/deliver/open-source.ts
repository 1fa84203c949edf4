import { originalKey, type Original } from "../../../core/delivery/original.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { remoteTarget, remoteUrl } from "../../../core/delivery/remote/remote-target.ts";
import { sourceRules } from "../../../core/delivery/source-rules.ts";
import type { SourceReference } from "../../../core/delivery/source-reference.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { findOriginal } from "../originals/find-original.ts";
import { homePictures } from "../regions.ts";
import { openRemote } from "../remote/open-remote.ts";
import { notAllowed } from "../remote/remote-problems.ts";
import type { Call } from "../route.ts";
import { ownHosts } from "./host-rules.ts";
import type { Source } from "./source.ts";

/** The source that a URL names, or why there is none. */
export async function openSource(
  call: Call,
  profile: DeliveryProfile,
  reference: SourceReference,
): Promise<Result<Source, Problem>> {
  if (reference.kind === "stored") return openStored(call, profile, reference.id);
  const { settings } = profile;
  const url = remoteUrl(reference, settings.site);
  if (!url.ok) return err(notAllowed(url.error));
  const rules = sourceRules(settings, ownHosts(call));
  return openRemote(call, { ...profile, rules }, url.value);
}

async function openStored(
  { env }: Call,
  profile: DeliveryProfile,
  stored: string,
): Promise<Result<Source, Problem>> {
  const original = await findOriginal(homePictures(env, profile), profile.tenant, stored);
  return original ? ok(storedSource(profile.tenant, original)) : err(noSuchPicture);
}

export function storedSource(tenant: string, { id, bytes, info }: Original): Source {
  const hash = id.slice("img_".length);
  return { hash, key: originalKey(tenant, id), bytes, info, freshUntil: Infinity };
}

/** Where `onerror=redirect` sends a browser: only to the tenant's own site. */
export function addressOf(
  reference: SourceReference,
  { settings }: DeliveryProfile,
): string | null {
  if (reference.kind === "stored" || !settings.site) return null;
  const url = remoteUrl(reference, settings.site);
  const site = { ...settings, sources: [] };
  const target = url.ok ? remoteTarget(url.value, sourceRules(site, [])) : url;
  return target.ok ? target.value.href : null;
}

const noSuchPicture = problem("not-found", "There is no such picture. Check the id in the URL.");

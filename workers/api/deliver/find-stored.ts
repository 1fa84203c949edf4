import { originalIdPattern, type Original } from "../../../core/delivery/original.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { hasExpired, renditionOf, type Rendition } from "../../../core/delivery/rendition.ts";
import { sourceName, type SourceReference } from "../../../core/delivery/source-reference.ts";
import type { OutputFormat } from "../../../core/image/formats.ts";
import type { JobSpec } from "../../../core/job/job.ts";
import { limits } from "../../../core/limits.ts";
import { wishedFormats } from "../../../core/plan/format-negotiation.ts";
import type { Problem } from "../../../core/problem.ts";
import { ok, type Result } from "../../../core/result.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { callStorage } from "../call-storage.ts";
import { Lru } from "../identity/lru.ts";
import { homePictures } from "../regions.ts";
import { specOf } from "../upload/describe-job.ts";
import { openSource, storedSource } from "./open-source.ts";
import type { Source } from "./source.ts";
import type { Wish } from "./wish.ts";

/** The rendition that a wish means, once its source is known. */
export interface Wanted {
  readonly profile: DeliveryProfile;
  readonly source: Source;
  readonly format: OutputFormat;
  readonly rendition: Rendition;
  /** With `kept`. */
  readonly spec: JobSpec;
}

export interface Found {
  readonly wanted: Wanted;
  /** Null: it has to be made. */
  readonly stored: R2ObjectBody | null;
}

/**
 * The rendition in storage (L2), with the source that it is made of. One read of R2 where this isolate knows a
 * stored original, whether or not the rendition is there: its id is its hash, what was made of it goes when it is
 * deleted, and nothing can be made of it then. Else the source is looked up and the likely rendition read at the same
 * time.
 */
export async function findStored(wish: Wish): Promise<Result<Found, Problem>> {
  const { profile, granted } = wish;
  const pictures = homePictures(wish.call.env, profile);
  const read = async (key: string) => {
    const stored = await callStorage(pictures.get(key));
    if (!stored || !hasExpired(stored.uploaded.getTime(), profile.limits, wish.now)) return stored;
    void stored.body.cancel();
    return null;
  };
  const name = knownName(profile.tenant, granted.source);
  const kept = knownSources.get(name);
  const known = kept && wish.now < kept.until ? kept.source : null;
  const likely = known ? wantedOf(wish, known) : null;
  const guess = likely?.ok ? likely.value.rendition.key : likelyKey(wish);
  const early = guess === null ? null : read(guess);
  // It may turn out not to be needed.
  early?.catch(() => undefined);
  if (likely?.ok && granted.source.kind === "stored") {
    const stored = (await early) ?? null;
    // HEAD makes nothing, so it would not be noticed that the original is gone.
    if (stored || wish.call.request.method === "GET") return ok({ wanted: likely.value, stored });
  }
  const wanted = await findWanted(wish);
  if (wanted.ok) {
    const { source } = wanted.value;
    knownSources.set(name, { source, until: wish.now + limits.knownSourceMillis });
  }
  if (wanted.ok && wanted.value.rendition.key === guess) {
    return ok({ wanted: wanted.value, stored: (await early) ?? null });
  }
  void early?.then((stored) => stored?.body.cancel()).catch(() => undefined);
  if (!wanted.ok) return wanted;
  return ok({ wanted: wanted.value, stored: await read(wanted.value.rendition.key) });
}

/** The same without reading the rendition. */
export async function findWanted(wish: Wish): Promise<Result<Wanted, Problem>> {
  const { call, profile, granted } = wish;
  const source = await call.timing.measure("source", () =>
    openSource(call, profile, granted.source),
  );
  return source.ok ? wantedOf(wish, source.value) : source;
}

/**
 * Headers of sources that were found before. Whether one is there still is asked again after a while: a rendition that
 * was put while its original was deleted is sent no longer than that.
 */
const knownSources = new Lru<string, { readonly source: Source; readonly until: number }>(
  limits.knownSourcesMax,
);

const knownName = (tenant: string, source: SourceReference): string =>
  `${tenant}\n${sourceName(source)}`;

/** It was stored just now: its header need not be looked for when it is first asked for. */
export function knowSource(tenant: string, original: Original): void {
  const source = storedSource(tenant, original);
  const until = Date.now() + limits.knownSourceMillis;
  knownSources.set(knownName(tenant, { kind: "stored", id: original.id }), { source, until });
}

/** It is deleted, or was found to be: it is looked for when it is asked for again. */
export const forgetSource = (tenant: string, source: SourceReference): void =>
  knownSources.delete(knownName(tenant, source));

function wantedOf({ call, profile, granted }: Wish, source: Source): Result<Wanted, Problem> {
  const { hash, key, bytes, info } = source;
  const accept = call.request.headers.get("Accept");
  const spec = specOf({ info, bytes, bytesMax: bytes }, [granted.transform], accept);
  if (!spec.ok) return spec;
  const [transform] = spec.value.transforms as readonly [RenderTransform];
  const rendition = renditionOf(profile.tenant, hash, transform);
  const kept = { source: key, rendition: rendition.key };
  const { format } = transform;
  return ok({ profile, source, format, rendition, spec: { ...spec.value, v: 2, kept } });
}

/** Where a stored original's rendition lies if nothing in the picture is against the format that is wished for. */
function likelyKey({ call, profile, granted }: Wish): string | null {
  const { source, transform } = granted;
  if (source.kind !== "stored" || !originalIdPattern.test(source.id)) return null;
  const [wished] = wishedFormats(call.request.headers.get("Accept"));
  const format = transform.format === "auto" ? wished : transform.format;
  if (format === undefined) return null;
  return renditionOf(profile.tenant, source.id.slice("img_".length), { ...transform, format }).key;
}

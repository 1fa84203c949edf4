import { mediaType, type OutputFormat } from "../../../core/image/formats.ts";
import { hasExpired } from "../../../core/delivery/rendition.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { callStorage } from "../call-storage.ts";
import { sendOpen, sendStored, type FileAnswer } from "../http/send-stored.ts";
import { homePictures } from "../regions.ts";
import { deliveryHeaders, failureHeaders } from "./delivery-headers.ts";
import { findStored, findWanted, forgetSource, type Wanted } from "./find-stored.ts";
import { locationCache, type Place } from "./location-cache.ts";
import { makeLater, makeRendition } from "./make-rendition.ts";
import { placeOf, soonerThan, type Wish } from "./wish.ts";

/**
 * From the location's own copy → else from storage → else made. A hit is never billed. A miss is one job, whoever
 * else misses at the same time. HEAD makes nothing. Where an AVIF would have to be made, WebP is sent meanwhile.
 */
export async function sendRendition(wish: Wish): Promise<Result<Response, Problem>> {
  const { request, timing } = wish.call;
  if (request.method === "GET" && request.headers.has("Range")) return sendRange(wish);
  const copy = await timing.measure("cache", () => sendCopy(wish));
  if (copy) return ok(copy);
  return sendStoredOrMade(wish);
}

async function sendStoredOrMade(wish: Wish): Promise<Result<Response, Problem>> {
  const { request, timing } = wish.call;
  const found = await timing.measure("fetch", () => findStored(wish));
  if (!found.ok) return found;
  const { wanted, stored } = found.value;
  if (stored) return ok(await sendFromStorage(wish, wanted, stored, "hit"));
  const isHead = request.method === "HEAD";
  const sooner = soonerThan(wish, wanted.format);
  if (sooner) {
    if (!isHead) makeLater(wish.call, wanted);
    return sendStoredOrMade(sooner);
  }
  return isHead ? ok(sayOfUnmade(wish, wanted)) : sendMade(wish, wanted);
}

async function sendCopy(wish: Wish): Promise<Response | null> {
  const { call, now } = wish;
  const { request, ctx } = call;
  const place = placeOf(wish);
  const copy = await locationCache.find(place, now);
  if (!copy) return null;
  if (now >= copy.freshUntil) locationCache.renew(ctx, place, () => lookAgain(wish, place), now);
  return sendOpen(request, fileOf(wish, copy, "hit"), copy);
}

/** What the next visitors get is what storage has now. Nothing is made for them in advance. */
async function lookAgain(wish: Wish, place: Place): Promise<void> {
  try {
    const found = await findStored(wish);
    const stored = found.ok ? found.value.stored : null;
    if (!found.ok || !stored) await locationCache.drop(place);
    else if (locationCache.takes(place, stored.size, wish.now)) {
      await hold(wish, found.value.wanted, stored);
    } else await stored.body.cancel();
  } catch (cause) {
    console.warn({ event: "copy-not-renewed", cause: String(cause) });
  }
}

async function sendFromStorage(
  wish: Wish,
  wanted: Wanted,
  stored: R2ObjectBody,
  cacheStatus: string,
): Promise<Response> {
  const { request } = wish.call;
  const isKept =
    request.method === "GET" && locationCache.takes(placeOf(wish), stored.size, wish.now);
  const body = isKept ? await hold(wish, wanted, stored) : stored.body;
  const open = { body, bytes: stored.size, etag: stored.httpEtag };
  return sendOpen(request, fileOf(wish, aboutOf(wanted), cacheStatus), open);
}

/** Reads the rendition, and leaves a copy of it at the location. */
function hold(wish: Wish, wanted: Wanted, stored: R2ObjectBody) {
  const read = async () => {
    const bytes = new Uint8Array(await callStorage(stored.arrayBuffer()));
    return { ...aboutOf(wanted), bytes, etag: stored.httpEtag, askedAt: wish.now };
  };
  const kept = { read, bytes: stored.size, freshUntil: wanted.source.freshUntil, now: wish.now };
  return locationCache.keep(wish.call.ctx, placeOf(wish), kept);
}

/** No copy is left of what was just made: most renditions are asked for once at a location. The next hit leaves one. */
async function sendMade(wish: Wish, wanted: Wanted): Promise<Result<Response, Problem>> {
  const { made, collapsed } = await wish.call.timing.measure("make", () =>
    makeRendition(wish.call, wanted),
  );
  if (!made.ok) return made.error.code === "cancelled" ? sayWhatIsGone(wish, made.error) : made;
  const cacheStatus = `fwd=uri-miss; ${collapsed ? "collapsed" : "stored"}`;
  if (made.value) {
    const { bytes, etag } = made.value;
    const open = { body: bytes, bytes: bytes.length, etag };
    return ok(sendOpen(wish.call.request, fileOf(wish, aboutOf(wanted), cacheStatus), open));
  }
  const pictures = homePictures(wish.call.env, wish.profile);
  const stored = await callStorage(pictures.get(wanted.rendition.key));
  return stored ? ok(await sendFromStorage(wish, wanted, stored, cacheStatus)) : err(removed);
}

/** The picture was not there when it was to be rendered: where it was deleted, that is what the visitor is told. */
async function sayWhatIsGone(wish: Wish, cancelled: Problem): Promise<Result<never, Problem>> {
  forgetSource(wish.profile.tenant, wish.granted.source);
  const wanted = await findWanted(wish);
  return err(wanted.ok ? cancelled : wanted.error);
}

/** Parts are cut by R2, which has the whole. */
async function sendRange(wish: Wish): Promise<Result<Response, Problem>> {
  const { call, profile } = wish;
  const wanted = await findWanted(wish);
  if (!wanted.ok) return wanted;
  const { key } = wanted.value.rendition;
  const pictures = homePictures(call.env, profile);
  const send = async (cacheStatus: string) => {
    const stored = await callStorage(pictures.head(key));
    if (!stored || hasExpired(stored.uploaded.getTime(), profile.limits, wish.now)) return null;
    const file = { ...fileOf(wish, aboutOf(wanted.value), cacheStatus), key, bytes: stored.size };
    return sendStored(call.request, pictures, file);
  };
  const hit = await send("hit");
  if (hit) return ok(hit);
  // A client that names the version it has a part of may get more of it; others wait, so that formats are not mixed.
  const sooner = call.request.headers.has("If-Range")
    ? soonerThan(wish, wanted.value.format)
    : null;
  if (sooner) {
    makeLater(call, wanted.value);
    return sendRange(sooner);
  }
  const { made, collapsed } = await makeRendition(call, wanted.value);
  if (!made.ok) return made;
  const sent = await send(`fwd=uri-miss; ${collapsed ? "collapsed" : "stored"}`);
  return sent ? ok(sent) : err(removed);
}

/**
 * HEAD of a rendition that was never requested: the fields that are known without it (RFC 9110 §9.3.2 lets the others
 * be left out).
 */
function sayOfUnmade(wish: Wish, wanted: Wanted): Response {
  const { headers, contentType } = fileOf(wish, aboutOf(wanted), "fwd=uri-miss");
  headers.set("Content-Type", contentType);
  headers.set("Accept-Ranges", "bytes");
  return new Response(null, { headers });
}

interface About {
  readonly format: OutputFormat;
  /** SHA-256 of its source. */
  readonly hash: string;
}

const aboutOf = ({ format, source: { hash } }: Wanted): About => ({ format, hash });

function fileOf(
  { profile, granted, isInterim = false }: Wish,
  { format, hash }: About,
  cacheStatus: string,
): FileAnswer {
  const { cacheSeconds } = profile.settings;
  const interimSeconds = Math.min(cacheSeconds, limits.interimSecondsMax);
  const headers = deliveryHeaders({
    format,
    name: hash.slice(0, 16),
    negotiated: granted.transform.format === "auto" || isInterim,
    // As long as is left now: the picture may have taken a while.
    seconds: keptSeconds(isInterim ? interimSeconds : cacheSeconds, granted.expiresAt, Date.now()),
    cacheStatus,
  });
  return { contentType: mediaType(format), headers, failureHeaders };
}

/** No cache may answer with a picture after its URL has ended. */
function keptSeconds(asTenantChose: number, expiresAt: number | null, now: number): number {
  if (expiresAt === null) return asTenantChose;
  return Math.max(0, Math.min(asTenantChose, Math.floor(expiresAt - now / 1000)));
}

const removed = problem("not-found", "The picture was removed while it was being rendered.");

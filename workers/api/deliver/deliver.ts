import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { renditionOf } from "../../../core/delivery/rendition.ts";
import { mediaType } from "../../../core/image/formats.ts";
import { problem, type Problem, type ProblemCode } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { RenderTransform } from "../../../core/transform/transform.ts";
import { refuse } from "../http/responses.ts";
import { homePictures } from "../regions.ts";
import { sendBytes, sendStored } from "../http/send-stored.ts";
import type { Call } from "../route.ts";
import { specOf } from "../upload/describe-job.ts";
import { cloudflareError } from "./cloudflare-errors.ts";
import { deliveryHeaders, nothingButAPicture } from "./delivery-headers.ts";
import { makeRendition } from "./make-rendition.ts";
import { addressOf, openSource } from "./open-source.ts";
import { findProfile } from "./profiles.ts";
import { readAsked, type Granted } from "./read-asked.ts";
import type { Source } from "./source.ts";

/** Where the URL stands: whose it is, and what follows. */
export interface DeliveryAddress {
  readonly tenant: string;
  /** From the first slash after the tenant, as received. */
  readonly path: string;
}

/**
 * A picture at a URL: whose? → what is asked? → of which source? → is it there? → else have it made → send.
 *
 * A hit is read from R2 and never billed. A miss is one job, whoever else misses at the same time.
 */
export async function deliver(call: Call, { tenant, path }: DeliveryAddress): Promise<Response> {
  if (isLoop(call.request.headers)) return failed(loop);
  const profile = await call.timing.measure("tenant", () => findProfile(call, tenant));
  if (!profile.ok) return failed(profile.error);
  const query = call.url.search.slice(1);
  const asked = readAsked({ path, query }, profile.value, Date.now());
  if (!asked.ok) return failed(asked.error);
  const { source: reference, onerror } = asked.value;
  const source = await call.timing.measure("source", () =>
    openSource(call, profile.value, reference),
  );
  const sent = source.ok
    ? await sendRendition(call, profile.value, source.value, asked.value)
    : source;
  if (sent.ok) return sent.value;
  return failed(sent.error, onerror === "redirect" ? addressOf(reference, profile.value) : null);
}

/** Sources are fetched with this service's name in `Via`. */
const isLoop = (headers: Headers) => /\bminilab\b/.test(headers.get("Via") ?? "");

async function sendRendition(
  call: Call,
  profile: DeliveryProfile,
  source: Source,
  { transform: asked, expiresAt }: Granted,
): Promise<Result<Response, Problem>> {
  const { hash, key, bytes, info } = source;
  const { tenant } = profile;
  const accept = call.request.headers.get("Accept");
  const spec = specOf({ info, bytes, bytesMax: bytes }, [asked], accept);
  if (!spec.ok) return spec;
  const [transform] = spec.value.transforms as readonly [RenderTransform];
  const rendition = renditionOf(tenant, hash, transform);
  const { format } = transform;
  const contentType = mediaType(format);
  const file = { key: rendition.key, bytes: null, contentType, failureHeaders };
  const bucket = homePictures(call.env, profile);
  const about = {
    format,
    name: hash.slice(0, 16),
    negotiated: asked.format === "auto",
    seconds: keptSeconds(profile.settings.cacheSeconds, expiresAt, Date.now()),
  };
  const headers = (cacheStatus: string) => deliveryHeaders({ ...about, cacheStatus });

  const hit = await call.timing.measure("fetch", () =>
    sendStored(call.request, bucket, { ...file, headers: headers("hit") }),
  );
  if (hit) return ok(hit);
  const kept = { source: key, rendition: rendition.key };
  const wanted = { profile, rendition, spec: { ...spec.value, v: 2, kept } };
  const { made, collapsed } = await makeRendition(call, wanted);
  if (!made.ok) return made;
  const miss = { ...file, headers: headers(`fwd=uri-miss; ${collapsed ? "collapsed" : "stored"}`) };
  // What R2 can do with conditions and ranges, it does.
  const isPlain = !["Range", "If-None-Match"].some((name) => call.request.headers.has(name));
  if (made.value && isPlain) return ok(sendBytes(call.request, miss, made.value));
  const sent = await sendStored(call.request, bucket, miss);
  return sent ? ok(sent) : err(removed);
}

/** No cache may answer with a picture after its URL has ended. */
function keptSeconds(asTenantChose: number, expiresAt: number | null, now: number): number {
  if (expiresAt === null) return asTenantChose;
  return Math.max(0, Math.min(asTenantChose, Math.floor(expiresAt - now / 1000)));
}

const failureHeaders = (code: ProblemCode) => ({
  "Cf-Resized": `err=${cloudflareError(code)}`,
  ...nothingButAPicture,
});

/** A problem document, which no cache keeps, with the code that Cloudflare Images has for it. */
function failed(failure: Problem, elsewhere: string | null = null): Response {
  const headers = failureHeaders(failure.code);
  if (elsewhere === null) return refuse(failure, headers);
  return new Response(null, { status: 302, headers: { ...headers, Location: elsewhere } });
}

const removed = problem("not-found", "The picture was removed while it was being rendered.");
const loop = problem("source-loop", "The source is a picture that this service would render.");

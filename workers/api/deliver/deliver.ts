import type { Asked } from "../../../core/delivery/asked.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { readUrl } from "../../../core/delivery/read-url.ts";
import { renditionOf } from "../../../core/delivery/rendition.ts";
import { mediaType } from "../../../core/image/formats.ts";
import { problem, type Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import type { RenderTransform, Transform } from "../../../core/transform/transform.ts";
import { refuse } from "../http/responses.ts";
import { homePictures } from "../regions.ts";
import { sendBytes, sendStored } from "../http/send-stored.ts";
import type { Call } from "../route.ts";
import { specOf } from "../upload/describe-job.ts";
import { cloudflareError } from "./cloudflare-errors.ts";
import { deliveryHeaders, nothingButAPicture } from "./delivery-headers.ts";
import { makeRendition } from "./make-rendition.ts";
import { openSource, type Source } from "./open-source.ts";
import { findProfile } from "./profiles.ts";

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
  const profile = await call.timing.measure("tenant", () => findProfile(call, tenant));
  if (!profile.ok) return failed(profile.error);
  const asked = readAsked(call, path);
  if (!asked.ok) return failed(asked.error);
  const { source: reference, rendition, onerror } = asked.value;
  const source = await call.timing.measure("source", () => openSource(call, tenant, reference));
  if (!source.ok) return failed(source.error);
  const sent = await sendRendition(call, profile.value, source.value, rendition);
  if (sent.ok) return sent.value;
  const elsewhere = onerror === "redirect" ? source.value.address : null;
  return failed(sent.error, elsewhere);
}

interface Readable {
  readonly source: Asked["source"];
  readonly rendition: Transform;
  readonly onerror: Asked["onerror"];
}

function readAsked({ url }: Call, path: string): Result<Readable, Problem> {
  const query = url.search.slice(1);
  const reading = readUrl({ path, query, secrets: {}, now: Date.now() }, []);
  if (reading === null) return err(noSuchPath);
  if (!reading.ok) {
    if (reading.error.kind !== "unreadable") throw new Error("no dialect is on");
    const { option, detail } = reading.error;
    return err(problem("invalid-option", detail, { option }));
  }
  const { rendition } = reading.value;
  if ("preset" in rendition) {
    const detail = `There is no preset ${JSON.stringify(rendition.preset)}.`;
    return err(problem("invalid-option", detail, { option: "preset" }));
  }
  return ok({ ...reading.value, rendition });
}

async function sendRendition(
  call: Call,
  profile: DeliveryProfile,
  source: Source,
  asked: Transform,
): Promise<Result<Response, Problem>> {
  const { hash, key, bytes, info } = source;
  const { tenant } = profile;
  const accept = call.request.headers.get("Accept");
  const spec = specOf({ info, bytes, bytesMax: bytes }, [asked], accept);
  if (!spec.ok) return spec;
  const [transform] = spec.value.transforms as readonly [RenderTransform];
  const rendition = renditionOf(tenant, hash, transform);
  const { format } = transform;
  const file = { key: rendition.key, bytes: null, contentType: mediaType(format) };
  const bucket = homePictures(call.env);
  const about = { format, name: hash.slice(0, 16), negotiated: asked.format === "auto" };
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

/** A problem document, which no cache keeps, with the code that Cloudflare Images has for it. */
function failed(failure: Problem, elsewhere: string | null = null): Response {
  const headers = {
    "Cf-Resized": `err=${cloudflareError(failure.code)}`,
    ...nothingButAPicture,
  };
  if (elsewhere === null) return refuse(failure, headers);
  return new Response(null, { status: 302, headers: { ...headers, Location: elsewhere } });
}

const noSuchPath = problem(
  "not-found",
  "No picture has such a URL. Write it as /image/<options>/<source>.",
);
const removed = problem("not-found", "The picture was removed while it was being rendered.");

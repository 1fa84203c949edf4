import { mediaType, type OutputFormat } from "../../core/image/formats.ts";
import { limits } from "../../core/limits.ts";
import type { StoredOutput } from "../../core/job/job.ts";
import { outputKey } from "../../core/job/picture-key.ts";
import { notFound } from "./http/responses.ts";
import type { ExpressRendition } from "../../core/job/express-calls.ts";
import { picturesOf } from "./regions.ts";
import { sendOpen, sendStored } from "./http/send-stored.ts";
import type { Call } from "./route.ts";

export interface OutputAnswer {
  readonly tenant: string;
  readonly job: string;
  readonly output: StoredOutput;
  /** Headers that the caller adds. */
  readonly headers?: Headers;
}

/**
 * A rendition's bytes. It never changes, so the client may cache it without limit; it is private to the
 * tenant, so shared caches may not.
 */
export async function sendOutput(call: Call, answer: OutputAnswer): Promise<Response> {
  const { key, index, bytes, format } = answer.output;
  const file = {
    key: key ?? outputKey(answer.tenant, answer.job, null, index),
    bytes,
    contentType: mediaType(format),
    headers: privateHeaders(answer.headers),
  };
  return (await sendStored(call.request, picturesOf(call.env, answer.job), file)) ?? notFound();
}

/** The same for one whose bytes are at hand. */
export function sendMade(
  { request }: Pick<Call, "request">,
  { bytes, etag, format }: ExpressRendition & { readonly format: OutputFormat },
  headers: Headers,
): Response {
  const file = { contentType: mediaType(format), headers: privateHeaders(headers) };
  return sendOpen(request, file, { body: bytes, bytes: bytes.length, etag });
}

/** `Vary` keeps a browser's cache from answering one key's request with what another key got. */
export function privateHeaders(extra: Headers | undefined): Headers {
  const headers = new Headers(extra);
  headers.append("Vary", "Authorization");
  headers.set("Cache-Control", `private, max-age=${limits.deliverySecondsMax}, immutable`);
  return headers;
}

import { mediaType } from "../../core/image/formats.ts";
import type { JobOutput, StoredOutput } from "../../core/job/job.ts";
import { outputKey } from "../../core/job/picture-key.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { notFound, refuse } from "./http/responses.ts";
import { parseRange, type ByteRange } from "./http/range.ts";
import type { Call } from "./route.ts";
import { within } from "../../core/deadline.ts";

export interface OutputAnswer {
  readonly tenant: string;
  readonly job: string;
  readonly output: StoredOutput;
  /** Headers that the caller adds. */
  readonly headers?: Headers;
}

/**
 * A rendition's bytes, streamed from R2. It never changes, so the client may cache it without limit; it is
 * private to the tenant, so shared caches may not. Answers conditional (RFC 9110 §13) and single-range (§14)
 * requests.
 */
export async function sendOutput(call: Call, answer: OutputAnswer): Promise<Response> {
  const { request, env } = call;
  const { output } = answer;
  const key = output.key ?? outputKey(answer.tenant, answer.job, null, output.index);
  const range = await requestedRange(call, key, output.bytes);
  if (range === "unsatisfiable") return unsatisfiable(output);

  const asked = {
    onlyIf: conditions(request),
    ...(range && { range: { offset: range.start, length: range.end - range.start + 1 } }),
  };
  const found = await within(globalThis, limits.outputMillisMax, env.PICTURES.get(key, asked));
  if (!found.ok) return refuse(storageUnavailable);
  const object = found.value;
  if (!object) return notFound();

  const headers = outputHeaders(answer.headers, object.httpEtag);
  if (!("body" in object)) return new Response(null, { status: 304, headers });
  if (request.method === "HEAD") {
    await object.body.cancel();
    return whole(null, output, headers);
  }
  return range ? partial(object.body, range, output, headers) : whole(object.body, output, headers);
}

/** The range to send; null for the whole. */
async function requestedRange(
  { request, env }: Call,
  key: string,
  bytes: number,
): Promise<ByteRange | "unsatisfiable" | null> {
  if (request.method !== "GET") return null;
  const range = parseRange(request.headers, bytes);
  const ifRange = request.headers.get("If-Range");
  if (range === null || ifRange === null) return range;
  // A range counts only for the version that the client has a part of (RFC 9110 §13.1.5).
  const stored = await within(globalThis, limits.outputMillisMax, env.PICTURES.head(key));
  return stored.ok && stored.value?.httpEtag === ifRange ? range : null;
}

const storageUnavailable = problem(
  "unavailable",
  "The rendition could not be read from storage right now. Try again.",
  { retryAfterMillis: limits.busyRetryMillis },
);

/** The condition for R2 to check. R2 fails on a malformed field, which RFC 9110 wants ignored. */
function conditions({ method, headers }: Request): Headers {
  const noneMatch = headers.get("If-None-Match") ?? "";
  const known = method !== "POST" && entityTags.test(noneMatch);
  return new Headers(known ? { "If-None-Match": noneMatch } : {});
}

/** RFC 9110 §13.1.2, in ASCII. */
const entityTags = /^\s*(\*|(W\/)?"[!#-~]*"(\s*,\s*(W\/)?"[!#-~]*")*)\s*$/;

function whole(body: ReadableStream | null, output: JobOutput, headers: Headers): Response {
  headers.set("Content-Type", mediaType(output.format));
  headers.set("Content-Length", String(output.bytes));
  return new Response(body, { headers });
}

function partial(
  body: ReadableStream,
  { start, end }: ByteRange,
  output: JobOutput,
  headers: Headers,
): Response {
  headers.set("Content-Type", mediaType(output.format));
  headers.set("Content-Range", `bytes ${start}-${end}/${output.bytes}`);
  headers.set("Content-Length", String(end - start + 1));
  return new Response(body, { status: 206, headers });
}

function unsatisfiable({ bytes }: JobOutput): Response {
  return refuse(
    problem(
      "range-not-satisfiable",
      `The rendition has ${bytes} bytes. Ask for a range within them.`,
    ),
    { "Content-Range": `bytes */${bytes}` },
  );
}

function outputHeaders(extra: Headers | undefined, etag: string): Headers {
  const headers = new Headers(extra);
  headers.set("ETag", etag);
  headers.set("Accept-Ranges", "bytes");
  // Keeps a browser's cache from answering one key's request with another key's rendition.
  headers.append("Vary", "Authorization");
  headers.set("Cache-Control", "private, max-age=31536000, immutable");
  return headers;
}

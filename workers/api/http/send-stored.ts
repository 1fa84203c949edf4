import { within } from "../../../core/deadline.ts";
import { limits } from "../../../core/limits.ts";
import { problem, type Problem, type ProblemCode } from "../../../core/problem.ts";
import { storageUnavailable } from "../call-storage.ts";
import { parseRange, type ByteRange } from "./range.ts";
import { refuse } from "./responses.ts";

/** A file in R2 that never changes under its key. */
export interface StoredFile extends FileAnswer {
  readonly key: string;
  readonly bytes: number;
}

/** What an answer says of a file. */
export interface FileAnswer {
  readonly contentType: string;
  /** What the caller has to say of it; also in 304 and 206. What is said of every file is added. */
  readonly headers: Headers;
  /** What it has to say where the file cannot be sent. */
  readonly failureHeaders?: (code: ProblemCode) => HeadersInit;
}

/**
 * The file's bytes, streamed from R2. Answers conditional (RFC 9110 §13) and single-range (§14) requests.
 * Null: there is no such file.
 */
export async function sendStored(
  request: Request,
  bucket: R2Bucket,
  file: StoredFile,
): Promise<Response | null> {
  const range = await requestedRange(request, bucket, file);
  if (typeof range === "number") {
    return failed(file, outside(range), { "Content-Range": `bytes */${range}` });
  }

  const asked = {
    onlyIf: conditions(request),
    ...(range && { range: { offset: range.start, length: range.end - range.start + 1 } }),
  };
  const found = await within(globalThis, limits.outputMillisMax, bucket.get(file.key, asked));
  if (!found.ok) return failed(file, storageUnavailable);
  const object = found.value;
  if (!object) return null;

  const headers = new Headers(file.headers);
  headers.set("ETag", object.httpEtag);
  headers.set("Accept-Ranges", "bytes");
  if (!("body" in object)) return new Response(null, { status: 304, headers });
  headers.set("Content-Type", file.contentType);
  if (request.method === "HEAD") await object.body.cancel();
  const body = request.method === "HEAD" ? null : object.body;
  return range ? partial(body, range, file.bytes, headers) : whole(body, file.bytes, headers);
}

/** A file's bytes, or where they come from. */
export interface OpenFile {
  readonly body: Uint8Array | ReadableStream;
  readonly bytes: number;
  readonly etag: string;
}

/** The same for a file that is open already, to a request without `Range`. */
export function sendOpen(
  request: Request,
  { headers, contentType }: FileAnswer,
  open: OpenFile,
): Response {
  headers.set("ETag", open.etag);
  headers.set("Accept-Ranges", "bytes");
  const isKnown =
    request.method !== "POST" && names(request.headers.get("If-None-Match"), open.etag);
  const body = isKnown || request.method === "HEAD" ? null : open.body;
  if (body === null && open.body instanceof ReadableStream) void open.body.cancel();
  if (isKnown) return new Response(null, { status: 304, headers });
  headers.set("Content-Type", contentType);
  return whole(body, open.bytes, headers);
}

/** The range to send; null for the whole; the file's length where the range lies outside. */
async function requestedRange(
  { method, headers }: Request,
  bucket: R2Bucket,
  { key, bytes }: StoredFile,
): Promise<ByteRange | number | null> {
  if (method !== "GET" || !headers.has("Range")) return null;
  const ifRange = headers.get("If-Range");
  if (ifRange !== null) {
    const stored = await within(globalThis, limits.outputMillisMax, bucket.head(key));
    // A range counts only for the version that the client has a part of (RFC 9110 §13.1.5).
    if (!stored.ok || stored.value?.httpEtag !== ifRange) return null;
  }
  const range = parseRange(headers, bytes);
  return range === "unsatisfiable" ? bytes : range;
}

/** Whether `If-None-Match` names this tag, compared weakly (RFC 9110 §13.1.2). */
function names(noneMatch: string | null, etag: string): boolean {
  if (noneMatch === null || !entityTags.test(noneMatch)) return false;
  if (noneMatch === "*") return true;
  const opaque = etag.replace(/^W\//, "");
  return noneMatch.split(/(?<=")\s*,/).some((tag) => tag.trim().replace(/^W\//, "") === opaque);
}

/** The condition for R2 to check. R2 fails on a malformed field, which RFC 9110 wants ignored. */
function conditions({ method, headers }: Request): Headers {
  const noneMatch = headers.get("If-None-Match") ?? "";
  const known = method !== "POST" && entityTags.test(noneMatch);
  return new Headers(known ? { "If-None-Match": noneMatch } : {});
}

/** RFC 9110 §13.1.2, in ASCII. */
const entityTags = /^\s*(\*|(W\/)?"[!#-~]*"(\s*,\s*(W\/)?"[!#-~]*")*)\s*$/;

function whole(body: BodyInit | null, bytes: number, headers: Headers): Response {
  headers.set("Content-Length", String(bytes));
  return new Response(body, { headers });
}

function partial(
  body: ReadableStream | null,
  { start, end }: ByteRange,
  bytes: number,
  headers: Headers,
): Response {
  headers.set("Content-Range", `bytes ${start}-${end}/${bytes}`);
  headers.set("Content-Length", String(end - start + 1));
  return new Response(body, { status: 206, headers });
}

function failed({ failureHeaders }: StoredFile, failure: Problem, fields: HeadersInit = {}) {
  const headers = new Headers(failureHeaders?.(failure.code));
  for (const [name, value] of new Headers(fields)) headers.set(name, value);
  return refuse(failure, headers);
}

const outside = (bytes: number) =>
  problem("range-not-satisfiable", `The picture has ${bytes} bytes. Ask for a range within them.`);

import { inTime, type Timers } from "../../../core/deadline.ts";
import {
  freshSeconds,
  validatorsOf,
  type Validators,
} from "../../../core/delivery/remote/freshness.ts";
import {
  redirectTarget,
  remoteTarget,
  type SourceRules,
} from "../../../core/delivery/remote/remote-target.ts";
import { limits } from "../../../core/limits.ts";
import type { Problem } from "../../../core/problem.ts";
import { err, ok, type Result } from "../../../core/result.ts";
import { cappedBody } from "./capped-body.ts";
import {
  noPicture,
  notAllowed,
  originFailed,
  originLate,
  originMissing,
  originUnreachable,
  redirectNotAllowed,
  remoteTooLarge,
} from "./remote-problems.ts";

/** The network and the clock, so that tests bring their own. */
export interface RemotePorts extends Timers {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export interface RemoteAsk {
  readonly url: URL;
  readonly rules: SourceRules;
  /** What was fetched before, and from where in the end: asked for again only if it has changed. */
  readonly known: (Validators & { readonly from: string }) | null;
  readonly bytesMax: number;
}

export type RemoteAnswer = RemotePicture | RemoteUnchanged;

export interface RemotePicture {
  readonly kind: "picture";
  /** Ends with an `UploadFault` where the origin sends too much, too slowly or not all. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Null where the origin does not say, or sends it compressed. */
  readonly bytes: number | null;
  readonly validators: Validators;
  /** The URL that answered, after redirects. */
  readonly from: string;
  readonly freshSeconds: number;
}

/** The origin says that what we know is still what it has. */
export interface RemoteUnchanged {
  readonly kind: "unchanged";
  readonly freshSeconds: number;
}

/**
 * Fetches a source that the tenant's rules allow, each redirect checked like the first URL. Sends nothing of
 * the tenant or the caller. Never rejects: what the origin did wrong is a problem.
 */
export async function fetchRemote(
  ask: RemoteAsk,
  ports: RemotePorts,
): Promise<Result<RemoteAnswer, Problem>> {
  const first = remoteTarget(ask.url, ask.rules);
  if (!first.ok) return err(notAllowed(first.error));
  const abort = new AbortController();
  const bodyTimer = ports.setTimeout(() => abort.abort(), limits.remoteMillisMax);
  const done = () => ports.clearTimeout(bodyTimer);
  try {
    const waiting = follow(first.value, ask, ports, abort.signal);
    const found = await inTime(ports, limits.remoteAnswerMillisMax, waiting);
    const answer = found.ok ? await read(found.value, ask, abort.signal, done) : found;
    if (!answer.ok || answer.value.kind === "unchanged") done();
    return answer;
  } catch (cause) {
    done();
    abort.abort();
    // `inTime` marks what came too late; all else is a connection that failed.
    return err((cause as { overloaded?: boolean }).overloaded ? originLate : originUnreachable);
  }
}

interface Found {
  readonly response: Response;
  readonly url: URL;
}

/** The first answer that is no redirect. */
async function follow(
  first: URL,
  { rules, known }: RemoteAsk,
  ports: RemotePorts,
  signal: AbortSignal,
): Promise<Result<Found, Problem>> {
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const headers = requestHeaders(known?.from === url.href ? known : null);
    const init: RequestInit = { method: "GET", redirect: "manual", headers, signal };
    const response = await ports.fetch(url.href, { ...init, cache: "no-store" });
    if (!redirectStatuses.has(response.status)) return ok({ response, url });
    await response.body?.cancel();
    if (redirects === limits.remoteRedirectsMax) {
      return err(originFailed(`redirects more than ${limits.remoteRedirectsMax} times`));
    }
    const next = redirectTarget(url, response.headers.get("Location"), rules);
    if (!next.ok) return err(redirectNotAllowed(next.error));
    url = next.value;
  }
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** The same for every tenant and caller. `Via` lets another Minilab, or this one, see that it is in a loop. */
function requestHeaders(known: Validators | null): Record<string, string> {
  return {
    Accept: "image/*",
    "User-Agent": "minilab",
    Via: "1.1 minilab",
    ...(known?.etag ? { "If-None-Match": known.etag } : {}),
    ...(known?.lastModified ? { "If-Modified-Since": known.lastModified } : {}),
  };
}

async function read(
  { response, url }: Found,
  { known, bytesMax }: RemoteAsk,
  signal: AbortSignal,
  done: () => void,
): Promise<Result<RemoteAnswer, Problem>> {
  const { headers, status, body } = response;
  const fresh = freshSeconds({
    cacheControl: headers.get("Cache-Control"),
    expires: headers.get("Expires"),
    date: headers.get("Date"),
    age: headers.get("Age"),
  });
  if (status === 304 && known?.from === url.href) {
    return ok({ kind: "unchanged", freshSeconds: fresh });
  }
  const bytes = statedBytes(headers);
  const refused = refusal(status, headers, bytes, bytesMax);
  if (refused !== null || body === null) {
    await body?.cancel();
    return err(refused ?? originFailed("sent no body"));
  }
  return ok({
    kind: "picture",
    body: cappedBody(body, { bytesMax, signal, done }),
    bytes,
    validators: validatorsOf(headers.get("ETag"), headers.get("Last-Modified")),
    from: url.href,
    freshSeconds: fresh,
  });
}

function refusal(
  status: number,
  headers: Headers,
  bytes: number | null,
  bytesMax: number,
): Problem | null {
  if (status === 404 || status === 410) return originMissing(status);
  if (status === 504) return originLate;
  if (status !== 200) return originFailed(`answers ${status}`);
  const type = headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  // Storage that knows no type names one of these; the bytes are looked at in any case.
  if (!/^(?:image\/.*|(?:application|binary)\/octet-stream|)$/.test(type)) return noPicture(type);
  return bytes !== null && bytes > bytesMax ? remoteTooLarge(bytesMax) : null;
}

/** The length as sent says nothing about a body that was compressed on its way. */
function statedBytes(headers: Headers): number | null {
  const length = headers.get("Content-Length") ?? "";
  return /^\d{1,15}$/.test(length) && !headers.has("Content-Encoding") ? Number(length) : null;
}

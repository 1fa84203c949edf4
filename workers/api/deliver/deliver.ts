import { problem, type Problem } from "../../../core/problem.ts";
import { err, type Result } from "../../../core/result.ts";
import { isUnavailable } from "../../../core/unavailable.ts";
import type { DeliveryProfile } from "../../../core/delivery/profile.ts";
import { isOfDialect } from "../../../core/delivery/read-url.ts";
import type { DeliveryUrl } from "../../../core/delivery/signed-url.ts";
import { ledgerName } from "../../../core/job/ledger-address.ts";
import { inTime } from "../../../core/deadline.ts";
import { placedLedger } from "../../../core/fleet/placed-ledger.ts";
import { limits } from "../../../core/limits.ts";
import { storageUnavailable } from "../call-storage.ts";
import { restrictPages } from "../http/cross-origin.ts";
import { refuse } from "../http/responses.ts";
import { problemPage, wantsPage } from "../pages/problem-page.ts";
import { homeOf } from "../regions.ts";
import type { Call } from "../route.ts";
import { addressOf } from "./open-source.ts";
import { findProfile, newestProfile } from "./profiles.ts";
import { failureHeaders, hitStatus } from "./delivery-headers.ts";
import { readAsked } from "./read-asked.ts";
import { sendRendition } from "./send-rendition.ts";
import type { Wish } from "./wish.ts";

/** Where the URL stands: whose it is, and what follows. */
export interface DeliveryAddress {
  readonly tenant: string;
  /** From the first slash after the tenant, as received. */
  readonly path: string;
}

/**
 * A picture at a URL: whose? → what is asked, and may it be? → send the rendition, whose failure is a problem
 * or leads to the source.
 */
export async function deliver(call: Call, { tenant, path }: DeliveryAddress): Promise<Response> {
  const now = Date.now();
  const failed = (failure: Problem, elsewhere: string | null = null) =>
    sayWhy(call.request, failure, elsewhere);
  if (isLoop(call.request.headers)) return failed(loop);
  const found = await call.timing.measure("tenant", () => findProfile(call, tenant));
  if (!found.ok) return failed(found.error);
  const url = { path, query: call.url.search.slice(1) };
  let tried = await tryToSend(call, found.value, url, now);
  if (!tried.sent.ok && mayBeAllowed(tried.sent.error, url)) {
    const newest = await newestProfile(call, found.value);
    if (newest.version > found.value.version) tried = await tryToSend(call, newest, url, now);
  }
  const { profile, asked, sent } = tried;
  const { origins } = profile.settings;
  const answered = (response: Response) => restrictPages(response, call.request, origins);
  if (sent.ok) {
    countHit(call, profile, sent.value);
    return answered(sent.value);
  }
  const goesElsewhere = asked.ok && asked.value.onerror === "redirect";
  const elsewhere = goesElsewhere ? addressOf(asked.value.source, profile) : null;
  return answered(failed(sent.error, elsewhere));
}

/** By the tenant's rules as this profile has them. */
async function tryToSend(call: Call, profile: DeliveryProfile, url: DeliveryUrl, now: number) {
  const asked = readAsked(url, profile, now);
  const sent = asked.ok ? await sendOrSayWhy({ call, profile, granted: asked.value, now }) : asked;
  return { profile, asked, sent };
}

/** The newest profile, in case the tenant has just allowed this: KV has it within a minute. */
const mayBeAllowed = ({ code, option }: Problem, url: DeliveryUrl): boolean =>
  code === "signature-invalid" ||
  code === "preset-required" ||
  code === "source-not-allowed" ||
  option === "preset" ||
  (code === "not-found" && isOfDialect(url));

/** Sources are fetched with this service's name in `Via`. */
const isLoop = (headers: Headers) => /\bminilab\b/.test(headers.get("Via") ?? "");

async function sendOrSayWhy(wish: Wish): Promise<Result<Response, Problem>> {
  try {
    return await sendRendition(wish);
  } catch (cause) {
    if (!isUnavailable(cause)) throw cause;
    console.error({ event: "delivery-unavailable", cause: String(cause) });
    return err(storageUnavailable);
  }
}

/** In the home region's first ledger, where whatever belongs to the whole tenant is. */
function countHit(call: Call, profile: DeliveryProfile, { headers, body }: Response): void {
  if (headers.get("Cache-Status") !== hitStatus) return;
  const ledger = ledgerName({
    tenant: profile.tenant,
    region: homeOf(call.env, profile),
    shard: 0,
  });
  const bytes = body === null ? 0 : Number(headers.get("Content-Length"));
  // Once: a repeated call would count twice. A failure says nothing about jobs, so it does not count for the region's
  // health.
  call.hits.count(call.ctx, ledger, bytes, async (hits) =>
    inTime(globalThis, limits.objectMillisMax, placedLedger(call.env, ledger).countHits(hits)),
  );
}

/**
 * A problem document with the code that Cloudflare Images has for it; where a browser opens the address, a page. No
 * cache keeps it. `elsewhere`: where the visitor is sent instead.
 */
function sayWhy(request: Request, failure: Problem, elsewhere: string | null): Response {
  const headers = failureHeaders(failure.code);
  if (elsewhere !== null) {
    return new Response(null, { status: 302, headers: { ...headers, Location: elsewhere } });
  }
  const answer = refuse(failure, headers);
  return wantsPage(request) ? problemPage(failure, answer) : answer;
}

const loop = problem("source-loop", "The source is a picture that this service would render.");

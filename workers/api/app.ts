import { Hono, type Context } from "hono";
import type { Identity } from "../../core/identity/standing.ts";
import { problem, type Problem } from "../../core/problem.ts";
import type { Trace } from "../../core/trace.ts";
import { ok, type Result } from "../../core/result.ts";
import { CallRates } from "./admission/call-rates.ts";
import { ExpressLane } from "./admission/express-lane.ts";
import { answerAtHost } from "./deliver/hosts.ts";
import { findProfile } from "./deliver/profiles.ts";
import { HitCounts } from "./deliver/hit-counts.ts";
import { KnownShards } from "./admission/known-shards.ts";
import { RegionHealths } from "./admission/region-healths.ts";
import { Refusals } from "./admission/refusals.ts";
import { Uploads } from "./admission/uploads.ts";
import { nothingHere, refuse, refuseFailure } from "./http/responses.ts";
import { authenticate, expectScope } from "./identity/authenticate.ts";
import { expectRole, identifyOperator } from "./identity/operator.ts";
import type { ApiEnv } from "./env.ts";
import { plainEncoding } from "./http/content-encoding.ts";
import { optionsAnswer, restrictPages } from "./http/cross-origin.ts";
import { finish, traceOf } from "./http/finalize-response.ts";
import { clientAddress, type Call, type Route } from "./route.ts";
import { routes } from "./routes/route-table.ts";
import { Timing } from "./http/timing.ts";

type Served = { Bindings: ApiEnv; Variables: { call: Call } };
type AppContext = Context<Served>;

/** What this isolate keeps from one request to the next, apart from the identities it knows. */
const refusals = new Refusals();
const uploads = new Uploads();
const healths = new RegionHealths();
const shards = new KnownShards();
const rates = new CallRates();
const express = new ExpressLane();
const hits = new HitCounts();

/** Serves these routes, each to its kind of caller. Every answer passes through `finish`. */
export function appOf(table: readonly Route[]): Hono<Served> {
  const served = new Hono<Served>();
  served.use(async (context, next) => {
    const trace = traceOf(context.req.raw);
    const call = callOf(context, trace);
    context.set("call", call);
    await next();
    // Changed in place: if it were assigned, Hono would make another response and copy all headers.
    await finish({ ...call, trace }, context.res);
  });

  served.use(async (context, next) => (await answerAtHost(context.get("call"))) ?? next());
  const patterns = Map.groupBy(table, patternOf);
  for (const [pattern, here] of [...patterns].toSorted(fixedFirst)) {
    for (const route of here) served.on(route.method, pattern, (context) => serve(route, context));
    served.all(pattern, (context) => answerOtherMethod(pattern, here, context));
  }
  served.notFound(() => nothingHere());
  served.onError((cause) => {
    console.error({ event: "request-failed", cause: String(cause), stack: cause.stack });
    return refuseFailure(cause);
  });
  return served;
}

/** The service's own routes. */
export const app = appOf(routes);

function callOf({ req, env, executionCtx: ctx }: AppContext, { id: trace }: Trace): Call {
  const request = req.raw;
  const isolate = { refusals, rates, uploads, healths, express, shards, hits };
  const url = new URL(request.url);
  return { request, url, params: {}, env, ctx, timing: new Timing(), trace, ...isolate };
}

async function serve(route: Route, context: AppContext): Promise<Response> {
  const call = { ...context.get("call"), params: context.req.param() };
  const { request, env, ctx, timing } = call;
  if (route.requestBody) {
    const plain = plainEncoding(request.headers);
    if (!plain.ok) return refuse(plain.error, { "Accept-Encoding": "identity" });
  }
  if (route.caller === "anyone" || route.caller === "deployer") return route.handle(call);
  if (route.caller === "operator") {
    const operator = await timing.measure("identity", () =>
      identifyOperator(request.headers, env, Date.now()),
    );
    if (!operator.ok) return refuse(operator.error);
    const allowed = expectRole(operator.value, route.roles);
    if (!allowed.ok) return refuse(allowed.error);
    return route.handle(call, { actor: operator.value.id, from: clientAddress(call) });
  }
  const identity = await timing.measure("identity", () =>
    authenticate(request.headers.get("Authorization"), env, ctx, Date.now()),
  );
  if (!identity.ok) return refuse(identity.error);
  const allowed = expectScope(identity.value, route.scope);
  if (!allowed.ok) return refuse(allowed.error);
  const admitted = admitCallOf(route, identity.value);
  return admitted.ok ? route.handle(call, identity.value) : refuse(admitted.error);
}

/** New jobs take their tokens in the ledger. */
function admitCallOf({ method, rate }: TenantRoute, identity: Identity): Result<true, Problem> {
  const kind = rate ?? kindOfMethod[method];
  return kind === null ? ok(true) : rates.take(identity, kind, Date.now());
}

type TenantRoute = Extract<Route, { caller: "tenant" }>;

const kindOfMethod = {
  GET: "reads",
  PATCH: "reads",
  PUT: "reads",
  DELETE: "deletions",
  POST: null,
} as const;

/** OPTIONS, or a method that this path does not have. */
async function answerOtherMethod(
  pattern: string,
  here: readonly Route[],
  context: AppContext,
): Promise<Response> {
  const methods = here.map(({ method }) => method);
  // A path that answers GET answers HEAD too (RFC 9110 §9.3.2).
  const offered = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  if (context.req.method === "OPTIONS") {
    const answer = optionsAnswer(context.get("call").url, offered);
    return pattern.startsWith("/t/") ? preflightOf(context, answer) : answer;
  }
  const detail = `This path does not take ${context.req.method}. Use ${offered.join(", ")}.`;
  return refuse(problem("method-not-allowed", detail), {
    Allow: [...offered, "OPTIONS"].join(", "),
  });
}

/** For pages of the origins that the tenant in the path allows. */
async function preflightOf(context: AppContext, answer: Response): Promise<Response> {
  const { env, executionCtx: ctx, req } = context;
  const profile = await findProfile({ env, ctx }, req.param("tenant") ?? "");
  // An unknown or suspended tenant is refused when the page sends its request.
  if (!profile.ok) return profile.error.code === "unavailable" ? refuse(profile.error) : answer;
  return restrictPages(answer, req.raw, profile.value.settings.origins);
}

/** What a fixed path such as `/v1/images/uploads` means comes before what a parameter in its place would mean. */
function fixedFirst([one]: readonly [string, unknown], [other]: readonly [string, unknown]) {
  return openness(one) - openness(other);
}

function openness(pattern: string): number {
  if (pattern.includes("*")) return 2;
  return pattern.includes(":") ? 1 : 0;
}

function patternOf({ path, pattern }: Route): string {
  return pattern ?? path.replaceAll(/\{(\w+)\}/g, ":$1");
}

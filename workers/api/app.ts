import { Hono, type Context } from "hono";
import { isAdmin } from "../../core/identity/admin-token.ts";
import { limits } from "../../core/limits.ts";
import { problem } from "../../core/problem.ts";
import { notFound, refuse } from "./http/responses.ts";
import { authenticate } from "./identity/authenticate.ts";
import type { ApiEnv } from "./env.ts";
import { finish } from "./http/finalize-response.ts";
import type { Call, Route } from "./route.ts";
import { routes } from "./routes/route-table.ts";
import { Timing } from "./http/timing.ts";

type AppContext = Context<{ Bindings: ApiEnv; Variables: { timing: Timing } }>;

/** Every route of the table, each behind its own kind of caller; every answer leaves through `finish`. */
export const app = new Hono<{ Bindings: ApiEnv; Variables: { timing: Timing } }>();

app.use(async (context, next) => {
  context.set("timing", new Timing());
  await next();
  context.res = await finish(context.req.raw, context.res, context.get("timing"));
});

for (const route of routes) {
  app.on(route.method, honoPath(route.path), (context) => serve(route, context));
}
for (const path of new Set(routes.map((route) => route.path))) {
  app.all(honoPath(path), (context) => refuseMethod(path, context));
}
app.notFound(() => notFound());
app.onError((cause) => {
  const { retryable, overloaded } = cause as { retryable?: boolean; overloaded?: boolean };
  console.error({ event: "request-failed", cause: String(cause), stack: cause.stack });
  if (!retryable && !overloaded) {
    return refuse(
      problem(
        "internal",
        "This is our fault. Try again; with an Idempotency-Key a repeat is always safe.",
      ),
    );
  }
  return refuse(
    problem("unavailable", "A part of the service did not answer. Try again shortly.", {
      retryAfterMillis: limits.unavailableRetryMillis,
    }),
  );
});

async function serve(route: Route, context: AppContext): Promise<Response> {
  const { env, executionCtx: ctx } = context;
  const request = context.req.raw;
  const timing = context.get("timing");
  const params = context.req.param();
  const call: Call = { request, url: new URL(request.url), params, env, ctx, timing };
  if (route.caller === "anyone") return route.handle(call);

  const authorization = request.headers.get("Authorization");
  if (route.caller === "admin") {
    if (isAdmin(authorization, env.ADMIN_TOKEN)) return route.handle(call);
    return refuse(problem("admin-only", "Send the operator's admin token as a bearer."));
  }
  const identity = await timing.measure("identity", () =>
    authenticate(authorization, env, ctx, Date.now()),
  );
  return identity.ok ? route.handle(call, identity.value) : refuse(identity.error);
}

function refuseMethod(path: string, context: AppContext): Response {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
  // Whatever answers GET answers HEAD (RFC 9110 §9.3.2).
  const offered = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  const detail = `${context.req.method} is not offered here. Use ${offered.join(" or ")}.`;
  return refuse(problem("method-not-allowed", detail), { Allow: offered.join(", ") });
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

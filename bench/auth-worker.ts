import { oneShard } from "../core/fleet/shard-map.ts";
import { hashApiKey } from "../core/identity/api-key.ts";
import { keyId, tenantId } from "../core/identity/ids.ts";
import { defaultScopes } from "../core/identity/scopes.ts";
import { serializeStanding, standingKey } from "../core/identity/standing.ts";
import { plans } from "../core/identity/tenant-limits.ts";
import { appOf } from "../workers/api/app.ts";
import type { ApiEnv } from "../workers/api/env.ts";
import { json } from "../workers/api/http/responses.ts";
import { authenticate } from "../workers/api/identity/authenticate.ts";
import type { Route } from "../workers/api/route.ts";
import { numberedKey } from "./numbered-key.ts";

const described = {
  method: "GET",
  summary: "Do nothing",
  description: "Does nothing.",
  tag: "Service",
  responses: {},
} as const;

const open: Route = {
  ...{ ...described, path: "/open", operationId: "open", caller: "anyone" },
  handle: () => json({ done: true }),
};

const closed: Route = {
  ...{ ...described, path: "/closed", operationId: "closed", caller: "tenant", scope: null },
  handle: async () => json({ done: true }),
};

const app = appOf([open, closed]);

/**
 * The API's own way from the request to its route and back, for two routes that do nothing: `GET /open` for anyone,
 * `GET /closed` for tenants. `POST /keys?from=N&count=N` publishes numbered keys, each of a tenant of its own.
 * `POST /checks?count=N` looks N times at the first key and answers with the microseconds that each took. `GET /healthz`:
 * it is there.
 */
export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const number = (name: string) => Number(searchParams.get(name));
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/keys") {
      await publish(env, number("from"), number("count"));
      return new Response("ok");
    }
    if (pathname !== "/checks") return app.fetch(request, env, ctx);
    const header = `Bearer ${numberedKey(0)}`;
    const started = Date.now();
    for (let left = number("count"); left > 0; left--) {
      const identity = await authenticate(header, env, ctx, started);
      if (!identity.ok) throw new Error(identity.error.detail);
    }
    return json({ micros: ((Date.now() - started) * 1000) / number("count") });
  },
} satisfies ExportedHandler<ApiEnv>;

async function publish({ IDENTITY }: ApiEnv, from: number, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, turn) => from + turn);
  const put = async (number: number) => {
    const ulid = String(number).padStart(26, "0");
    const standing = serializeStanding({
      ...{ tenant: tenantId(ulid), key: keyId(ulid), limits: generous, limitsVersion: 1 },
      ...{ scopes: [...defaultScopes], expiresAt: null, suspended: false, version: 1 },
      ...{ home: null, stays: "anywhere", shards: [...oneShard] },
    });
    await IDENTITY.put(standingKey(hashApiKey(numberedKey(number))), standing);
  };
  await Promise.all(numbers.map(put));
}

/** Reads are limited too, in the isolate. */
const generous = { ...plans.custom, requestsPerSecond: 250, burst: 1000 };

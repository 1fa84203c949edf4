import type { Role } from "../../core/identity/operator.ts";
import type { Scope } from "../../core/identity/scopes.ts";
import type { Identity } from "../../core/identity/standing.ts";
import type { CallKind } from "../../core/ledger/admission.ts";
import type { CallRates } from "./admission/call-rates.ts";
import type { KnownShards } from "./admission/known-shards.ts";
import type { RegionHealths } from "./admission/region-healths.ts";
import type { ExpressLane } from "./admission/express-lane.ts";
import type { HitCounts } from "./deliver/hit-counts.ts";
import type { Refusals } from "./admission/refusals.ts";
import type { Uploads } from "./admission/uploads.ts";
import type { ProblemCode } from "../../core/problem.ts";
import type { Tag } from "./documents/tags.ts";
import type { By } from "../../durable-objects/directory/trail.ts";
import type { ApiEnv } from "./env.ts";
import type { Timing } from "./http/timing.ts";

/** One request, with everything a route needs to answer it. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Path parameters by the names in the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly env: ApiEnv;
  readonly ctx: Pick<ExecutionContext, "waitUntil">;
  readonly timing: Timing;
  /** Id of the request's trace. */
  readonly trace: string;
  /** What this isolate knows of ledgers that refuse work. */
  readonly refusals: Refusals;
  /** How fast each tenant calls. */
  readonly rates: CallRates;
  /** The pictures that this isolate is taking in. */
  readonly uploads: Uploads;
  /** … and of regions that do not answer. */
  readonly healths: RegionHealths;
  readonly express: ExpressLane;
  /** Hits that the ledgers have not been told of. */
  readonly hits: HitCounts;
  /** … and of tenants whose shards it knows better than KV. */
  readonly shards: KnownShards;
}

/**
 * One endpoint: its method and path, who may call it, what it does, and its entry in the OpenAPI document.
 * `routes/route-table.ts` lists them all; nothing is registered anywhere else.
 */
export type Route = Described &
  (
    | { readonly caller: "anyone"; readonly handle: (call: Call) => Promise<Response> | Response }
    /** With the deployment's own secret, which the handler checks. */
    | { readonly caller: "deployer"; readonly handle: (call: Call) => Promise<Response> }
    | {
        readonly caller: "operator";
        /** Roles that may. */
        readonly roles: readonly Role[];
        readonly handle: (call: Call, by: By) => Promise<Response>;
      }
    | {
        readonly caller: "tenant";
        /** What the key must be for; null: any key may. */
        readonly scope: Scope | null;
        /** What a call counts as, where its method does not say. */
        readonly rate?: Exclude<CallKind, "jobs" | "fetches">;
        readonly handle: (call: Call, identity: Identity) => Promise<Response>;
      }
  );

interface Described {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As in OpenAPI: `/v1/jobs/{id}`. */
  readonly path: string;
  /** What it serves, as Hono writes it, where that is more than one path. */
  readonly pattern?: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tag: Tag;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  /** Successful answers by status. */
  readonly responses: Readonly<Record<string, DescribedResponse>>;
  /** Problems that this route can answer, beyond those of every route for the same caller. */
  readonly problems?: readonly ProblemCode[];
  /** Headers that problems of a status have on this route alone. */
  readonly problemHeaders?: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** A response object of OpenAPI 3.1. */
interface DescribedResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, object>>;
}

/** The client's address as the platform gives it; null on one machine. */
export const clientAddress = ({ request }: Call): string | null =>
  request.headers.get("CF-Connecting-IP");

/** A change that a tenant makes with one of its keys, for the audit trail. */
export const byKey = (call: Call, { key }: Identity): By => ({
  actor: key,
  from: clientAddress(call),
});

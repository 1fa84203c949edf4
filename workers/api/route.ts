import type { Identity } from "../../core/identity/standing.ts";
import type { ProblemCode } from "../../core/problem.ts";
import type { ApiEnv } from "./env.ts";
import type { Timing } from "./http/timing.ts";

/** One request on its way through a route. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** Path parameters by the names in the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly env: ApiEnv;
  readonly ctx: Pick<ExecutionContext, "waitUntil">;
  readonly timing: Timing;
}

/**
 * One endpoint: how it is reached, who may call it, what it does, and what the OpenAPI document says of
 * it. `routes.ts` lists them all; nothing else registers anything.
 */
export type Route = Described &
  (
    | { readonly caller: "anyone"; readonly handle: (call: Call) => Promise<Response> | Response }
    | { readonly caller: "admin"; readonly handle: (call: Call) => Promise<Response> }
    | {
        readonly caller: "tenant";
        readonly handle: (call: Call, identity: Identity) => Promise<Response>;
      }
  );

interface Described {
  readonly method: "GET" | "POST" | "DELETE";
  /** As in OpenAPI: `/v1/jobs/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  /** Answers by status, without the problems. */
  readonly responses: Readonly<Record<string, object>>;
  /** What can be refused beyond what every route of this caller can refuse. */
  readonly problems?: readonly ProblemCode[];
}

import { vi } from "vitest";
import { apiKeySecretBytes, mintOperatorToken } from "../../../core/identity/api-key.ts";
import type { ApiEnv } from "../../../workers/api/env.ts";
import { oneRegion } from "../../one-region.ts";
import worker from "../../../workers/api/index.ts";

/** What the Worker looks for before it answers anything. */
const complete = {
  ...{ FLEET: oneRegion(), PICTURES_LOCAL: {}, IDENTITY: {}, LEDGER: {}, DIRECTORY: {} },
  ...{ BOOKS: {}, EXPRESS: {}, VERSION: {} },
};

const adminToken = "6b1f0c9e74d2a8537be419f0d3c6a2815e9074bd";

/** Well-formed; whose it is, the bindings say. */
export const operatorToken = mintOperatorToken(new Uint8Array(apiKeySecretBytes).fill(9));

/** Asks the API Worker in this process. `bindings` are what the request will need. */
export function ask(
  path: string,
  init: RequestInit = {},
  bindings: object = {},
): Promise<Response> {
  // Every request writes a line to the log.
  vi.spyOn(console, "log").mockReturnValue();
  const env = { ADMIN_TOKEN: adminToken, ...complete, ...bindings } as unknown as ApiEnv;
  const context = { waitUntil() {}, passThroughOnException() {} } as unknown as ExecutionContext;
  const request = new Request(new URL(path, "http://minilab.test"), init);
  return Promise.resolve(worker.fetch(request as never, env, context));
}

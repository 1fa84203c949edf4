import { configurationFaults } from "../../core/fleet/configuration.ts";
import { switchedOnFaults } from "../../core/image/optional-formats.ts";
import { problem } from "../../core/problem.ts";
import { refuse } from "./http/responses.ts";
import { app } from "./app.ts";
import type { ApiEnv } from "./env.ts";
import { finish, traceOf } from "./http/finalize-response.ts";
import { Timing } from "./http/timing.ts";

/** The API Worker. While its configuration is broken or a secret is a placeholder, every answer says so. */
export default {
  fetch(request, env, ctx) {
    const faults = configurationFaults(env, "api", switchedOnFaults(env.OPTIONAL_FORMATS));
    if (faults.length > 0) {
      return refuseAll(request, faults);
    }
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<ApiEnv>;

async function refuseAll(request: Request, faults: readonly string[]): Promise<Response> {
  const refused = refuse(problem("misconfigured", faults.join(" ")));
  const url = new URL(request.url);
  await finish({ request, url, timing: new Timing(), trace: traceOf(request) }, refused);
  return refused;
}

import { refusePlaceholder } from "../../core/identity/admin-token.ts";
import { problem } from "../../core/problem.ts";
import { refuse } from "./http/responses.ts";
import { app } from "./app.ts";
import type { ApiEnv } from "./env.ts";
import { finish, traceOf } from "./http/finalize-response.ts";
import { Timing } from "./http/timing.ts";

/** The API Worker. While the admin token is a placeholder, every answer says so. */
export default {
  fetch(request, env, ctx) {
    const secret = refusePlaceholder("ADMIN_TOKEN", env.ADMIN_TOKEN);
    if (!secret.ok) {
      const refused = refuse(problem("misconfigured", secret.error));
      return finish(request, refused, new Timing(), traceOf(request));
    }
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<ApiEnv>;

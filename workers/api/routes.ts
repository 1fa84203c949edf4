import type { Route } from "./route.ts";
import { createKey, listKeys, revokeKey } from "./routes/admin-keys.ts";
import { createTenant, listTenants } from "./routes/admin-tenants.ts";
import { createJob } from "./routes/create-job.ts";
import { deleteJob } from "./routes/delete-job.ts";
import { getJob } from "./routes/get-job.ts";
import { getOutput } from "./routes/get-output.ts";
import { getProblem } from "./routes/get-problem.ts";
import { getSegment } from "./routes/get-segment.ts";
import { getStatement } from "./routes/get-statement.ts";
import { getUsage } from "./routes/get-usage.ts";
import { health } from "./routes/health.ts";
import { listJobs } from "./routes/list-jobs.ts";
import { openApi } from "./routes/openapi.ts";
import { rollUp } from "./routes/roll-up.ts";

/** Everything this service answers to. */
export const routes: readonly Route[] = [
  createJob,
  listJobs,
  getJob,
  deleteJob,
  getOutput,
  getUsage,
  getStatement,
  getSegment,
  createTenant,
  listTenants,
  createKey,
  listKeys,
  revokeKey,
  rollUp,
  openApi(() => routes),
  getProblem,
  health,
];

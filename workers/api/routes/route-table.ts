import type { Route } from "../route.ts";
import { createKey, listKeys, revokeKey } from "./admin-keys.ts";
import { createTenant, listTenants } from "./admin-tenants.ts";
import { createJob } from "./create-job.ts";
import { deleteJob } from "./delete-job.ts";
import { getJob } from "./get-job.ts";
import { getOutput } from "./get-output.ts";
import { getProblem } from "./get-problem.ts";
import { getSegment } from "./get-segment.ts";
import { getStatement } from "./get-statement.ts";
import { getUsage } from "./get-usage.ts";
import { health } from "./health.ts";
import { listJobs } from "./list-jobs.ts";
import { openApi } from "./openapi.ts";
import { rollUp } from "./roll-up.ts";

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

import * as z from "zod/mini";
import { ledgersOf } from "../../../core/job/ledger-address.ts";
import { limits } from "../../../core/limits.ts";
import { json, refuse } from "../http/responses.ts";
import { callObject, ledgerOf } from "../call-object.ts";
import { jobDocument, jobSchema } from "../documents/job-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { pageParameters } from "../documents/parameters.ts";
import { pageOf } from "../http/paging.ts";
import type { Route } from "../route.ts";

const schema = z.object({ jobs: z.array(jobSchema), cursor: z.nullable(z.string()) });

export const listJobs: Route = {
  method: "GET",
  path: "/v1/jobs",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "listJobs",
  summary: "List jobs, newest first",
  tag: "Jobs",
  description: "Jobs of the last seven days that were not deleted, a page at a time.",
  parameters: pageParameters,
  responses: { "200": { description: "A page of jobs", content: jsonContent(schema) } },
  problems: ["invalid-option"],
  async handle({ url, env }, { tenant }) {
    const page = pageOf(url);
    if (!page.ok) return refuse(page.error);
    const { cursor, limit } = page.value;
    const pages = await Promise.all(
      ledgersOf(tenant, env.FLEET).map((ledger) =>
        callObject(async () => ledgerOf(env, ledger).list(cursor, limit)),
      ),
    );
    const jobs = pages.flat().slice(0, Math.min(limit, limits.pageSizeMax));
    return json({
      jobs: jobs.map((job) => jobDocument(job, url.origin)),
      cursor: jobs.length === limit ? (jobs.at(-1)?.id ?? null) : null,
    });
  },
};

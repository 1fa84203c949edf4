import * as z from "zod/mini";
import { jobId, parseJobId } from "../../../core/job/job-id.ts";
import type { Job } from "../../../core/job/job.ts";
import { parseLedgerName } from "../../../core/job/ledger-address.ts";
import { json, refuse } from "../http/responses.ts";
import { callLedgers } from "../call-ledger.ts";
import { jobDocument, jobSchema } from "../documents/job-document.ts";
import { answeredSchema } from "../documents/statement-document.ts";
import { jsonContent } from "../documents/openapi-parts.ts";
import { pageParameters } from "../documents/parameters.ts";
import { pageOf } from "../http/paging.ts";
import type { Route } from "../route.ts";

const schema = z.object({
  jobs: z.array(jobSchema),
  cursor: z.nullable(z.string()),
  ledgers: answeredSchema,
});

export const listJobs: Route = {
  method: "GET",
  path: "/v1/jobs",
  caller: "tenant",
  scope: "jobs:read",
  operationId: "listJobs",
  summary: "List jobs, newest first",
  tag: "Jobs",
  description:
    "Jobs of the last seven days that were not deleted, of all regions, a page at a time. `ledgers` names regions that did not answer: their jobs are not in the page.",
  parameters: pageParameters,
  responses: { "200": { description: "A page of jobs", content: jsonContent(schema) } },
  problems: ["invalid-option"],
  async handle(call, identity) {
    const { url } = call;
    const page = pageOf(url);
    if (!page.ok) return refuse(page.error);
    const { cursor, limit } = page.value;
    const { answers, harvest } = await callLedgers(call, identity, (ledger, name) =>
      ledger.list(cursor === null ? null : cursorIn(name, cursor), limit),
    );
    const jobs = newestFirst(answers.flat()).slice(0, limit);
    return json({
      jobs: jobs.map((job) => jobDocument(job, url.origin)),
      // A page that is not full is the last.
      cursor: jobs[limit - 1]?.id ?? null,
      ledgers: harvest,
    });
  },
};

/** A cursor is the last id seen. In every ledger it stands for the same moment. */
function cursorIn(ledger: string, cursor: string): string {
  const { region, shard } = parseLedgerName(ledger);
  return jobId(region, shard, parseJobId(cursor)?.ulid ?? "");
}

function newestFirst(jobs: readonly Job[]): Job[] {
  const dated = jobs.map((job) => ({ job, ulid: parseJobId(job.id)?.ulid ?? "" }));
  return dated.toSorted((one, other) => (one.ulid < other.ulid ? 1 : -1)).map(({ job }) => job);
}

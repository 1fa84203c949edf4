import { ledgerName, ledgerOfJob } from "../../../core/job/ledger-address.ts";
import { notFound } from "../http/responses.ts";
import { callLedger } from "../call-ledger.ts";
import { jobParameter } from "../documents/parameters.ts";
import type { Route } from "../route.ts";

export const deleteJob: Route = {
  method: "DELETE",
  path: "/v1/jobs/{id}",
  caller: "tenant",
  scope: "jobs:write",
  operationId: "deleteJob",
  summary: "Delete a job",
  tag: "Jobs",
  description:
    "Deletes the job and its pictures; usage that was billed stays billed. An unfinished job is cancelled and not billed. Deleting again answers 204 too.",
  parameters: [jobParameter],
  responses: { "204": { description: "Deleted" } },
  problems: ["not-found"],
  async handle(call, { tenant }) {
    const { env, params } = call;
    const id = params.id ?? "";
    const ledger = ledgerOfJob(tenant, env.FLEET, id);
    if (!ledger.ok) return notFound();
    const found = await callLedger(call, ledgerName(ledger.value), (known) => known.remove(id));
    return found ? new Response(null, { status: 204 }) : notFound();
  },
};

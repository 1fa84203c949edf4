import { ledgerName, ledgerOfJob } from "../../../core/job/ledger-address.ts";
import { notFound } from "../http/responses.ts";
import { callObject } from "../call-object.ts";
import { pathParameter } from "../documents/openapi-parts.ts";
import type { Route } from "../route.ts";

export const deleteJob: Route = {
  method: "DELETE",
  path: "/v1/jobs/{id}",
  caller: "tenant",
  operationId: "deleteJob",
  summary: "Remove a job's pictures; its usage stays on the bill",
  description: "An unfinished job is cancelled and not billed. Deleting again answers 204 too.",
  parameters: [pathParameter("id", "The job's id")],
  responses: { "204": { description: "Gone" } },
  problems: ["not-found"],
  async handle({ env, params }, { tenant }) {
    const id = params.id ?? "";
    const ledger = ledgerOfJob(tenant, env.REGION, id);
    if (!ledger.ok) return notFound();
    const found = await callObject(async () =>
      env.LEDGER.getByName(ledgerName(ledger.value)).remove(id),
    );
    return found ? new Response(null, { status: 204 }) : notFound();
  },
};

import type { Job } from "../../core/job/job.ts";
import { ledgerName, ledgerOfJob } from "../../core/job/ledger-address.ts";
import { callLedger } from "./call-ledger.ts";
import type { Call } from "./route.ts";

/** The tenant's job named in the path, held for up to `millis` until it is settled; null for any other id. */
export async function findJob(call: Call, tenant: string, millis: number): Promise<Job | null> {
  const { env, params, timing } = call;
  const id = params.id ?? "";
  const ledger = ledgerOfJob(tenant, env.FLEET, id);
  if (!ledger.ok) return null;
  return timing.measure("ledger", () =>
    callLedger(call, ledgerName(ledger.value), (found) => found.wait(id, millis), {
      heldMillis: millis,
    }),
  );
}

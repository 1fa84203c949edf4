import type { Statement } from "../../core/billing/statement.ts";
import { answer, jsonBody, type Service, type Tenant } from "./service.ts";

/** A month that is long over, with a final statement of the tenant that leaves something to pay. */
async function finalMonth(service: Service, tenant: Tenant): Promise<string> {
  const month = "2026-02";
  const { BOOKS } = await service.objects.getEnv();
  const now = new Date().toISOString().slice(0, 7);
  const open = await answer<Statement>(tenant.fetch(`/v1/statements/${now}`), 200);
  const { preview: _, ...statement } = { ...open, month, status: "final", totalMicros: 100 };
  await BOOKS.put(`final-statements/${tenant.id}/${month}.json`, JSON.stringify(statement));
  return month;
}

/** Requests about a tenant's statements, by operation: answered in every way, and a few that are refused. */
export function creditRequests(
  who: () => { readonly service: Service; readonly tenant: Tenant },
): Record<string, () => Promise<Response>[]> {
  const path = (month: string, id = who().tenant.id) =>
    `/admin/v1/tenants/${id}/statements/${month}`;
  const credit = (month: string, reference: string, body: object) =>
    who().service.admin(`${path(month)}/credit-notes/${reference}`, {
      ...jsonBody(body),
      method: "PUT",
    });
  const note = { amountMicros: 60, reason: "An outage" };
  const credited = async (reference: string) =>
    credit(await finalMonth(who().service, who().tenant), reference, note);
  return {
    getTenantStatement: () => [
      who().service.admin(path("2020-01")),
      who().service.admin(path("never")),
      who().service.admin(path("2026-01", "tnt_none")),
      credited("T-1").then(() => who().service.admin(path("2026-02"))),
    ],
    issueCreditNote: () => [
      // Once, however often it is asked for.
      credited("T-1"),
      credited("T-1").then(() => credited("T-2")),
      credit("2020-01", "T-1", note),
      credit(new Date().toISOString().slice(0, 7), "T-1", note),
      credit("2026-02", "T-1", {}),
      credit("2026-02", "T-1", { amountMicros: 1.5, reason: "x" }),
      credit("2026-02", "=T", note),
      credit("never", "T-1", note),
    ],
  };
}

import * as z from "zod/mini";
import { limits } from "../../../../core/limits.ts";
import { callObject, directoryOf } from "../../call-object.ts";
import { auditPage, auditPageSchema, entryNumber } from "../../documents/audit-document.ts";
import { jsonContent } from "../../documents/openapi-parts.ts";
import { pageParameters } from "../../documents/parameters.ts";
import { pageOf } from "../../http/paging.ts";
import { json, refuse } from "../../http/responses.ts";
import type { Call, Route } from "../../route.ts";

export const getAudit: Route = {
  method: "GET",
  path: "/admin/v1/audit",
  caller: "operator",
  roles: ["owner", "support"],
  operationId: "getAudit",
  summary: "Read the audit trail, oldest first",
  tag: "Administration",
  description:
    "Every change of operators, tenants and keys: who, what, before, after, when and from where. Each entry contains the hash of the one before it.",
  parameters: pageParameters,
  responses: { "200": { description: "A page of changes", content: jsonContent(auditPageSchema) } },
  problems: ["invalid-option"],
  handle: (call) => readTrail(call, null),
};

/** A page of the trail; a tenant's own when one is named. */
export async function readTrail({ url, env }: Call, tenant: string | null): Promise<Response> {
  const page = pageOf(url);
  if (!page.ok) return refuse(page.error);
  const { cursor, limit: asked } = page.value;
  // An entry of a tenant may be as long as two changes.
  const limit = tenant === null ? asked : Math.min(asked, limits.pageSizeDefault);
  const entries = await callObject(async () =>
    directoryOf(env).trail(entryNumber(cursor), limit, tenant),
  );
  return json(auditPage(entries, limit));
}

const repairSchema = z.object({
  checked: z.int(),
  differing: z.int(),
  cursor: z.nullable(z.string()),
});

export const repairIdentities: Route = {
  method: "POST",
  path: "/admin/v1/identity/repair",
  caller: "operator",
  roles: ["owner"],
  operationId: "repairIdentities",
  summary: "Compare KV with the Directory and repair it",
  tag: "Administration",
  description: `Checks up to ${limits.repairPageMax} keys, tenants and hosts. Call again with the cursor until it is null.`,
  parameters: [pageParameters[1] ?? {}],
  responses: {
    "200": { description: "What was compared", content: jsonContent(repairSchema) },
  },
  problems: ["invalid-option"],
  async handle({ url, env }) {
    const page = pageOf(url);
    if (!page.ok) return refuse(page.error);
    const hash = page.value.cursor?.slice("hash_".length) ?? null;
    const { cursor, ...counts } = await callObject(async () =>
      directoryOf(env).repairIdentities(hash),
    );
    return json({ ...counts, cursor: cursor === null ? null : `hash_${cursor}` });
  },
};
